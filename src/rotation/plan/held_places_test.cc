// What the places of consumers hold, and which of several values is the current one.
#include "rotation/plan/held_places.h"

#include <gtest/gtest.h>

#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

struct Desk {
  World world{Descriptor{}};
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  Inventory inventory;

  void add(const std::string& name, const std::string& value) {
    Consumer consumer;
    consumer.name = name;
    consumer.sinks = {file_spec("/" + name, "dotenv", "KEY")};
    inventory.consumers.push_back(consumer);
    if (!value.empty()) world.files.content["/" + name] = "KEY=" + value + "\n";
  }
  std::vector<Holding> holdings() {
    std::vector<Holding> all;
    for (const HeldPlace& place : read_places(inventory, drivers).places) {
      all.push_back(place.holding);
    }
    return all;
  }
};

TEST(HeldPlaces, TheCurrentValueIsTheOneThatMostHold) {
  Desk desk;
  desk.add("a", "old");
  desk.add("b", "new");
  desk.add("c", "new");
  EXPECT_EQ(desk.holdings(), (std::vector{Holding::kOther, Holding::kCurrent, Holding::kCurrent}));
  const HeldPlaces held = read_places(desk.inventory, desk.drivers);
  ASSERT_EQ(held.values.size(), 2u);
  EXPECT_EQ(held.values[0].reveal(), "new");
  EXPECT_EQ(held.sinks.size(), 3u);
}

TEST(HeldPlaces, OfTwoThatAsManyHoldItIsTheFirst) {
  Desk desk;
  desk.add("a", "one");
  desk.add("b", "two");
  EXPECT_EQ(desk.holdings(), (std::vector{Holding::kCurrent, Holding::kOther}));
}

TEST(HeldPlaces, APlaceThatIsGoneIsToldFromOneThatCannotBeRead) {
  Desk desk;
  desk.add("a", "one");
  desk.add("gone", "");
  desk.add("without", "one");
  desk.world.files.content["/without"] = "OTHER=1\n";
  desk.add("twice", "one");
  desk.world.files.content["/twice"] = "KEY=one\nKEY=two\n";
  EXPECT_EQ(desk.holdings(), (std::vector{Holding::kCurrent, Holding::kNothing, Holding::kNothing,
                                          Holding::kUnread}));
}

TEST(HeldPlaces, WhatOnlyAPersonCanReadIsLeftToHim) {
  Desk desk;
  desk.add("form", "x");
  desk.inventory.consumers[0].is_by_hand = true;
  const HeldPlaces held = read_places(desk.inventory, desk.drivers);
  EXPECT_EQ(held.places[0].holding, Holding::kByHand);
  EXPECT_TRUE(held.values.empty());
}

}  // namespace
}  // namespace rekey::rotation

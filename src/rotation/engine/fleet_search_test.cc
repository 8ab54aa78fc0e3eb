// One search for the plans of many rotations.
#include "rotation/engine/fleet_search.h"

#include <gtest/gtest.h>

#include "rotation/engine/fakes_test_support.h"
#include "rotation/plan/fake_search_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

const std::vector<std::string> kRoots{"/code"};

class FleetSearchTest : public testing::Test {
 protected:
  // An integration whose one consumer holds `value`.
  DueOne due(const std::string& name, const std::string& value) {
    const std::string path = "/apps/" + name + "/.env";
    world_.files.content[path] = "CLIENT_SECRET=" + value + "\n";
    DueOne one;
    one.inventory.name = name;
    one.inventory.client_id = name;
    one.inventory.discovery.roots = kRoots;
    Consumer consumer;
    consumer.name = name;
    consumer.sinks = {file_spec(path, "dotenv", "CLIENT_SECRET")};
    one.inventory.consumers.push_back(consumer);
    return one;
  }
  SearchReport search(const std::string& value) {
    std::vector<base::Secret> values;
    values.emplace_back(value);
    auto report = fleet_.search(kRoots, values);
    EXPECT_TRUE(report) << report.error().detail;
    return *std::move(report);
  }
  // Where the value that was asked for as the nth stands.
  void add_place(std::size_t value, const std::string& where) {
    FoundPlace place;
    place.path = where;
    place.value = value;
    inner_.report.places.push_back(place);
  }

  World world_{{std::chrono::minutes{5}, base::Duration{0}, true, 2, std::chrono::minutes{5},
                std::chrono::minutes{5}}};
  MemoryJournal journal_{world_};
  FakeDrivers drivers_{world_, journal_};
  FakeSearch inner_;
  EngineParts parts_ = [this] {
    EngineParts parts{world_, world_.files, drivers_};
    parts.search = &inner_;
    return parts;
  }();
  FleetSearch fleet_{parts_};
};

TEST_F(FleetSearchTest, WhatAllThatAreDueHoldIsLookedForOnce) {
  fleet_.expect({due("shop", "value-1"), due("mail", "value-2")});
  add_place(1, "/code/a");
  add_place(0, "/code/b");
  const SearchReport mail = search("value-2");
  EXPECT_EQ(inner_.looked_for, (std::vector<std::string>{"value-2", "value-1"}));
  ASSERT_EQ(mail.places.size(), 1u);
  EXPECT_EQ(mail.places[0].path, "/code/b");
  EXPECT_EQ(mail.places[0].value, 0u);
  const SearchReport shop = search("value-1");
  ASSERT_EQ(shop.places.size(), 1u);
  EXPECT_EQ(shop.places[0].path, "/code/a");
  EXPECT_EQ(shop.places[0].value, 0u);
  EXPECT_EQ(inner_.asked.size(), 1u);
}

TEST_F(FleetSearchTest, WhoAsksAgainIsAnsweredAnew) {
  fleet_.expect({due("shop", "value-1"), due("mail", "value-2")});
  search("value-1");
  search("value-1");
  EXPECT_EQ(inner_.asked.size(), 2u);
  search("value-2");
  EXPECT_EQ(inner_.asked.size(), 2u);
}

TEST_F(FleetSearchTest, AnAnswerThatIsTooOldIsNone) {
  fleet_.expect({due("shop", "value-1"), due("mail", "value-2")});
  search("value-1");
  world_.sleep_for(FleetSearch::kAnswerKept);
  search("value-2");
  EXPECT_EQ(inner_.asked.size(), 2u);
}

TEST_F(FleetSearchTest, AnotherValueThanWasExpectedIsLookedFor) {
  fleet_.expect({due("shop", "value-1")});
  search("value-1");
  search("value-3");
  EXPECT_EQ(inner_.looked_for.back(), "value-1");
  EXPECT_EQ(inner_.asked.size(), 2u);
}

TEST_F(FleetSearchTest, OfAnOpenRunNothingIsReadAndAFailedSearchIsNotKept) {
  DueOne open = due("shop", "value-1");
  open.is_open = true;
  fleet_.expect({open, due("mail", "value-2")});
  inner_.is_away = true;
  std::vector<base::Secret> values;
  values.emplace_back("value-2");
  EXPECT_FALSE(fleet_.search(kRoots, values));
  inner_.is_away = false;
  search("value-2");
  EXPECT_EQ(inner_.looked_for, (std::vector<std::string>{"value-2", "value-2"}));
}

TEST_F(FleetSearchTest, WhereNobodySearchesNobodyIsAsked) {
  EngineParts nobody{world_, world_.files, drivers_};
  FleetSearch fleet(nobody);
  EXPECT_EQ(fleet.in_place_of_search(nobody).search, nullptr);
  EXPECT_EQ(fleet_.in_place_of_search(parts_).search, &fleet_);
}

}  // namespace
}  // namespace rekey::rotation

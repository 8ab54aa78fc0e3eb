// A sink of a kind that nothing but this file knows goes through inventory, plan, journal and a
// whole run: what a new driver needs is its own pair of files and its registration.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "rotation/engine/engine.h"
#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

// Values in drawers of cabinets, by "cabinet/shelf".
using Drawers = std::map<std::string, std::string>;

constexpr std::array<std::string_view, 2> kInks{"black", "blue"};

std::string place_of(const DriverSpec& spec) {
  return fmt::format("{}/{}", spec.text("cabinet"), spec.number("shelf").value_or(0));
}

class DrawerSink final : public Sink {
 public:
  DrawerSink(Drawers& drawers, const DriverSpec& spec) : drawers_(drawers), spec_(spec) {}
  std::string describe() const override { return "drawer " + place_of(spec_); }
  std::string address() const override { return "drawer:" + place_of(spec_); }
  base::Result<SinkContent> read() override {
    const auto found = drawers_.find(place_of(spec_));
    if (found == drawers_.end()) return base::fail(Code::kNotFound, describe() + " is not there");
    return SinkContent{Secret(found->second), "1"};
  }
  base::Status check_writable(std::string_view) override { return {}; }
  base::Status write(const Secret& expected, const Secret& value) override {
    std::string& held = drawers_[place_of(spec_)];
    if (held != expected.reveal()) return base::fail(Code::kConflict, describe() + " changed");
    held = std::string(value.reveal());
    return {};
  }

 private:
  Drawers& drawers_;
  DriverSpec spec_;
};

base::Status complete(DriverSpec& spec) {
  if (spec.find("ink") == nullptr) spec.set("ink", "black");
  if (spec.text("cabinet") == "locked") {
    return base::fail(Code::kInvalidArgument, "the locked cabinet has no drawers");
  }
  return {};
}

SinkKind drawer_sink(Drawers& drawers) {
  const KeySpec cabinet{"cabinet", KeyType::kText, true, "which piece of furniture"};
  const KeySpec ink{"ink", KeyType::kChoice, false, "what the label is written with", kInks};
  const KeySpec shelf{"shelf", KeyType::kNumber, true, "counted from the floor", {}, 9};
  const KeySpec lock{"lock", KeyType::kPath, false, "the file with the lock's combination"};
  const KeySpec patience{"patience", KeyType::kDuration, false, "for a drawer that sticks", {},
                         0,          seconds{60}};
  return {{"drawer",
           {cabinet, ink, shelf, lock, patience},
           complete,
           [](const DriverSpec& spec) { return "drawer " + place_of(spec); }},
          [&drawers](const DriverSpec& spec,
                     const DriverParts&) -> base::Result<std::unique_ptr<Sink>> {
            return std::make_unique<DrawerSink>(drawers, spec);
          }};
}

constexpr std::string_view kInventory = R"(version: 1
issuer: {kind: rekey, credential: admin.json}
integration: {client_id: abcdefghijklmnopqrstuvwx}
consumers:
  - name: clerk
    sink: {shelf: 7, patience: 60s, kind: drawer, cabinet: red, lock: keys/red}
    reload: per_call
    seen_as: {user_agent: "clerk/*"}
    interval: 2s
)";

class ToySink : public testing::Test {
 protected:
  ToySink() : drivers_(world_, journal_), parts_{world_, world_.files, drivers_} {
    drivers_.kinds.sinks.push_back(drawer_sink(world_.elsewhere));
    world_.client_id = "abcdefghijklmnopqrstuvwx";
    world_.elsewhere["red/7"] = "old-value-1";
    world_.add_client("clerk", true);
    world_.clients[0].path = "red/7";
    world_.files.content.clear();
    world_.files.content["/w/rekey.yaml"] = std::string(kInventory);
  }
  std::string problem_of(const std::string& sink) {
    std::string text(kInventory);
    const std::size_t begin = text.find("sink: {") + 6;
    text.replace(begin, text.find('}', begin) + 1 - begin, sink);
    const auto inventory = parse_inventory(text, "/w/rekey.yaml", drivers_.registry());
    return inventory ? "" : inventory.error().detail;
  }

  World world_{Descriptor{seconds{3}, Duration{0}, true, 2, {}, {}}};
  MemoryJournal journal_{world_};
  FakeDrivers drivers_;
  EngineParts parts_;
  RecordingReporter reporter_;
};

TEST_F(ToySink, IsReadInOneFormWithItsPathsAtTheInventorysFolder) {
  const auto inventory = load_inventory("/w/rekey.yaml", parts_);
  ASSERT_TRUE(inventory) << inventory.error().detail;
  const DriverSpec expected{"drawer",
                            {{"cabinet", "red"},
                             {"ink", "black"},
                             {"shelf", "7"},
                             {"lock", "/w/keys/red"},
                             {"patience", "1m"}},
                            {}};
  const DriverSpec& sink = inventory->consumers[0].sinks.front();
  EXPECT_EQ(sink, expected);
  EXPECT_EQ(sink.location, "drawer red/7");
  EXPECT_EQ(sink.duration("patience"), seconds{60});
}

TEST_F(ToySink, WhatIsWrongIsToldByWhatTheKindDeclares) {
  EXPECT_EQ(problem_of("{kind: drawr, cabinet: red}"),
            "/w/rekey.yaml:6:18: kind drawr is not known; did you mean drawer?");
  EXPECT_EQ(problem_of("{kind: drawer, cabinet: red, shelff: 1}"),
            "/w/rekey.yaml:6:40: unknown key shelff in sink; did you mean shelf?\n"
            "/w/rekey.yaml:6:11: sink lacks the key shelf; add it: counted from the floor");
  EXPECT_EQ(problem_of("{kind: drawer, cabinet: red, shelf: 10}"),
            "/w/rekey.yaml:6:47: shelf must be a whole number from 1 to 9, in decimal digits "
            "without a zero in front");
  EXPECT_EQ(problem_of("{kind: drawer, cabinet: red, shelf: 1, ink: blu}"),
            "/w/rekey.yaml:6:55: ink blu is not known; did you mean blue?");
  EXPECT_EQ(problem_of("{kind: drawer, cabinet: red, shelf: 1, patience: 2m}"),
            "/w/rekey.yaml:6:60: patience must be a time such as 2s or 5m, at most 1m");
  EXPECT_EQ(problem_of("{kind: drawer, cabinet: locked, shelf: 1}"),
            "/w/rekey.yaml:6:11: the locked cabinet has no drawers");
  EXPECT_EQ(
      problem_of("{cabinet: red, shelf: 1}"),
      "/w/rekey.yaml:6:11: sink lacks the key kind; add it: one of file, exec, manual, drawer");
}

TEST_F(ToySink, TwoConsumersOfOneLocationAreRefused) {
  std::string text(kInventory);
  text += R"(  - name: boss
    sink: {kind: drawer, cabinet: red, shelf: 7, ink: blue}
    reload: per_call
    seen_as: {user_agent: "boss/*"}
    interval: 2s
)";
  const auto inventory = parse_inventory(text, "/w/rekey.yaml", drivers_.registry());
  ASSERT_FALSE(inventory);
  EXPECT_NE(inventory.error().detail.find("clerk and boss have the same sink"), std::string::npos)
      << inventory.error().detail;
}

TEST_F(ToySink, IsPlannedAndRotatedToTheEnd) {
  const auto plan = plan_from_file("/w/rekey.yaml", parts_);
  ASSERT_TRUE(plan) << plan.error().detail;
  ASSERT_TRUE(plan->is_runnable()) << plan->problems.front();
  EXPECT_NE(render_text(*plan).find("write its sink (drawer red/7)"), std::string::npos);

  const auto inventory = load_inventory("/w/rekey.yaml", parts_).value();
  const auto outcome = rotate_in(inventory, journal_, parts_, reporter_);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_EQ(world_.elsewhere["red/7"], "new-value-2");
  EXPECT_TRUE(world_.broken.empty()) << world_.broken.front();
  EXPECT_EQ(world_.clients[0].refused, 0);
}

TEST_F(ToySink, EverySettingIsPartOfWhatAnOpenRunHoldsOnTo) {
  const auto inventory = load_inventory("/w/rekey.yaml", parts_).value();
  world_.crash_at = {20};
  EXPECT_THROW(static_cast<void>(rotate_in(inventory, journal_, parts_, reporter_)), Crash);
  for (const auto& [name, value] : inventory.consumers[0].sinks.front().settings) {
    Inventory moved = inventory;
    moved.consumers[0].sinks.front().set(name, value + "0");
    const auto refused = rotate_in(moved, journal_, parts_, reporter_);
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().detail.find("with the sink drawer red/7; put that back"),
              std::string::npos)
        << refused.error().detail;
  }
  const auto outcome = rotate_in(inventory, journal_, parts_, reporter_);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
}

}  // namespace
}  // namespace rekey::rotation

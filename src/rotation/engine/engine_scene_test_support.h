// A whole engine over the small world of fakes_test_support.h, for the tests of runs that are
// killed, started again, and given up.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "rotation/engine/engine.h"
#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation::fakes {

inline Descriptor ends_old() {
  return {seconds{3}, Duration{0}, true, 2, {}, {}};
}
inline Descriptor with_overlap(Duration overlap) {
  return {seconds{3}, overlap, false, 3, {}, {}};
}
inline Descriptor with_way_back(Duration overlap) {
  Descriptor rules = with_overlap(overlap);
  rules.can_undo_activation = true;
  return rules;
}

// A world with two declared consumers, one read per call and one restarted, and the engine over it.
struct Scene {
  World world;
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  EngineParts parts{world, world.files, drivers};
  RecordingReporter reporter;
  Inventory inventory;

  explicit Scene(Descriptor rules) : world(rules) {
    inventory.client_id = "client";
    inventory.proof = {3, seconds{2}};
    world.add_client("shop", true);
    world.add_client("nightly", false);
    declare("shop");
    declare("nightly");
  }

  void declare(const std::string& name) {
    for (Client& client : world.clients) {
      if (client.name != name) continue;
      client.is_declared = true;
      Consumer consumer;
      consumer.name = name;
      consumer.sinks = {file_spec(client.path, "dotenv", "CLIENT_SECRET")};
      consumer.seen_as.user_agent = client.caller.user_agent;
      consumer.interval = seconds{2};
      if (!client.reads_per_call) consumer.reload = {{name}, seconds{2}};
      inventory.consumers.push_back(consumer);
    }
  }

  base::Result<Outcome> rotate_once() { return rotate_in(inventory, journal, parts, reporter); }

  // Started again after every crash and every parking, as a supervisor would.
  base::Result<Outcome> rotate_to_the_end() {
    for (int start = 0; start < 60; ++start) {
      try {
        auto outcome = rotate_once();
        if (!outcome || outcome->ending == Ending::kClosed) return outcome;
      } catch (const Crash&) {
      }
      world.sleep_for(seconds{1});
    }
    return base::fail(Code::kTimeout, "the run does not end");
  }

  int refused() const {
    int count = 0;
    for (const Client& client : world.clients) count += client.refused;
    return count;
  }

  void expect_good_end(const base::Result<Outcome>& outcome) {
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_TRUE(world.broken.empty()) << world.broken.front();
    EXPECT_EQ(refused(), 0);
    EXPECT_EQ(world.accepted("old-value-1"), nullptr);
    EXPECT_TRUE(journal.kept.empty());
    const std::string value = world.value_in("/apps/shop/.env");
    EXPECT_NE(world.accepted(value), nullptr);
    EXPECT_EQ(world.files.content["/apps/shop/.env"],
              "# shop\nCLIENT_SECRET=" + value + "\nOTHER=1\n");
  }
};

inline const std::vector<Descriptor>& all_rules() {
  static const std::vector<Descriptor> kRules{ends_old(), with_overlap(std::chrono::minutes{5}),
                                              with_overlap(base::Days{7}),
                                              with_overlap(seconds{1})};
  return kRules;
}

// Kills the engine at the first place after what was asked for is told.
class Killer final : public Reporter {
 public:
  Killer(Scene& scene, std::function<bool(const RunNotice&)> is_it)
      : scene_(scene), is_it_(std::move(is_it)) {}
  void on_event(const RunNotice& notice) override {
    scene_.reporter.on_event(notice);
    if (is_it_(notice)) scene_.world.crash_at = {scene_.world.places + 1};
  }
  void on_progress(const Progress& progress) override { scene_.reporter.on_progress(progress); }

 private:
  Scene& scene_;
  std::function<bool(const RunNotice&)> is_it_;
};

inline void kill_after(Scene& scene, std::function<bool(const RunNotice&)> is_it) {
  Killer killer(scene, std::move(is_it));
  EXPECT_THROW(static_cast<void>(rotate_in(scene.inventory, scene.journal, scene.parts, killer)),
               Crash);
  scene.world.crash_at.clear();
}

// The first place that comes right after an event of that name; 0 without one.
inline int place_after(const Descriptor& rules, std::string_view event) {
  Scene attempt(rules);
  Killer killer(attempt, [event](const RunNotice& notice) { return notice.event == event; });
  try {
    static_cast<void>(rotate_in(attempt.inventory, attempt.journal, attempt.parts, killer));
  } catch (const Crash&) {
    return attempt.world.places;
  }
  return 0;
}

inline void kill_at(Scene& scene, int place) {
  ASSERT_GT(place, 0);
  scene.world.crash_at = {place};
  EXPECT_THROW(static_cast<void>(scene.rotate_once()), Crash);
  scene.world.crash_at.clear();
}

inline void run_until(Scene& scene, std::string_view event) {
  kill_at(scene, place_after(scene.world.descriptor, event));
}

}  // namespace rekey::rotation::fakes

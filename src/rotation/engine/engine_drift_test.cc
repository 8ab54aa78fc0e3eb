// Places that do not hold what the run left there: stores that damage values, and people who put
// the old one back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "rotation/engine/engine_scene_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

// Files of the world whose store changes what it is given.
class AlteringFiles final : public platform::Files {
 public:
  explicit AlteringFiles(World& world) : inner_(world.files) { world.sink_files = this; }

  // nullptr: it keeps what it is given.
  std::function<std::string(std::string)> alters;

  base::Result<Secret> read(const std::string& path, std::int64_t limit) override {
    return inner_.read(path, limit);
  }
  base::Result<platform::FileFacts> facts(const std::string& path) override {
    return inner_.facts(path);
  }
  base::Status create(const std::string& path, std::string_view text, mode_t mode) override {
    return inner_.create(path, text, mode);
  }
  base::Status exchange(const std::string& path, std::string_view expected,
                        std::string_view text) override {
    const bool is_altered = alters && path == "/apps/shop/.env";
    return inner_.exchange(path, expected, is_altered ? alters(std::string(text)) : text);
  }
  base::Status replace(const std::string& path, std::string_view text, mode_t mode) override {
    return inner_.replace(path, text, mode);
  }
  base::Status remove(const std::string& path) override { return inner_.remove(path); }
  base::Status make_folder(const std::string& path, mode_t mode) override {
    return inner_.make_folder(path, mode);
  }

 private:
  MemoryFiles& inner_;
};

std::string with_value(const std::string& value) {
  return "# shop\nCLIENT_SECRET=" + value + "\nOTHER=1\n";
}
std::string without_the_digit_after(std::string text, const std::string& begin) {
  const std::size_t at = text.find(begin);
  if (at != std::string::npos) text.erase(at + begin.size(), 1);
  return text;
}
std::string cut_new(std::string text) {
  return without_the_digit_after(std::move(text), "new-value-");
}
std::string cut_both(std::string text) {
  return without_the_digit_after(cut_new(std::move(text)), "old-value-");
}

struct DriftScene : Scene {
  AlteringFiles files{world};

  explicit DriftScene(Descriptor rules = ends_old()) : Scene(rules) {
    world.clients[0].is_declared = false;  // while the place is damaged it holds no accepted value
  }
  std::string held() { return world.value_in("/apps/shop/.env"); }
  // Where it stopped, and that it did.
  std::string parked() {
    const auto outcome = rotate_once();
    if (!outcome) return "error: " + outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kParked) << outcome->message;
    return outcome->message;
  }
  base::Result<Outcome> give_up() {
    return abandon_in(inventory, journal, {"ann", "not today"}, parts, reporter);
  }
  void expect_given_up() {
    const auto outcome = give_up();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kAbandoned) << outcome->message;
    EXPECT_EQ(world.files.content["/apps/shop/.env"], with_value("old-value-1"));
    EXPECT_EQ(world.secrets[0].facts.state, SecretState::kActive);
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(EngineDrift, ADamagedWriteIsTakenBackAndThePlaceNamedUntilItIsMended) {
  DriftScene scene;
  scene.files.alters = cut_new;
  const std::string message = scene.parked();
  EXPECT_TRUE(has(message,
                  "the place of shop (/apps/shop/.env, CLIENT_SECRET) damaged what the run "
                  "wrote"))
      << message;
  EXPECT_TRUE(has(message, "The value from before stands there again")) << message;
  EXPECT_FALSE(has(message, "somebody changed it")) << message;
  EXPECT_EQ(scene.world.files.content["/apps/shop/.env"], with_value("old-value-1"));
  EXPECT_EQ(scene.refused(), 0);
  // As long as it is not mended, no start makes it worse.
  EXPECT_TRUE(has(scene.parked(), "stands there again"));
  scene.files.alters = nullptr;
  scene.expect_good_end(scene.rotate_once());
}

TEST(EngineDrift, AStoreThatDamagesTheValueFromBeforeTooIsToldAndMendedLater) {
  DriftScene scene;
  scene.files.alters = cut_both;
  const std::string message = scene.parked();
  EXPECT_TRUE(has(message, "and so did the value from before")) << message;
  EXPECT_TRUE(has(message, "by hand")) << message;
  EXPECT_EQ(scene.held(), "old-value-");
  EXPECT_TRUE(has(scene.parked(), "and so did the value from before"));
  scene.files.alters = nullptr;
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_EQ(scene.held(), "new-value-2");
}

TEST(EngineDrift, GivingUpBringsADamagedPlaceBackOnceTheStoreKeepsWhatItIsGiven) {
  for (const auto& alters : {cut_new, cut_both}) {
    DriftScene scene;
    scene.files.alters = alters;
    EXPECT_TRUE(has(scene.parked(), "damaged"));
    scene.files.alters = nullptr;
    scene.expect_given_up();
  }
}

TEST(EngineDrift, GivingUpInADamagingStoreStopsByNameAndIsFinishedLater) {
  DriftScene scene;
  scene.files.alters = cut_both;
  EXPECT_TRUE(has(scene.parked(), "damaged"));
  const auto stopped = scene.give_up();
  ASSERT_TRUE(stopped) << stopped.error().detail;
  EXPECT_EQ(stopped->ending, Ending::kParked);
  EXPECT_TRUE(has(stopped->message, "/apps/shop/.env, CLIENT_SECRET holds another value"))
      << stopped->message;
  scene.files.alters = nullptr;
  scene.expect_given_up();
}

TEST(EngineDrift, KilledAtAnyPlaceADamagedWriteIsTakenBack) {
  for (int place = 1;; ++place) {
    SCOPED_TRACE(place);
    DriftScene scene;
    scene.files.alters = cut_new;
    scene.world.crash_at = {place};
    bool was_killed = false;
    try {
      static_cast<void>(scene.rotate_once());
    } catch (const Crash&) {
      was_killed = true;
    }
    if (!was_killed) break;
    EXPECT_TRUE(has(scene.parked(), "damaged"));
    EXPECT_EQ(scene.world.files.content["/apps/shop/.env"], with_value("old-value-1"));
    scene.files.alters = nullptr;
    scene.expect_good_end(scene.rotate_once());
  }
}

TEST(EngineDrift, WhatSomebodyElsePutThereAfterOurWriteStays) {
  for (const bool is_accepted : {true, false}) {
    DriftScene scene;
    FakeSecret other = scene.world.secrets[0];
    other.facts.id = "sec_other";
    other.facts.slot = "other";
    other.value = is_accepted ? "new-value-2-of-other" : "never-issued";
    if (is_accepted) scene.world.secrets.push_back(other);
    scene.files.alters = [&](const std::string&) { return with_value(other.value); };
    const std::string message = scene.parked();
    EXPECT_TRUE(has(message, "/apps/shop/.env, CLIENT_SECRET does not hold the new value"))
        << message;
    EXPECT_EQ(has(message, "the place alters what it is given"), !is_accepted) << message;
    EXPECT_EQ(scene.held(), other.value);
    EXPECT_TRUE(has(scene.parked(), "nothing was overwritten"));
    EXPECT_EQ(scene.held(), other.value);
  }
}

TEST(EngineDrift, ADamagedWriteAfterTheOldSecretHasEndedIsWrittenAnewAndNotTakenBack) {
  DriftScene scene(with_overlap(seconds{1}));
  run_until(scene, "secret_staged");
  scene.world.secrets[0].facts.ends_at = scene.world.now();
  scene.world.broken.clear();
  scene.files.alters = cut_new;
  const std::string message = scene.parked();
  EXPECT_TRUE(has(message, "no value from before is accepted any more")) << message;
  EXPECT_EQ(scene.held(), "new-value-");
  scene.files.alters = nullptr;
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
}

TEST(EngineDrift, APlaceThatSomebodyPutsBackWhileTheRunObservesIsNamedAndWrittenAnew) {
  for (const Descriptor& rules : {ends_old(), with_overlap(base::Days{7})}) {
    Scene scene(rules);
    run_until(scene, "consumer_reloaded");
    scene.world.files.content["/apps/shop/.env"] = with_value("old-value-1");
    const auto parked = scene.rotate_once();
    ASSERT_TRUE(parked) << parked.error().detail;
    ASSERT_EQ(parked->ending, Ending::kParked) << parked->message;
    EXPECT_TRUE(has(parked->message,
                    "the place of shop (/apps/shop/.env, CLIENT_SECRET) holds the "
                    "old value again: somebody put it back"))
        << parked->message;
    scene.expect_good_end(scene.rotate_once());
  }
}

TEST(EngineDrift, APlaceThatHoldsAStrangersValueWhileTheRunObservesIsNamedToo) {
  Scene scene(ends_old());
  run_until(scene, "consumer_reloaded");
  scene.world.clients[0].is_declared = false;
  scene.world.files.content["/apps/shop/.env"] = with_value("never-issued");
  const auto parked = scene.rotate_once();
  ASSERT_TRUE(parked) << parked.error().detail;
  ASSERT_EQ(parked->ending, Ending::kParked);
  EXPECT_TRUE(has(parked->message, "/apps/shop/.env")) << parked->message;
  EXPECT_EQ(scene.world.value_in("/apps/shop/.env"), "never-issued");
}

}  // namespace
}  // namespace rekey::rotation

// Runs that a person gives up: before the activation, and after it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rotation/engine/engine_scene_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

void expect_as_it_was(const Scene& scene, const base::Result<Outcome>& outcome) {
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kAbandoned) << outcome->message;
  EXPECT_TRUE(scene.world.broken.empty()) << scene.world.broken.front();
  EXPECT_EQ(scene.refused(), 0);
  for (const Client& client : scene.world.clients) EXPECT_EQ(client.held, "old-value-1");
  for (const auto& [path, text] : scene.world.files.content) {
    EXPECT_NE(text.find("CLIENT_SECRET=old-value-1"), std::string::npos) << path;
  }
  EXPECT_EQ(scene.world.secrets[0].facts.state, SecretState::kActive);
  EXPECT_EQ(scene.world.secrets[1].facts.state, SecretState::kEnded);
  EXPECT_TRUE(scene.journal.kept.empty());
}

const Abandonment kWrongPackage{"R. Meyer", "the wrong package"};
base::Result<Outcome> give_up(Scene& scene) {
  return abandon_in(scene.inventory, scene.journal, kWrongPackage, scene.parts, scene.reporter);
}

TEST(Engine, ARunThatIsGivenUpAtAnyPlaceAndKilledInTheMiddleLeavesEverythingAsItWas) {
  const std::vector<std::pair<Descriptor, const char*>> cases{
      {ends_old(), "secret_staged"},
      {ends_old(), "sink_written"},
      {ends_old(), "consumer_reloaded"},
      {ends_old(), "gate_passed"},
      {with_way_back(base::Days{7}), "secret_activated"},
      {with_way_back(base::Days{7}), "consumer_reloaded"},
      {with_way_back(base::Days{7}), "gate_passed"}};
  for (const auto& [rules, event] : cases) {
    const int begin = place_after(rules, event);
    for (int kill = 0;; ++kill) {
      SCOPED_TRACE(
          fmt::format("{} (undone: {}) and place {}", event, rules.can_undo_activation, kill));
      Scene scene(rules);
      kill_at(scene, begin);
      if (kill > 0) scene.world.crash_at = {scene.world.places + kill};
      bool was_killed = false;
      base::Result<Outcome> outcome = Outcome{};
      try {
        outcome = give_up(scene);
      } catch (const Crash&) {
        was_killed = true;
        outcome = give_up(scene);
      }
      if (!outcome && outcome.error().code == Code::kNotFound) break;  // closed, then killed
      expect_as_it_was(scene, outcome);
      if (kill > 0 && !was_killed) break;
    }
  }
}

TEST(Engine, WhereverARunIsGivenUpWithinTheOverlapItGoesWhollyBackOrWhollyForward) {
  for (const Descriptor& rules :
       {with_way_back(base::Days{7}), with_way_back(seconds{1}), with_way_back(seconds{30})}) {
    Scene calm(rules);
    calm.expect_good_end(calm.rotate_once());
    int undone = 0;
    for (int place = 1; place < calm.world.places; ++place) {
      SCOPED_TRACE(place);
      Scene scene(rules);
      kill_at(scene, place);
      if (scene.journal.runs.empty()) continue;
      auto outcome = give_up(scene);
      const bool is_too_late = !outcome && outcome.error().code == Code::kRefused;
      if (is_too_late || (outcome && outcome->ending == Ending::kParked)) {
        scene.expect_good_end(scene.rotate_to_the_end());
        continue;
      }
      if (!outcome && outcome.error().code == Code::kNotFound) continue;  // closed, then killed
      ASSERT_TRUE(outcome) << outcome.error().detail;
      if (scene.world.secrets.size() < 2) continue;  // nothing was staged
      expect_as_it_was(scene, outcome);
      const auto& notices = scene.reporter.notices;
      undone += std::any_of(notices.begin(), notices.end(), [](const RunNotice& notice) {
        return notice.event == "activation_undone";
      });
    }
    EXPECT_GT(undone, 0);
  }
}

TEST(Engine, AnUndoThatTheIssuerRefusesIsToldOnceAndTheRunGoesForwardOrIsGivenUpAgain) {
  for (const bool is_mended : {false, true}) {
    Scene scene(with_way_back(base::Days{7}));
    run_until(scene, "consumer_reloaded");
    FakeIssuer issuer(scene.world, scene.journal);
    ASSERT_TRUE(issuer.stage("-", "by hand", {}));
    const auto refused = give_up(scene);
    ASSERT_TRUE(refused) << refused.error().detail;
    EXPECT_EQ(refused->ending, Ending::kParked);
    EXPECT_NE(refused->message.find("the issuer refused that: occupied"), std::string::npos)
        << refused->message;
    if (is_mended) {
      scene.world.secrets.back().facts.state = SecretState::kEnded;
      expect_as_it_was(scene, give_up(scene));
    } else {
      scene.expect_good_end(scene.rotate_once());
    }
  }
}

TEST(Engine, WhenTheOverlapIsOverARunCannotBeGivenUpAnyMore) {
  Scene scene(with_way_back(std::chrono::minutes{5}));
  run_until(scene, "consumer_reloaded");
  scene.world.clients[1].is_declared = false;  // nobody worked on the run for too long
  scene.world.sleep_for(std::chrono::minutes{6});
  const auto refused = give_up(scene);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_NE(refused.error().detail.find("the old secret has ended"), std::string::npos);
}

TEST(Engine, AfterTheActivationARunCannotBeGivenUp) {
  Scene scene(with_overlap(base::Days{7}));
  run_until(scene, "secret_activated");
  const auto refused =
      abandon_in(scene.inventory, scene.journal, {"ann", "late"}, scene.parts, scene.reporter);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_NE(refused.error().detail.find("this activation cannot be undone"), std::string::npos);
  scene.expect_good_end(scene.rotate_once());
}

TEST(Engine, ARunThatAPersonParkedCanBeGivenUpWhateverCutsThatOff) {
  Scene scene(ends_old());
  scene.inventory.approvals = 1;
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kParked);
  auto& events = scene.journal.runs.begin()->second;
  const std::string run_id = scene.journal.runs.begin()->first;
  ASSERT_TRUE(scene.journal.append(
      run_id, static_cast<std::int64_t>(events.size()),
      {{scene.world.now(), RunParked{"the shop is closed", false, false, "omar"}}}, {}));
  scene.world.crash_at = {scene.world.places + 2};
  EXPECT_THROW(static_cast<void>(abandon_in(scene.inventory, scene.journal,
                                            {"ann", "the wrong one"}, scene.parts, scene.reporter)),
               Crash);
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kAbandoned) << outcome->message;
}

}  // namespace
}  // namespace rekey::rotation

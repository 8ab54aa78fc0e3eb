// Whole runs that stop for something that only a person can lead them out of, and the way that
// leads out.
#include <gtest/gtest.h>

#include "rotation/engine/engine_scene_test_support.h"
#include "rotation/engine/issuer_move.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
std::string with_value(const std::string& name, const std::string& value) {
  return "# " + name + "\nCLIENT_SECRET=" + value + "\nOTHER=1\n";
}

struct WaysOutScene : Scene {
  using Scene::Scene;

  std::string parked() {
    const auto outcome = rotate_once();
    if (!outcome) return "error: " + outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kParked) << outcome->message;
    return outcome->message;
  }
  Outcome give_up() {
    const auto outcome = abandon_in(inventory, journal, {"ann", "not today"}, parts, reporter);
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome.value_or(Outcome{});
  }
  void say(EventBody body) {
    auto& [id, events] = *journal.runs.begin();
    ASSERT_TRUE(journal.append(id, static_cast<std::int64_t>(events.size()),
                               {{world.now(), std::move(body)}}, {}));
  }
  FakeSecret& own() { return world.secrets.back(); }
  // What somebody else does cuts people off.
  void end(FakeSecret& secret) {
    secret.facts.state = SecretState::kEnded;
    for (Client& client : world.clients) client.is_declared = false;
  }
  std::string held(const std::string& name) { return world.value_in("/apps/" + name + "/.env"); }
};

TEST(EngineWaysOut, AReloadThatDidNothingAndIsMendedIsCarriedOutAndCutsNobodyOff) {
  for (const bool is_told : {true, false}) {
    SCOPED_TRACE(is_told);
    WaysOutScene scene(ends_old());
    scene.world.tells_usage = is_told;
    scene.inventory.consumers[1].reload = {{"touch"}, seconds{2}};
    EXPECT_TRUE(has(scene.parked(), "nightly"));
    EXPECT_EQ(scene.world.clients[1].held, "old-value-1");
    if (!is_told) scene.say(ConsumerAttested{"shop", "omar", "seen at work"});
    scene.inventory.consumers[1].reload = {{"nightly"}, seconds{2}, true};
    scene.expect_good_end(scene.rotate_once());
    EXPECT_EQ(scene.world.clients[1].held, "new-value-2");
  }
}

TEST(EngineWaysOut, WhereTheActivatedSecretIsEndedGivingUpPutsTheOldOneBackAndAnotherRunBegins) {
  for (const bool can_undo : {true, false}) {
    SCOPED_TRACE(can_undo);
    WaysOutScene scene(can_undo ? with_way_back(base::Days{7}) : with_overlap(base::Days{7}));
    run_until(scene, "consumer_reloaded");
    scene.end(scene.own());
    const std::string message = scene.parked();
    EXPECT_TRUE(has(message, "sec_2, the secret that this run has activated, is not accepted"))
        << message;
    EXPECT_TRUE(has(message, "`rekey run abort --reason TEXT` gives everybody back")) << message;
    const Outcome outcome = scene.give_up();
    EXPECT_EQ(outcome.ending, Ending::kAbandoned) << outcome.message;
    EXPECT_TRUE(has(outcome.message, "The old secret works until")) << outcome.message;
    for (const char* name : {"shop", "nightly"}) EXPECT_EQ(scene.held(name), "old-value-1");
    EXPECT_EQ(scene.world.clients[1].held, "old-value-1");
    EXPECT_TRUE(scene.journal.kept.empty());
    const auto again = scene.rotate_once();
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(again->ending, Ending::kClosed) << again->message;
    for (const char* name : {"shop", "nightly"}) EXPECT_EQ(scene.held(name), "new-value-3");
  }
}

TEST(EngineWaysOut, KilledAtAnyPlaceTheWayBackFromADeadSecretIsGoneToItsEnd) {
  const int begin = place_after(with_overlap(base::Days{7}), "consumer_reloaded");
  for (int kill = 1;; ++kill) {
    SCOPED_TRACE(kill);
    WaysOutScene scene(with_overlap(base::Days{7}));
    kill_at(scene, begin);
    scene.end(scene.own());
    scene.world.crash_at = {scene.world.places + kill};
    bool was_killed = false;
    for (int start = 0; start < 2; ++start) {
      try {
        const auto outcome =
            abandon_in(scene.inventory, scene.journal, {"ann", "no"}, scene.parts, scene.reporter);
        const bool is_closed = !outcome && outcome.error().code == Code::kNotFound;
        ASSERT_TRUE(is_closed || outcome->ending == Ending::kAbandoned);
      } catch (const Crash&) {
        was_killed = true;
      }
    }
    for (const char* name : {"shop", "nightly"}) EXPECT_EQ(scene.held(name), "old-value-1");
    EXPECT_TRUE(scene.journal.kept.empty());
    if (!was_killed) break;
  }
}

TEST(EngineWaysOut, WhereEveryKnownSecretIsGoneARunCanBeGivenUpWithoutAWayBack) {
  for (const bool was_looked_at : {true, false}) {
    WaysOutScene scene(with_overlap(base::Days{7}));
    run_until(scene, "consumer_reloaded");
    for (FakeSecret& secret : scene.world.secrets) scene.end(secret);
    if (was_looked_at) {
      EXPECT_TRUE(has(scene.parked(), "is not accepted any more"));
    }
    const Outcome outcome = scene.give_up();
    EXPECT_EQ(outcome.ending, Ending::kAbandoned) << outcome.message;
    EXPECT_TRUE(has(outcome.message, "its consumers get no token until one is")) << outcome.message;
    EXPECT_TRUE(scene.journal.kept.empty());
  }
}

TEST(EngineWaysOut, ARunWhoseSecretEndsAtTheVeryEndIsNotClosedAsIfItWorked) {
  WaysOutScene scene(ends_old());
  run_until(scene, "old_value_refused");
  scene.end(scene.own());
  EXPECT_TRUE(has(scene.parked(), "is not accepted any more"));
  EXPECT_EQ(scene.give_up().ending, Ending::kAbandoned);
}

// nightly holds the new one in memory, so that usage tells nothing of its file.
TEST(EngineWaysOut, APlaceThatHoldsTheOldValueAtTheGateOrAtTheEndIsWrittenAnew) {
  const std::vector<std::pair<Descriptor, const char*>> cases{
      {ends_old(), "consumer_reloaded"},
      {ends_old(), "secret_activated"},
      {with_overlap(base::Days{7}), "old_secret_ended"}};
  for (const auto& [rules, event] : cases) {
    SCOPED_TRACE(event);
    WaysOutScene scene(rules);
    run_until(scene, event);
    if (std::string_view(event) == "consumer_reloaded") {
      for (int more = 1; scene.world.clients[1].held == "old-value-1"; ++more) {
        scene.world.crash_at = {scene.world.places + more};
        EXPECT_THROW(static_cast<void>(scene.rotate_once()), Crash);
        scene.world.crash_at.clear();
      }
    }
    ASSERT_EQ(scene.world.clients[1].held, "new-value-2");
    scene.world.clients[1].is_declared = false;
    scene.world.files.content["/apps/nightly/.env"] = with_value("nightly", "old-value-1");
    // Once the old one has ended nobody is asked: its reader is cut off.
    if (scene.world.accepted("old-value-1") != nullptr) {
      const std::string message = scene.parked();
      EXPECT_TRUE(has(message, "holds the old value again")) << message;
      EXPECT_TRUE(has(message, "/apps/nightly/.env, CLIENT_SECRET")) << message;
    }
    const auto outcome = scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_EQ(scene.held("nightly"), "new-value-2");
  }
}

TEST(EngineWaysOut, GivingUpLeavesARefusedValueOfSomebodyElseAndSaysSo) {
  for (const char* event : {"sink_written", "consumer_reloaded", "gate_passed"}) {
    SCOPED_TRACE(event);
    WaysOutScene scene(ends_old());
    run_until(scene, event);
    scene.world.clients[0].is_declared = false;
    scene.world.files.content["/apps/shop/.env"] = with_value("shop", "never-issued");
    const Outcome outcome = scene.give_up();
    EXPECT_EQ(outcome.ending, Ending::kAbandoned) << outcome.message;
    EXPECT_TRUE(has(outcome.message,
                    "the place of shop (/apps/shop/.env, CLIENT_SECRET) holds "
                    "somebody else's value, which is refused"))
        << outcome.message;
    EXPECT_EQ(scene.held("shop"), "never-issued");
    EXPECT_EQ(scene.held("nightly"), "old-value-1");
    EXPECT_FALSE(has(outcome.message, "every sink it wrote")) << outcome.message;
    EXPECT_TRUE(outcome.needs_person);
    for (const RunEvent& told : scene.journal.runs.begin()->second) {
      const auto* proven = std::get_if<RestoredProven>(&told.body);
      EXPECT_FALSE(proven != nullptr && proven->consumer == "shop") << "a refused value is proven";
      const auto* intent = std::get_if<IntentRecorded>(&told.body);
      EXPECT_FALSE(intent != nullptr && intent->effect == Effect::kReload &&
                   intent->subject == "shop");
    }
    const auto& closed = std::get<RunAbandoned>(scene.journal.runs.begin()->second.back().body);
    EXPECT_EQ(closed.left.size(), 1U);
  }
}

// What is restarted would read what nobody accepts: it keeps what it has until a person has looked.
TEST(EngineWaysOut, NobodyIsRestartedForAValueThatIsRefused) {
  WaysOutScene scene(ends_old());
  run_until(scene, "gate_passed");
  scene.world.clients[1].is_declared = false;
  scene.world.files.content["/apps/nightly/.env"] = with_value("nightly", "never-issued");
  const Outcome stopped = scene.give_up();
  EXPECT_EQ(stopped.ending, Ending::kParked);
  EXPECT_TRUE(has(stopped.message, "may still be in use: nightly")) << stopped.message;
  EXPECT_EQ(scene.world.clients[1].held, "new-value-2");
  EXPECT_NE(scene.world.accepted("new-value-2"), nullptr);
  scene.world.clients[1].held = "old-value-1";  // mended by its owner
  scene.world.sleep_for(minutes{1});
  EXPECT_EQ(scene.give_up().ending, Ending::kAbandoned);
}

DriverSpec issuer_with(const std::string& key, const std::string& value) {
  return {"rekey", {{key, value}}, value};
}

TEST(EngineWaysOut, ACredentialFileThatLiesElsewhereIsNoOtherIssuerWhereTheRunsSecretsAreListed) {
  for (const char* event : {"plan_accepted", "sink_written"}) {
    SCOPED_TRACE(event);
    WaysOutScene scene(ends_old());
    scene.inventory.issuer = issuer_with("credential", "/a/admin.json");
    run_until(scene, event);
    scene.inventory.issuer = issuer_with("credential", "/b/admin.json");
    const std::string label = std::exchange(scene.own().facts.label, "of another authority");
    const std::string id = std::exchange(scene.own().facts.id, "sec_9");
    const auto refused = scene.rotate_once();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kRefused);
    scene.own().facts.label = label;
    scene.own().facts.id = id;
    scene.expect_good_end(scene.rotate_once());
    const auto& notices = scene.reporter.notices;
    EXPECT_EQ(std::count_if(notices.begin(), notices.end(),
                            [](const RunNotice& one) { return one.event == "run_closed"; }),
              1);
  }
}

TEST(EngineWaysOut, AnIssuerThatReallyMovedIsAskedThereOnSomebodysWord) {
  WaysOutScene scene(ends_old());
  scene.inventory.issuer = issuer_with("server", "https://one.example");
  run_until(scene, "consumer_reloaded");
  const Word word{"mary", "it has another name now"};
  const auto tell = [&] {
    return tell_issuer_moved_in(scene.inventory, scene.journal, word, scene.parts);
  };
  EXPECT_EQ(tell().error().code, Code::kRefused) << "nothing has moved";
  scene.inventory.issuer = {"generic-oauth2", {}, "https://two.example"};
  EXPECT_TRUE(has(tell().error().detail, "of another kind"));
  scene.inventory.issuer = issuer_with("server", "https://two.example");
  const auto refused = scene.rotate_once();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(has(refused.error().detail, "`rekey run issuer-moved")) << refused.error().detail;
  const std::string label = std::exchange(scene.own().facts.label, "of another authority");
  EXPECT_TRUE(has(tell().error().detail, "lists no secret of run-"));
  scene.own().facts.label = label;
  EXPECT_EQ(tell().value(), "rekey (https://two.example)");
  EXPECT_EQ(tell().error().code, Code::kRefused) << "that is known";
  scene.expect_good_end(scene.rotate_once());
}

}  // namespace
}  // namespace rekey::rotation

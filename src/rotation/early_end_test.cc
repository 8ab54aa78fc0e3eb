// The old secret ends before the gate lets it go, and not by the run: the clock, a policy,
// somebody.
#include <gtest/gtest.h>

#include "rotation/engine_scene_test_support.h"
#include "rotation/roll_back.h"
#include "rotation/steps.h"
#include "rotation/workflow_rules.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::hours;
using std::chrono::minutes;

// A canary that is watched for an hour, and the rest behind it.
struct SceneInWaves : Scene {
  explicit SceneInWaves(Descriptor rules) : Scene(rules) {
    inventory.waves = {{"canary", hours{1}}, {"rest", Duration{0}}};
    inventory.consumers[1].wave = 1;
  }
  [[nodiscard]] RunState state() { return fold(journal.runs.begin()->second); }
  [[nodiscard]] Instant start() const { return begun_at_; }
  [[nodiscard]] bool has_told(std::string_view event) const {
    return std::any_of(reporter.notices.begin(), reporter.notices.end(),
                       [&](const RunNotice& notice) { return notice.event == event; });
  }
  // Killed right after the canary has moved.
  void move_canary() {
    for (int place = 1; place < 200; ++place) {
      SceneInWaves attempt(world.descriptor);
      attempt.world.crash_at = {place};
      EXPECT_THROW(static_cast<void>(attempt.rotate_once()), Crash);
      if (!attempt.has_told("consumer_reloaded")) continue;
      kill_at(*this, place);
      begun_at_ = world.now();
      return;
    }
    FAIL() << "nobody is moved";
  }
  void end_old() { world.secrets[0].facts.state = SecretState::kEnded; }
  [[nodiscard]] bool holds_accepted(const std::string& consumer) {
    return world.accepted(world.value_in("/apps/" + consumer + "/.env")) != nullptr;
  }

 private:
  Instant begun_at_{};
};

const Abandonment kNotToday{"R. Meyer", "not today"};

TEST(EarlyEnd, BetweenTwoWavesTheRestIsMovedAtOnceAndTheRunEndsByItself) {
  for (const Descriptor& rules : {ends_old(), with_overlap(base::Days{7})}) {
    SceneInWaves scene(rules);
    scene.move_canary();
    ASSERT_TRUE(scene.holds_accepted("nightly"));
    scene.end_old();
    scene.inventory.freezes = {parse_freeze("2027-01-14..2027-01-20").value()};
    const auto outcome = scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_LT(scene.world.now() - scene.start(), minutes{1}) << "nobody waits for the canary";
    for (const char* consumer : {"shop", "nightly"}) EXPECT_TRUE(scene.holds_accepted(consumer));
    EXPECT_TRUE(scene.has_told("sink_read_back"));
    EXPECT_TRUE(scene.has_told("gate_passed")) << "that they have moved is proven all the same";
    const auto cut = scene.state().early_cut;
    ASSERT_TRUE(cut);
    EXPECT_NE(cut->how.find("sec_1"), std::string::npos) << cut->how;
    EXPECT_NE(std::find(cut->consumers.begin(), cut->consumers.end(), "nightly"),
              cut->consumers.end());
  }
}

TEST(EarlyEnd, AStopInALongFreezeIsNoneForWhoeverIsCutOffInIt) {
  SceneInWaves scene(ends_old());
  scene.move_canary();
  scene.inventory.freezes = {parse_freeze("2027-01-14..2027-01-20").value()};
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kParked);
  ASSERT_EQ(scene.state().waves_passed, 1);
  scene.end_old();
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_TRUE(scene.state().early_cut);
}

TEST(EarlyEnd, AStopForAnApprovalIsNoneOnceNobodyCanBeCutOffByTheActivation) {
  SceneInWaves scene(with_overlap(base::Days{7}));
  scene.inventory.approvals = 1;
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kParked);
  ASSERT_EQ(scene.state().phase, Phase::kSettled);
  scene.end_old();
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
}

TEST(EarlyEnd, WhatSomebodyElseActivatedSinceIsNotEndedByTheActivation) {
  SceneInWaves scene(ends_old());
  run_until(scene, "secret_settled");
  scene.end_old();
  FakeSecret theirs = scene.world.secrets[0];
  theirs.facts.id = "sec_theirs";
  theirs.facts.state = SecretState::kActive;
  theirs.value = "their-value";
  scene.world.secrets.push_back(theirs);
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked) << outcome->message;
  EXPECT_NE(outcome->message.find("sec_theirs"), std::string::npos) << outcome->message;
  EXPECT_NE(scene.world.accepted("their-value"), nullptr);
}

TEST(EarlyEnd, WhereTheActivationComesFirstNothingIsActivatedBeforeWhoIsCutOffHasMoved) {
  SceneInWaves scene(with_overlap(base::Days{7}));
  run_until(scene, "secret_settled");
  scene.end_old();
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kClosed);
  std::vector<std::string> told;
  for (const RunNotice& notice : scene.reporter.notices) told.push_back(notice.event);
  const auto activated = std::find(told.begin(), told.end(), "secret_activated");
  const auto moved = std::find(told.begin(), told.end(), "consumer_reloaded");
  EXPECT_LT(moved - told.begin(), activated - told.begin());
}

TEST(EarlyEnd, ARunThatIsGivenUpPutsNothingBackThatIsRefusedAndGoesForward) {
  SceneInWaves scene(ends_old());
  scene.move_canary();
  scene.end_old();
  const auto refused =
      abandon_in(scene.inventory, scene.journal, kNotToday, scene.parts, scene.reporter);
  ASSERT_TRUE(refused) << refused.error().detail;
  EXPECT_EQ(refused->ending, Ending::kParked);
  EXPECT_NE(refused->message.find("`rekey run resume`"), std::string::npos) << refused->message;
  EXPECT_TRUE(scene.holds_accepted("shop"));
  EXPECT_FALSE(scene.has_told("sink_restored"));
  const auto again =
      abandon_in(scene.inventory, scene.journal, kNotToday, scene.parts, scene.reporter);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().detail.find("would be cut off"), std::string::npos);
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kClosed);
  EXPECT_TRUE(scene.holds_accepted("nightly"));
}

TEST(EarlyEnd, WhileARunGoesBackItTurnsAndMovesWhoGotTheDeadValueBackAgain) {
  for (int more = 1;; ++more) {
    SCOPED_TRACE(more);
    SceneInWaves scene(ends_old());
    scene.move_canary();
    scene.world.crash_at = {scene.world.places + more};
    try {
      static_cast<void>(
          abandon_in(scene.inventory, scene.journal, kNotToday, scene.parts, scene.reporter));
      break;
    } catch (const Crash&) {
    }
    scene.world.crash_at.clear();
    scene.end_old();
    const auto outcome = scene.rotate_to_the_end();
    if (outcome) {
      EXPECT_TRUE(scene.holds_accepted("shop"));
      EXPECT_TRUE(scene.holds_accepted("nightly"));
    } else {
      EXPECT_TRUE(scene.state().is_abandoned) << "nothing was left to move to";
    }
  }
}

TEST(EarlyEnd, WhereNeitherLivesAnotherIsStagedAndWrittenOverBoth) {
  SceneInWaves scene(ends_old());
  scene.move_canary();
  scene.end_old();
  scene.world.secrets[1].facts.state = SecretState::kEnded;
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_EQ(scene.world.value_in("/apps/shop/.env"), "new-value-3");
  EXPECT_EQ(scene.world.value_in("/apps/nightly/.env"), "new-value-3");
}

// Ends the old secret as soon as anything is waited for.
struct EndingReporter final : Reporter {
  explicit EndingReporter(SceneInWaves& watched) : scene(watched) {}
  void on_event(const RunNotice&) override {}
  void on_progress(const Progress&) override { scene.end_old(); }
  SceneInWaves& scene;
};

TEST(EarlyEnd, AFreezeIsWatchedAndEndsForWhoeverIsCutOffInIt) {
  for (const bool is_cut : {false, true}) {
    SceneInWaves scene(ends_old());
    scene.inventory.waves[0].hold = Duration{0};
    run_until(scene, "secret_settled");
    const Freeze freeze = parse_freeze("2027-01-15..2027-01-15").value();
    scene.world.sleep_for(freeze.to - minutes{12} - scene.world.now());
    EndingReporter reporter(scene);
    scene.inventory.freezes = {freeze};
    const auto outcome = is_cut ? rotate_in(scene.inventory, scene.journal, scene.parts, reporter)
                                : scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_EQ(scene.world.now() < freeze.to, is_cut);
    EXPECT_EQ(scene.state().early_cut.has_value(), is_cut);
  }
}

// ---- the machine alone --------------------------------------------------------------------------

base::Fingerprint fingerprint(std::uint8_t byte) {
  base::Fingerprint made;
  made.digest.fill(byte);
  return made;
}

struct Told {
  RunState state;
  Instant now{Duration{1'800'000'000'000}};

  explicit Told(Order order, const std::vector<PlannedWorkflow>& workflows = {}) {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.order = order;
    plan.outgoing = {"sec_1"};
    plan.proof = {1, seconds{0}};
    plan.workflows = workflows;
    tell(plan);
    for (int wave = 0; wave < 2; ++wave) {
      Consumer consumer;
      consumer.name = wave == 0 ? "shop" : "crm";
      consumer.seen_as.user_agent = consumer.name;
      consumer.interval = seconds{5};
      consumer.wave = wave;
      tell(ConsumerDeclared{consumer, {fingerprint(1)}});
    }
    for (const PlannedWorkflow& one : workflows) {
      tell(WorkflowRan{one.name, false, WorkflowOutcome::kPassed, {}, {}, {}, {}});
    }
    tell(IntentRecorded{Effect::kStage, "run-1"});
    tell(SecretStaged{"sec_2", fingerprint(2), now + base::Days{180}});
    tell(SecretSettled{}).tell(StagedValueProven{});
  }
  Told& tell(EventBody body) {
    state = apply(std::move(state), {now, std::move(body)});
    return *this;
  }
  Told& moved(const std::string& name) {
    return tell(IntentRecorded{Effect::kWrite, name})
        .tell(SinkWritten{name})
        .tell(SinkReadBack{name})
        .tell(ConsumerProven{name})
        .tell(ConsumerReloaded{name, now});
  }
  Told& cut() { return tell(OldSecretEnded{"sec_1 expired", true}); }
  template <typename T>
  [[nodiscard]] bool wants() const {
    return std::holds_alternative<T>(next(state, now));
  }
};

TEST(EarlyEnd, TheActivationWaitsForNoApprovalNoWindowAndNoFreeze) {
  for (const Order order : {Order::kPropagateFirst, Order::kActivateFirst}) {
    Told run(order);
    run.state.plan.rules.approvals = 1;
    run.state.plan.rules.freezes = {{run.now - hours{1}, run.now + base::Days{1}}};
    run.cut();
    ASSERT_TRUE(run.state.early_cut);
    EXPECT_EQ(run.state.early_cut->missing_approvals, 1);
    EXPECT_TRUE(run.wants<WriteSink>()) << name_of(order);
    run.moved("shop").moved("crm");
    EXPECT_TRUE(run.wants<Observe>()) << "it is seen that everybody has moved";
    run.tell(GatePassed{{}, {}, run.now});
    EXPECT_TRUE(run.wants<Activate>());
    run.tell(IntentRecorded{Effect::kActivate, "sec_2"}).tell(SecretActivated{"sec_2", "", {}});
    EXPECT_TRUE(run.wants<ProveDead>());
  }
}

TEST(EarlyEnd, AnOverlapThatIsOverBetweenTwoWavesStopsNobody) {
  Told run(Order::kActivateFirst);
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + seconds{30}}).moved("shop");
  EXPECT_TRUE(run.wants<Observe>());
  const UsageReport usage{{}, run.now, run.now + seconds{31}};
  auto event = judge(run.state, evaluate(usage, question_of(run.state, {})), run.now);
  ASSERT_TRUE(event && std::holds_alternative<OldSecretEnded>(*event));
  run.tell(*std::move(event));
  ASSERT_TRUE(run.state.early_cut);
  EXPECT_TRUE(run.wants<WriteSink>());
  EXPECT_TRUE(run.moved("crm").wants<Observe>());
}

TEST(EarlyEnd, AWorkflowIsRunWithTheNewSecretHoweverTheOldOneEnded) {
  const PlannedWorkflow orders{"orders", "one test order", "0123456789abcdef"};
  const auto passed = WorkflowRan{"orders", true, WorkflowOutcome::kPassed, {}, {}, {}, {}};
  Told before(Order::kPropagateFirst, {orders});
  before.cut().moved("shop").moved("crm");
  EXPECT_TRUE(before.wants<RunWorkflow>());
  EXPECT_TRUE(before.tell(passed).wants<Observe>());

  Told lapsed(Order::kActivateFirst, {orders});
  lapsed.tell(SecretActivated{"sec_2", "sec_1", lapsed.now + seconds{30}});
  lapsed.tell(OldSecretEnded{"lapsed"}).moved("shop").moved("crm");
  EXPECT_TRUE(lapsed.wants<RunWorkflow>());
  EXPECT_TRUE(lapsed.tell(passed).wants<ProveDead>());

  Told by_somebody(Order::kPropagateFirst, {orders});
  by_somebody.tell(SecretActivated{"sec_2", "", {}, true}).moved("shop").moved("crm");
  EXPECT_TRUE(by_somebody.wants<RunWorkflow>());
  EXPECT_TRUE(by_somebody.tell(passed).wants<ProveDead>());
}

TEST(EarlyEnd, AWorkflowThatFailsWithinAnOverlapSaysHowLongBothSecretsWork) {
  const PlannedWorkflow orders{"orders", "one test order", "0123456789abcdef"};
  Told run(Order::kActivateFirst, {orders});
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + hours{2}}).moved("shop");
  run.tell(WorkflowRan{"orders", true, WorkflowOutcome::kFailed, "make", "status 500", {}, {}});
  const Action action = next(run.state, run.now);
  ASSERT_TRUE(std::holds_alternative<Park>(action));
  const std::string& reason = std::get<Park>(action).why.reason;
  EXPECT_NE(reason.find("until " + base::format_instant(run.now + hours{2})), std::string::npos)
      << reason;
}

TEST(EarlyEnd, TheIssuersListTellsItWhereTheRunDoesNotKnowItYet) {
  Told run(Order::kPropagateFirst);
  IssuedSecret old{"sec_1", "-", "", SecretState::kActive, {}, {}, run.now + hours{1}, {}, {}};
  const IssuedSecret ours{"sec_2", "-", "run-1", SecretState::kStaged, {}, {}, {}, {}, {}};
  EXPECT_FALSE(find_old_ended(run.state, {old, ours}, run.now));
  old.state = SecretState::kEnded;
  EXPECT_TRUE(find_old_ended(run.state, {old, ours}, run.now));
  const auto ended = find_old_ended(run.state, {ours}, run.now);
  ASSERT_TRUE(ended) << "it is not listed any more";
  EXPECT_TRUE(is_news(*ended)) << "owners are told at once";
  run.cut();
  EXPECT_FALSE(find_old_ended(run.state, {old, ours}, run.now)) << "it is told once";

  Told by_hand(Order::kPropagateFirst);
  by_hand.state.plan.is_by_hand = true;
  EXPECT_FALSE(find_old_ended(by_hand.state, {old, ours}, run.now))
      << "there the activation tells it";
}

}  // namespace
}  // namespace rekey::rotation

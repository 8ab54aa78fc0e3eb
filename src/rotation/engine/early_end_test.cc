// The old secret ends before the gate lets it go, and not by the run: the clock, a policy,
// somebody.
#include <gtest/gtest.h>

#include "rotation/engine/engine_scene_test_support.h"
#include "rotation/engine/secret_changes.h"
#include "rotation/machine/roll_back.h"
#include "rotation/machine/workflow_rules.h"

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
  void move_canary() { move("shop"); }
  void move(const std::string& consumer) {
    kill_after(*this, [&](const RunNotice& notice) {
      return notice.event == "consumer_reloaded" && notice.consumer == consumer;
    });
    begun_at_ = world.now();
  }
  // Killed as soon as it has noticed that the old one has ended.
  void cut_off_rest() {
    for (int more = 1; !state().early_cut; ++more) {
      world.crash_at = {world.places + more};
      EXPECT_THROW(static_cast<void>(rotate_once()), Crash);
      world.crash_at.clear();
      ASSERT_LT(more, 200) << "nothing is noticed";
    }
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

TEST(EarlyEnd, AnOrdinaryLapseIsNoneWhereTheIssuersClockIsAheadOfOurs) {
  for (const bool is_revoked : {false, true}) {
    SceneInWaves scene(with_overlap(minutes{5}));
    scene.inventory.waves[0].hold = Duration{0};
    scene.move("nightly");
    scene.world.issuer_ahead = is_revoked ? minutes{1} : minutes{5};
    if (is_revoked) scene.end_old();
    scene.world.sleep_for(seconds{1});  // everybody asks for a token
    const auto outcome = scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_EQ(scene.state().early_cut.has_value(), is_revoked);
  }
}

TEST(EarlyEnd, AConsumerThatIsAddedAfterItIsLeftToTheNextRunAndStopsNobody) {
  SceneInWaves scene(ends_old());
  scene.move_canary();
  scene.end_old();
  scene.cut_off_rest();
  scene.world.add_client("late", true, false);
  scene.declare("late");
  const Plan plan = plan_of_open_run(scene.inventory, scene.state(), {}, scene.world.now());
  EXPECT_TRUE(std::any_of(plan.warnings.begin(), plan.warnings.end(), [](const std::string& one) {
    return one.find("late is not part of") != std::string::npos;
  }));
  EXPECT_EQ(plan.consumers.size(), 2u);
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_NE(outcome->message.find("late is not part of"), std::string::npos) << outcome->message;
  EXPECT_TRUE(scene.holds_accepted("nightly"));
}

TEST(EarlyEnd, WhoIsNotFoundOnTheNewOneInTheOverlapOfSomebodyElsesActivationIsNamed) {
  for (const bool is_deaf : {false, true}) {
    SceneInWaves scene(with_overlap(minutes{5}));
    scene.inventory.waves[0].hold = Duration{0};
    if (is_deaf) scene.inventory.consumers[1].reload.command = {"deaf"};
    scene.move("nightly");
    scene.world.secrets[0].facts.state = SecretState::kSuperseded;
    scene.world.secrets[0].facts.ends_at = scene.world.now() + minutes{5};
    scene.world.secrets[1].facts.state = SecretState::kActive;
    const auto outcome = scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, is_deaf ? Ending::kParked : Ending::kClosed) << outcome->message;
    EXPECT_EQ(outcome->message.find("nightly: ") != std::string::npos, is_deaf) << outcome->message;
    EXPECT_EQ(scene.has_told("gate_passed"), !is_deaf);
  }
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

TEST(EarlyEnd, NobodyWaitsForWhoAPersonHasToRestart) {
  Scene scene(ends_old());
  ReloadSpec& first = scene.inventory.consumers[0].reload;
  first.by_itself = ReloadForm::kPerson;
  first.reads_at_start = true;
  run_until(scene, "secret_settled");
  scene.world.secrets[0].facts.state = SecretState::kEnded;
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("restart it"), std::string::npos) << outcome->message;
  EXPECT_NE(scene.world.accepted(scene.world.clients[1].held), nullptr) << "it was restarted";
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

// Beside the usual one, another old secret that works, which nightly holds; both are to be
// replaced.
struct SceneOfTwoOld : SceneInWaves {
  SceneOfTwoOld() : SceneInWaves(with_overlap(base::Days{7})) {
    FakeSecret other = world.secrets[0];
    other.facts.id = "sec_0";
    other.facts.state = SecretState::kSuperseded;
    other.facts.ends_at = world.now() + base::Days{5};
    other.value = "other-old-value";
    world.secrets.push_back(other);
    world.files.content["/apps/nightly/.env"] = "CLIENT_SECRET=other-old-value\n";
    world.clients[1].held = other.value;
    inventory.approvals = 1;
  }
  void end_other() { world.secrets[1].facts.state = SecretState::kEnded; }
};

struct EndAtFirstWait final : Reporter {
  explicit EndAtFirstWait(SceneOfTwoOld& watched) : scene(watched) {}
  void on_event(const RunNotice& notice) override {
    if (notice.event == "consumer_reloaded") moved.push_back(notice.consumer);
    if (notice.event == "one_old_secret_ended") has_alarm = notice.is_news;
  }
  void on_progress(const Progress&) override { scene.end_other(); }
  SceneOfTwoOld& scene;
  std::vector<std::string> moved;
  bool has_alarm = false;
};

TEST(EarlyEnd, OneOfTwoOldSecretsThatEndsIsNoticedAndWhoHeldItMovesAheadOfItsWave) {
  SceneOfTwoOld scene;
  EndAtFirstWait reporter(scene);
  const auto outcome = rotate_in(scene.inventory, scene.journal, scene.parts, reporter);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_NE(outcome->message.find("approval"), std::string::npos) << outcome->message;
  const RunState state = scene.state();
  ASSERT_EQ(state.ended_old.size(), 1u);
  EXPECT_EQ(state.ended_old[0].secret_id, "sec_0");
  EXPECT_EQ(state.ended_old[0].consumers, std::vector<std::string>{"nightly"});
  EXPECT_FALSE(state.early_cut) << "the other one still works";
  ASSERT_EQ(reporter.moved.size(), 2u);
  EXPECT_EQ(reporter.moved[0], "nightly");
  EXPECT_TRUE(reporter.has_alarm);
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

TEST(EarlyEnd, OneDeadOfTwoIsMovedInAFreezeAndBetweenWavesAndTheRestWaits) {
  Told run(Order::kPropagateFirst);
  run.state.plan.outgoing = {"sec_0", "sec_1"};
  run.state.plan.rules.waves = {{"canary", hours{1}}, {"rest", Duration{0}}};
  run.moved("shop");
  ASSERT_TRUE(run.wants<Observe>());
  run.state.plan.rules.freezes = {{run.now - hours{1}, run.now + base::Days{1}}};
  run.tell(OneOldSecretEnded{"sec_0", "sec_0 expired", {"crm"}});
  EXPECT_TRUE(run.wants<WriteSink>());
  run.moved("crm");
  EXPECT_TRUE(run.wants<Observe>());
  EXPECT_FALSE(is_anybody_cut_off(run.state));
  run.tell(GatePassed{{}, {}, run.now});
  EXPECT_TRUE(run.wants<Park>()) << "the activation waits for the end of the freeze";
}

TEST(EarlyEnd, ALateRevocationOfOursAndALateActivationAreNobodyElses) {
  const IssuedSecret old{"sec_1", "-", "", SecretState::kEnded, {}, {}, {}, {}, {}};
  const IssuedSecret ours{"sec_2", "-", "run-1", SecretState::kActive, {}, {}, {}, {}, {}};
  Told run(Order::kActivateFirst);
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + base::Days{7}}).moved("shop").moved("crm");
  run.tell(GatePassed{{}, {}, run.now}).tell(IntentRecorded{Effect::kRevoke, "sec_1"});
  run.tell(IntentDropped{Effect::kRevoke});
  auto ended = find_old_ended(run.state, {old, ours}, run.now);
  ASSERT_TRUE(ended);
  EXPECT_FALSE(std::get<OldSecretEnded>(*ended).is_early);
  EXPECT_EQ(std::get<OldSecretEnded>(*ended).how, "revoked");
  EXPECT_TRUE(run.tell(*ended).wants<ProveDead>());

  Scene scene(ends_old());
  FakeIssuer issuer(scene.world, scene.journal);
  Told late(Order::kPropagateFirst);
  late.moved("shop").moved("crm").tell(GatePassed{{}, {}, late.now});
  for (const bool is_asked : {false, true}) {
    if (is_asked) {
      late.tell(IntentRecorded{Effect::kActivate, "sec_2"});
      late.tell(IntentDropped{Effect::kActivate});
    }
    const auto found = find_change(late.state, {old, ours}, issuer, late.now);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(std::get<SecretActivated>(**found).is_early, !is_asked);
  }
}

TEST(EarlyEnd, WhateverSomebodyElseActivatesItIsAskedWhetherEverybodyHasMoved) {
  Told theirs(Order::kPropagateFirst);
  const SecretActivated activation{"sec_2", "sec_1", theirs.now + minutes{5}};
  theirs.moved("shop").moved("crm").tell(activation);
  EXPECT_TRUE(theirs.wants<Observe>());
  EXPECT_TRUE(theirs.tell(GatePassed{}).wants<WaitUntil>()) << "it is left to lapse";

  Told stale(Order::kPropagateFirst);
  stale.moved("shop").moved("crm").tell(GatePassed{});
  stale.now += kGateFreshness + seconds{1};
  EXPECT_TRUE(stale.tell(activation).wants<Observe>());

  Told ours(Order::kPropagateFirst);
  ours.moved("shop").moved("crm").tell(GatePassed{});
  ours.tell(IntentRecorded{Effect::kActivate, "sec_2"}).tell(activation);
  EXPECT_TRUE(ours.wants<WaitUntil>());
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

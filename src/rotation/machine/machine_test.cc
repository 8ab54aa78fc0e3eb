#include "rotation/machine/machine.h"

#include <gtest/gtest.h>

#include "rotation/machine/machine_scene_test_support.h"
#include "rotation/machine/roll_back.h"

namespace rekey::rotation {
namespace {

using namespace told;

TEST(Machine, WithAnOpenIntentItLooksBeforeItActs) {
  for (const Effect effect :
       {Effect::kStage, Effect::kWrite, Effect::kReload, Effect::kActivate, Effect::kRevoke}) {
    Told run(Order::kPropagateFirst);
    run.tell(IntentRecorded{effect, "shop"});
    EXPECT_TRUE(run.wants<Look>()) << name_of(effect);
  }
}

TEST(Machine, ALostValueIsReplacedByName) {
  Told run(Order::kPropagateFirst);
  run.tell(IntentRecorded{Effect::kStage, "run-1"}).tell(StagedValueLost{"sec_2"});
  const Action action = next(run.state, run.now);
  ASSERT_TRUE(std::holds_alternative<Stage>(action));
  EXPECT_EQ(std::get<Stage>(action).replaces, "sec_2");
}

TEST(Machine, WhereActivationEndsTheOldOneNothingIsActivatedBeforeTheGate) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven();
  EXPECT_FALSE(may_activate(run.state));
  run.moved();
  EXPECT_EQ(run.state.phase, Phase::kObserving);
  EXPECT_FALSE(may_activate(run.state));
  run.tell(GatePassed{});
  EXPECT_TRUE(may_activate(run.state));
  EXPECT_TRUE(run.wants<Activate>());
}

TEST(Machine, AnUnprovenValueIsNeitherWrittenNorActivated) {
  for (const Order order : {Order::kPropagateFirst, Order::kActivateFirst}) {
    Told run(order);
    run.tell(IntentRecorded{Effect::kStage, "run-1"})
        .tell(SecretStaged{"sec_2", fingerprint(2), run.now})
        .tell(SecretSettled{});
    EXPECT_TRUE(run.wants<ProveStaged>());
    EXPECT_FALSE(may_activate(run.state));
  }
}

TEST(Machine, InBothOrdersTheActivationWaitsForTheApprovalOfSomebodyElse) {
  for (const Order order : {Order::kPropagateFirst, Order::kActivateFirst}) {
    Told run(order);
    run.state.plan.rules.approvals = 1;
    run.state.plan.requested_by = "anna";
    run.staged_and_proven();
    if (order == Order::kPropagateFirst) run.moved().tell(GatePassed{});
    ASSERT_TRUE(run.wants<Park>()) << name_of(order);
    run.tell(RunApproved{"anna", "my own"});
    EXPECT_TRUE(run.wants<Park>()) << "nobody approves what he began";
    run.tell(RunApproved{"omar", "change 1"});
    EXPECT_TRUE(run.wants<Activate>()) << name_of(order);
  }
}

TEST(Machine, WhatWasAttestedCountsForNothingOnceASinkIsWrittenAgain) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.tell(ConsumerAttested{"shop", "omar", "seen"});
  run.moved();
  EXPECT_FALSE(run.state.consumers[0].attested_by);
}

TEST(Machine, AnApprovalIsOfThePlanThatWasShownAndOfNoOther) {
  Told run(Order::kPropagateFirst);
  run.state.plan.rules.approvals = 1;
  run.tell(PlanAccepted{"anna", digest_of(run.state)});
  EXPECT_EQ(run.state.phase, Phase::kApproved);
  run.tell(RunApproved{"omar", "change 1", digest_of(run.state)});
  EXPECT_EQ(count_approvals(run.state), 1) << "before anything is staged";
  Consumer late = run.state.consumers[0].facts;
  late.name = "late";
  run.tell(ConsumerDeclared{late, {fingerprint(1)}});
  EXPECT_EQ(count_approvals(run.state), 0) << "the plan has changed";
  run.tell(RunApproved{"omar", "change 2", digest_of(run.state)});
  EXPECT_EQ(count_approvals(run.state), 1);
  run.state.plan.rules.approvers = {"cleo"};
  EXPECT_EQ(count_approvals(run.state), 0);
}

// A Friday, 08:00; the window opens an hour later. The engine restarts shop, and nothing has to be
// done for crm.
struct ToldInWindow : Told {
  ToldInWindow() : Told(Order::kPropagateFirst) {
    state.plan.rules.window = parse_window("fri 09:00-10:00").value();
    Consumer shop = state.consumers[0].facts;
    shop.reload.command = {"systemctl", "restart", "shop"};
    shop.reload.reads_at_start = true;
    tell(ConsumerDeclared{shop, {fingerprint(1)}});
  }
  void declare_crm() {
    Consumer crm = state.consumers[0].facts;
    crm.name = crm.seen_as.user_agent.emplace("crm");
    crm.reload = {};
    tell(ConsumerDeclared{crm, {fingerprint(1)}});
  }
  [[nodiscard]] std::string written() const {
    const Action action = next(state, now);
    const auto* write = std::get_if<WriteSink>(&action);
    return write == nullptr ? std::string() : write->consumer;
  }
};

TEST(Machine, WhomTheEngineRestartsGetsTheNewSecretInTheWindowAndTheOthersBefore) {
  ToldInWindow run;
  run.declare_crm();
  run.staged_and_proven();
  EXPECT_EQ(run.written(), "crm");
  run.tell(IntentRecorded{Effect::kWrite, "crm"})
      .tell(SinkWritten{"crm"})
      .tell(SinkReadBack{"crm"})
      .tell(ConsumerProven{"crm"})
      .tell(ConsumerReloaded{"crm", run.now});
  const Action held = next(run.state, run.now);
  ASSERT_TRUE(std::holds_alternative<Park>(held));
  EXPECT_TRUE(std::get<Park>(held).why.is_waiting);
  EXPECT_EQ(std::get<Park>(held).until, kStart + minutes{60});
  EXPECT_NE(std::get<Park>(held).why.reason.find("shop is restarted"), std::string::npos);
  run.now += minutes{50};
  EXPECT_TRUE(run.wants<WatchOld>()) << "soon enough to be waited for";
  run.now += minutes{10};
  EXPECT_EQ(run.written(), "shop");
  run.tell(IntentRecorded{Effect::kWrite, "shop"});
  ToldInWindow killed = run;
  killed.now += minutes{60};
  killed.tell(IntentDropped{Effect::kWrite});
  EXPECT_TRUE(killed.wants<Park>()) << "nothing of it was written before the window closed";
  run.tell(SinkWritten{"shop"});
  run.now += minutes{60};
  EXPECT_TRUE(run.wants<ReadBackSink>()) << "what is begun is finished";
}

TEST(Machine, ARestartWaitsForNoWindowThatOpensTooLateNorWhereNothingIsSparedByIt) {
  ToldInWindow calm;
  calm.staged_and_proven();
  EXPECT_TRUE(calm.wants<Park>());
  ToldInWindow no_restart = calm;
  no_restart.state.consumers[0].facts.reload.reads_at_start = false;
  ToldInWindow ends_soon = calm;
  ends_soon.state.plan.outgoing_ends_at = kStart + minutes{61};
  ToldInWindow has_ended = calm;
  has_ended.state.is_old_ended = true;
  ToldInWindow was_begun = calm;
  was_begun.state.consumers[0].sink = 1;
  ToldInWindow cut_off = calm;
  cut_off.state.consumers[0].is_present_dead = true;
  for (const ToldInWindow& one : {no_restart, ends_soon, has_ended, was_begun, cut_off}) {
    EXPECT_EQ(one.written(), "shop");
  }
  calm.state.plan.outgoing_ends_at = kStart + base::Days{30};
  EXPECT_TRUE(calm.wants<Park>()) << "there is time enough";
}

// Two sinks each, the second consumer in a later wave.
struct ToldInWaves : Told {
  ToldInWaves() : Told(Order::kPropagateFirst) {
    state.plan.rules.waves = {{"canary", seconds{60}}, {"rest", {}}};
    Consumer one = state.consumers[0].facts;
    one.sinks.resize(2);
    state.consumers.clear();
    tell(ConsumerDeclared{one, {fingerprint(1), fingerprint(1)}});
    one.name = one.seen_as.user_agent.emplace("crm");
    one.wave = 1;
    tell(ConsumerDeclared{one, {fingerprint(1), fingerprint(1)}});
    staged_and_proven();
  }
  void moves_next(const std::string& name) {
    for (const int sink : {0, 1}) {
      const Action action = next(state, now);
      const auto* write = std::get_if<WriteSink>(&action);
      ASSERT_NE(write, nullptr) << name;
      EXPECT_EQ(write->consumer, name);
      EXPECT_EQ(write->sink, sink);
      tell(IntentRecorded{Effect::kWrite, name, sink}).tell(SinkWritten{name, sink});
      EXPECT_TRUE(wants<ReadBackSink>());
      tell(SinkReadBack{name, sink});
    }
    EXPECT_TRUE(wants<ProveConsumer>());
    tell(ConsumerProven{name}).tell(ConsumerReloaded{name, now});
  }
  [[nodiscard]] std::optional<EventBody> judged(const std::vector<UsageRow>& rows) const {
    const UsageReport usage{rows, kStart, now};
    return judge(state, evaluate(usage, question_of(state, {})), now);
  }
};

TEST(Machine, AWaveMovesWhenTheOneBeforeItHasHeldAndEverySinkOfItIsReadBack) {
  ToldInWaves run;
  run.moves_next("shop");
  EXPECT_EQ(run.state.phase, Phase::kObserving);
  EXPECT_FALSE(run.judged({})) << "nobody has seen it";
  run.now += seconds{30};
  const UsageRow of_shop{"sec_2", {"10.0.0.1", "shop", "-", false}, run.now, run.now, 1};
  const UsageRow of_crm{"sec_1", {"10.0.0.1", "crm", "-", false}, run.now, run.now, 9};
  EXPECT_FALSE(run.judged({of_shop, of_crm})) << "it is seen and has not held for a minute";
  run.now += seconds{30};
  auto passed = run.judged({of_shop, of_crm});
  ASSERT_TRUE(passed);
  ASSERT_TRUE(std::holds_alternative<WavePassed>(*passed));
  EXPECT_EQ(std::get<WavePassed>(*passed).name, "canary");
  run.tell(*std::move(passed));
  EXPECT_FALSE(may_activate(run.state));
  run.moves_next("crm");
  EXPECT_FALSE(run.judged({of_shop, of_crm})) << "crm still uses the old one";
  run.now += seconds{30};
  const UsageRow moved_crm{"sec_2", of_crm.caller, run.now, run.now, 1};
  passed = run.judged({of_shop, of_crm, moved_crm});
  ASSERT_TRUE(passed);
  EXPECT_TRUE(std::holds_alternative<GatePassed>(*passed));
}

TEST(Machine, NobodyWaitsForAWaveOnceTheOldSecretHasEnded) {
  ToldInWaves run;
  run.tell(SecretActivated{"sec_2", "", std::nullopt, true});
  ASSERT_TRUE(run.state.early_cut);
  EXPECT_EQ(run.state.early_cut->consumers, (std::vector<std::string>{"shop", "crm"}));
  run.moves_next("shop");
  run.moves_next("crm");
  EXPECT_TRUE(run.wants<ProveDead>());
}

TEST(Machine, WhatIsAddedToAnEarlierWaveMovesBeforeALaterOneAndTheRestWaits) {
  ToldInWaves run;
  run.moves_next("shop");
  Consumer late = run.state.consumers[0].facts;
  late.name = "late";
  run.tell(ConsumerDeclared{late, {fingerprint(1), fingerprint(1)}});
  run.moves_next("late");
  EXPECT_EQ(run.state.phase, Phase::kObserving);
  late.name = "later";
  late.wave = 1;
  run.tell(ConsumerDeclared{late, {fingerprint(1), fingerprint(1)}});
  EXPECT_EQ(run.state.phase, Phase::kObserving) << "its wave has not come";
}

TEST(Machine, WhoMovedWithAnEarlierWaveAndIsOfTheNextOneNowIsWatchedAgain) {
  ToldInWaves run;
  run.moves_next("shop");
  const auto declare = [&](std::size_t which, int wave) {
    Consumer one = run.state.consumers[which].facts;
    one.wave = wave;
    run.tell(ConsumerDeclared{one, {fingerprint(1), fingerprint(1)}});
  };
  declare(0, 1);
  declare(1, 2);
  run.tell(WavePassed{0, "canary", {}, run.now});
  EXPECT_TRUE(run.wants<Observe>()) << "all of the wave has moved";
  run.tell(WavePassed{1, "rest", {}, run.now});
  run.moves_next("crm");
}

TEST(Machine, EverySinkThatMayHaveBeenWrittenIsPutBackInTurn) {
  ToldInWaves run;
  run.tell(IntentRecorded{Effect::kWrite, "shop", 0}).tell(SinkWritten{"shop", 0});
  run.tell(SinkReadBack{"shop", 0}).tell(IntentRecorded{Effect::kWrite, "shop", 1});
  run.tell(AbandonRequested{"omar", "the wrong one"});
  for (const int sink : {0, 1}) {
    const Action action = next(run.state, run.now);
    ASSERT_TRUE(std::holds_alternative<RestoreSink>(action));
    EXPECT_EQ(std::get<RestoreSink>(action).sink, sink);
    run.tell(IntentRecorded{Effect::kRestore, "shop", sink}).tell(SinkRestored{"shop", sink});
  }
  EXPECT_TRUE(run.wants<ProveRestored>());
}

TEST(Machine, WhoeverKeepsEndingTheStagedSecretIsLookedForByAPersonAndNotOutrun) {
  Told run(Order::kPropagateFirst);
  for (int i = 0; i < kMostStagedADay; ++i) {
    ASSERT_TRUE(run.wants<Stage>()) << i;
    run.tell(IntentRecorded{Effect::kStage, "run-1"});
    run.tell(SecretStaged{"sec_2", fingerprint(2), run.now + base::Days{180}});
    run.tell(SecretSettled{}).tell(StagedValueProven{});
    run.now += minutes{1};
    run.tell(StagedSecretGone{"sec_2", "it was revoked", std::nullopt, false});
  }
  EXPECT_TRUE(run.wants<Park>());
  run.now += base::Days{1};
  EXPECT_TRUE(run.wants<Stage>());
}

TEST(Machine, AfterALapseWhoeverHasNotMovedIsMovedBeforeTheRunEnds) {
  ToldInWaves run;
  run.moves_next("shop");
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + base::Days{7}});
  EXPECT_EQ(run.state.phase, Phase::kObserving) << "the canary is watched within the overlap";
  run.tell(OldSecretEnded{"lapsed"});
  run.moves_next("crm");
  EXPECT_TRUE(run.wants<ProveDead>());
}

TEST(Machine, ARestartThatIsDeclaredAfterwardsIsNone) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved();
  Consumer amended = run.state.consumers[0].facts;
  amended.reload.command = {"systemctl", "restart", "shop"};
  amended.reload.reads_at_start = true;
  run.tell(ConsumerDeclared{amended, {fingerprint(1)}});
  EXPECT_FALSE(question_of(run.state, {}).consumers[0].is_restarted);
  run.moved();
  EXPECT_TRUE(question_of(run.state, {}).consumers[0].is_restarted);
}

TEST(Machine, WhoeverIsAddedWhileTheActivationIsWaitedForIsMovedFirst) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  EXPECT_TRUE(may_join(run.state));
  Consumer late = run.state.consumers[0].facts;
  late.name = "late";
  run.tell(ConsumerDeclared{late, {fingerprint(1)}});
  EXPECT_TRUE(run.wants<Look>());
  run.tell(IntentDropped{Effect::kActivate});
  EXPECT_TRUE(run.wants<WriteSink>());
}

TEST(Machine, ASecretThatComesBackIsNotMovedToOnceTheRunIsGivenUp) {
  Told run(Order::kPropagateFirst);
  run.state.plan.is_by_hand = true;
  run.staged_and_proven().moved();
  run.tell(StagedSecretGone{"sec_2", "both were refused", std::nullopt, true});
  run.tell(IntentRecorded{Effect::kStage, "run-1"});
  run.tell(AbandonRequested{"omar", "the wrong one"}).tell(StagedSecretBack{"sec_2"});
  EXPECT_EQ(run.state.phase, Phase::kRollingBack);
  EXPECT_TRUE(run.wants<RestoreSink>());
  EXPECT_FALSE(may_activate(run.state));
}

TEST(Machine, OtherRulesAreTakenInAndMakeApprovalsVoid) {
  Told run(Order::kPropagateFirst);
  run.state.plan.rules.approvals = 1;
  run.tell(PlanAccepted{"anna", digest_of(run.state)});
  run.tell(RunApproved{"omar", "change 1", digest_of(run.state)});
  run.staged_and_proven().moved().tell(GatePassed{});
  EXPECT_TRUE(run.wants<Activate>());
  RunRules rules;
  rules.approvals = 1;
  rules.freezes = {{run.now - base::Days{1}, run.now + base::Days{1}}};
  run.tell(RulesDeclared{rules}).tell(GatePassed{});
  EXPECT_EQ(count_approvals(run.state), 0);
  EXPECT_TRUE(run.wants<Park>());
}

TEST(Machine, ANewWaiverNeedsANewApprovalAndANewGate) {
  Told run(Order::kPropagateFirst);
  run.state.plan.rules.approvals = 1;
  run.tell(PlanAccepted{"anna", digest_of(run.state)});
  run.tell(RunApproved{"omar", "change 1", digest_of(run.state)});
  run.staged_and_proven().moved().tell(GatePassed{});
  ASSERT_TRUE(run.wants<Activate>());
  RunRules rules = run.state.plan.rules;
  SeenAs stranger;
  stranger.user_agent = "forgotten/*";
  rules.waivers.push_back({stranger, "R. Meyer", "switched off"});
  run.tell(RulesDeclared{rules});
  EXPECT_EQ(count_approvals(run.state), 0);
  EXPECT_TRUE(run.wants<ReopenGate>());
  run.tell(GatePassed{});
  EXPECT_TRUE(run.wants<Park>());
  run.tell(RunApproved{"omar", "change 2", digest_of(run.state)});
  EXPECT_TRUE(run.wants<Activate>());
}

TEST(Machine, EndingTheOldOneInItsOverlapWaitsForTheWindowToo) {
  Told run(Order::kActivateFirst);
  run.staged_and_proven();
  run.state.plan.rules.freezes = {{run.now + seconds{1}, run.now + base::Days{2}}};
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + base::Days{7}});
  run.moved();
  run.now += minutes{1};
  run.tell(GatePassed{});
  EXPECT_TRUE(run.wants<Park>());
  run.now += base::Days{2};
  run.tell(GatePassed{});
  EXPECT_TRUE(run.wants<Revoke>());
}

TEST(Machine, InAFreezeNothingIsBegunAndWhatIsBegunIsFinished) {
  const Freeze freeze{kStart, kStart + base::Days{7}};
  Told fresh(Order::kPropagateFirst);
  fresh.state.plan.rules.freezes = {freeze};
  EXPECT_TRUE(fresh.wants<Park>());
  fresh.now = freeze.to - minutes{1};
  EXPECT_TRUE(fresh.wants<WatchOld>());
  fresh.now = freeze.to;
  EXPECT_TRUE(fresh.wants<Stage>());

  ToldInWaves run;
  run.tell(IntentRecorded{Effect::kWrite, "shop", 0}).tell(SinkWritten{"shop", 0});
  run.state.plan.rules.freezes = {freeze};
  EXPECT_TRUE(run.wants<ReadBackSink>());
  run.tell(SinkReadBack{"shop", 0}).tell(IntentRecorded{Effect::kWrite, "shop", 1});
  run.tell(SinkWritten{"shop", 1}).tell(SinkReadBack{"shop", 1}).tell(ConsumerProven{"shop"});
  run.tell(ConsumerReloaded{"shop", run.now});
  EXPECT_TRUE(run.wants<Observe>());
  run.tell(WavePassed{0, "canary", {}, run.now});
  EXPECT_TRUE(run.wants<Park>()) << "the next wave is not begun";
  run.tell(SecretActivated{"sec_2", "", std::nullopt, true});
  EXPECT_TRUE(run.wants<WriteSink>()) << "whoever is cut off does not wait";
}

TEST(Machine, WhereTheOldOneHasEndedAlreadyTheRestIsMovedAndNothingIsAskedAnyMore) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven();
  run.tell(SecretActivated{"sec_2", "", std::nullopt, true});
  EXPECT_TRUE(run.wants<WriteSink>());
  run.moved();
  EXPECT_TRUE(run.wants<ProveDead>());
}

TEST(Machine, OldEvidenceIsNotActedUpon) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.now += kGateFreshness + seconds{1};
  EXPECT_TRUE(run.wants<ReopenGate>());
}

TEST(Machine, AfterAClockWasSetBackTheGateIsPassedAnew) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.now -= minutes{5};
  EXPECT_TRUE(run.wants<ReopenGate>());
}

TEST(Machine, WhatFailedBeforeTheGateHoldsNobodyUpBehindIt) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved();
  run.tell(StepFailed{"observe usage", base::Code::kUnavailable, "", run.now + seconds{1}});
  run.now += seconds{1};
  run.tell(GatePassed{});
  // What is waited for by a clock that was set back ends when the gate looks fresh by it.
  run.now -= minutes{5};
  EXPECT_TRUE(run.wants<ReopenGate>());
}

TEST(Machine, AShortOverlapIsLeftToLapseAndALongOneIsCutOnEvidence) {
  for (const bool is_short : {true, false}) {
    Told run(Order::kActivateFirst);
    run.staged_and_proven();
    run.tell(IntentRecorded{Effect::kActivate, "sec_2"})
        .tell(SecretActivated{"sec_2", "sec_1", run.now + (is_short ? minutes{5} : minutes{60})});
    run.moved().tell(GatePassed{});
    EXPECT_EQ(run.wants<WaitUntil>(), is_short);
    EXPECT_EQ(run.wants<Revoke>(), !is_short);
  }
}

TEST(Machine, AStepThatKeepsFailingParksTheRunAndAPersonStartsItAgain) {
  Told run(Order::kPropagateFirst);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    EXPECT_FALSE(run.wants<Park>());
    run.tell(StepFailed{"stage a new secret", base::Code::kUnavailable, "no route", run.now});
  }
  ASSERT_TRUE(run.wants<Park>());
  run.tell(RunParked{"no route", false});
  EXPECT_TRUE(run.wants<Stop>());
  EXPECT_EQ(shown_phase(run.state), Phase::kParked);
  EXPECT_TRUE(run.tell(RunResumed{}).wants<Stage>());
}

TEST(Machine, WhatNobodyButAPersonCanMendParksAtOnce) {
  Told run(Order::kPropagateFirst);
  run.tell(StepFailed{"write the sink of shop", base::Code::kConflict, "changed", run.now});
  EXPECT_TRUE(run.wants<Park>());
}

TEST(Machine, AnOverlapThatEndsBeforeTheEvidenceParksOnceAndThenGoesOn) {
  Told run(Order::kActivateFirst);
  run.staged_and_proven();
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"})
      .tell(SecretActivated{"sec_2", "sec_1", run.now + seconds{30}});
  run.moved();
  UsageReport usage{{}, run.now, run.now + seconds{31}};
  Question question = question_of(run.state, {});
  question.consumers[0].interval = base::Days{1};
  const Evidence evidence = evaluate(usage, question);
  const auto first = judge(run.state, evidence, run.now);
  ASSERT_TRUE(first && std::holds_alternative<RunParked>(*first));
  EXPECT_TRUE(std::get<RunParked>(*first).is_lapse);
  run.tell(*first).tell(RunResumed{});
  const auto second = judge(run.state, evidence, run.now);
  ASSERT_TRUE(second && std::holds_alternative<OldSecretEnded>(*second));
}

TEST(Machine, AConsumerThatJoinsReopensTheGate) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  Consumer late;
  late.name = "late";
  run.tell(ConsumerDeclared{late, {fingerprint(1)}});
  EXPECT_FALSE(may_activate(run.state));
  EXPECT_TRUE(run.wants<WriteSink>());
}

TEST(Machine, NobodyJoinsARunThatHasLetTheOldSecretGo) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  EXPECT_TRUE(may_join(run.state));
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  EXPECT_TRUE(may_join(run.state)) << "nobody knows yet whether it took place";
  run.tell(SecretActivated{"sec_2", "", std::nullopt});
  EXPECT_FALSE(may_join(run.state));
  EXPECT_TRUE(run.wants<ProveDead>());
}

TEST(MachineDeathTest, AnActivationBehindAShutGateAborts) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven();
  EXPECT_DEATH(static_cast<void>(intent_of(run.state, Activate{})), "may_activate");
}

}  // namespace
}  // namespace rekey::rotation

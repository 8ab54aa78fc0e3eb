// Words that count on, reloads that are mended, and runs whose own secret has ended.
#include <gtest/gtest.h>

#include "rotation/machine/machine_scene_test_support.h"
#include "rotation/machine/roll_back.h"

namespace rekey::rotation {
namespace {

using namespace told;

Consumer with_reload(const Told& run, const ReloadSpec& reload) {
  Consumer consumer = run.state.consumers[0].facts;
  consumer.reload = reload;
  return consumer;
}
ReloadSpec restarted_by(const std::string& program, bool reads_at_start) {
  ReloadSpec reload;
  reload.command = {program};
  reload.reads_at_start = reads_at_start;
  return reload;
}

TEST(Machine, AReloadThatIsMendedIsCarriedOutBeforeItIsEvidence) {
  Told run(Order::kPropagateFirst);
  run.tell(ConsumerDeclared{with_reload(run, restarted_by("touch", false)), {fingerprint(1)}});
  run.staged_and_proven().moved().tell(ConsumerAttested{"shop", "omar", "seen"});
  ASSERT_TRUE(run.state.consumers[0].is_restarted);
  Consumer same = run.state.consumers[0].facts;
  same.reload.timeout = minutes{5};
  run.tell(ConsumerDeclared{same, {fingerprint(1)}});
  EXPECT_EQ(run.state.consumers[0].step, ConsumerStep::kReloaded) << "nothing else is done now";
  run.tell(ConsumerDeclared{with_reload(run, restarted_by("systemctl", true)), {fingerprint(1)}});
  EXPECT_FALSE(question_of(run.state, {}).consumers[0].is_restarted);
  EXPECT_FALSE(run.state.consumers[0].attested_by);
  EXPECT_TRUE(run.wants<ReloadConsumer>());
  run.tell(ConsumerReloaded{"shop", run.now});
  EXPECT_TRUE(question_of(run.state, {}).consumers[0].is_restarted);
  EXPECT_TRUE(run.wants<Observe>());
}

TEST(Machine, AReloadThatIsMendedAfterTheActivationIsCarriedOutToo) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  run.tell(SecretActivated{"sec_2", "", std::nullopt}).tell(OldValueRefused{fingerprint(1)});
  ASSERT_TRUE(run.wants<Close>());
  run.tell(ConsumerDeclared{with_reload(run, restarted_by("systemctl", true)), {fingerprint(1)}});
  EXPECT_TRUE(run.wants<ReloadConsumer>());
  EXPECT_TRUE(run.tell(ConsumerReloaded{"shop", run.now}).wants<Close>());
}

// 2027-01-15, a Friday.
TEST(Machine, AReloadThatIsMendedRestartsInTheWindow) {
  Told run(Order::kPropagateFirst);
  run.state.plan.rules.window = parse_window("mon 09:00-15:00").value();
  run.staged_and_proven().moved();
  run.tell(ConsumerDeclared{with_reload(run, restarted_by("systemctl", true)), {fingerprint(1)}});
  EXPECT_TRUE(run.wants<Park>()) << "it has moved, and nobody has begun to restart it";
  run.now += base::Days{3} + std::chrono::hours{4};
  ASSERT_TRUE(is_open(*run.state.plan.rules.window, run.now));
  EXPECT_TRUE(run.wants<ReloadConsumer>());
}

TEST(Machine, WhatWasLeftInAPlaceIsForgottenWhereTheRunGoesForward) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(AbandonRequested{"omar", "the wrong one"});
  run.tell(IntentRecorded{Effect::kRestore, "shop"});
  run.tell(SinkRestored{"shop", 0, fingerprint(7), true});
  EXPECT_EQ(places_left(run.state).size(), 1u);
  run.tell(SinkRestored{"shop", 0, fingerprint(7), true});
  EXPECT_EQ(places_left(run.state).size(), 1u) << "named once";
  Told turned = run;
  EXPECT_TRUE(run.tell(SinkRestored{"shop", 0, fingerprint(1)}).state.consumers[0].left.empty())
      << "somebody has put there what is accepted";
  turned.tell(OldSecretEnded{"sec_1 was revoked", true});
  EXPECT_TRUE(turned.state.consumers[0].left.empty()) << "it gets the new one, and is reloaded";
}

TEST(Machine, AnEndThatDidNotTakePlaceLeadsToWhoeverIsToBeReloadedAnew) {
  Told run(Order::kActivateFirst);
  run.staged_and_proven();
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + base::Days{7}});
  run.moved().tell(GatePassed{}).tell(IntentRecorded{Effect::kRevoke, "sec_1"});
  run.tell(ConsumerDeclared{with_reload(run, restarted_by("systemctl", true)), {fingerprint(1)}});
  EXPECT_TRUE(run.wants<Look>());
  EXPECT_TRUE(run.tell(IntentDropped{Effect::kRevoke}).wants<ReloadConsumer>());
}

Told with_form() {
  Told run(Order::kPropagateFirst);
  Consumer form = run.state.consumers[0].facts;
  form.is_by_hand = true;
  run.tell(ConsumerDeclared{form, {fingerprint(1)}});
  run.staged_and_proven();
  return run;
}

TEST(Machine, WhoeverSaidThatTheFormIsFilledInNeedNotSayItTwice) {
  Told run = with_form();
  run.tell(IntentRecorded{Effect::kWrite, "shop"});
  run.tell(ConsumerAttested{"shop", "omar", "saved"});
  run.tell(OldSecretEnded{"sec_1 was revoked", true});
  ASSERT_TRUE(run.wants<WriteSink>());
  run.tell(IntentRecorded{Effect::kWrite, "shop"});
  EXPECT_TRUE(run.state.consumers[0].attested_by) << "the same value belongs there";
  // Another value is another matter.
  run.tell(StagedSecretGone{"sec_2", "revoked", std::nullopt, true});
  run.tell(IntentRecorded{Effect::kStage, "run-1"})
      .tell(SecretStaged{"sec_3", fingerprint(3), run.now})
      .tell(SecretSettled{})
      .tell(StagedValueProven{})
      .tell(IntentRecorded{Effect::kWrite, "shop"});
  EXPECT_FALSE(run.state.consumers[0].attested_by);
}

TEST(Machine, AfterAnEarlyActivationTheGateAsksForTheSightOfWhatAFormHolds) {
  Told run = with_form();
  run.tell(IntentRecorded{Effect::kWrite, "shop"});
  run.tell(SecretActivated{"sec_2", "", std::nullopt, true});
  run.tell(IntentRecorded{Effect::kWrite, "shop"});
  run.tell(ConsumerAttested{"shop", "omar", "saved"});
  run.tell(SinkWritten{"shop"}).tell(ConsumerReloaded{"shop", run.now});
  EXPECT_TRUE(run.wants<Observe>()) << "a mistyped value would be taken for done";
  EXPECT_TRUE(run.tell(GatePassed{}).wants<ProveDead>());
}

TEST(Machine, WhatWasStagedAndNotToldIsLookedForAlsoWhereTheOldOneHasEnded) {
  for (const Effect effect : {Effect::kStage, Effect::kRunWorkflow}) {
    Told run(Order::kPropagateFirst);
    run.tell(IntentRecorded{effect, "run-1"}).tell(OldSecretEnded{"sec_1 was revoked", true});
    EXPECT_TRUE(run.wants<Look>()) << name_of(effect);
  }
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  run.tell(OldSecretEnded{"sec_1 was revoked", true});
  EXPECT_FALSE(run.wants<Look>());
}

TEST(Machine, ARunThatStopsWithAnActivationUnderWaySaysThatItMayHaveTakenPlace) {
  Told run(Order::kActivateFirst);
  run.staged_and_proven().tell(IntentRecorded{Effect::kActivate, "sec_2"});
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    run.tell(StepFailed{"look for the outcome of activate sec_2", base::Code::kUnavailable,
                        "no route", run.now});
  }
  const Action action = next(run.state, run.now);
  const auto* park = std::get_if<Park>(&action);
  ASSERT_NE(park, nullptr);
  EXPECT_NE(park->why.reason.find("The activation of sec_2 was asked for"), std::string::npos)
      << park->why.reason;
}

// Activated, moved, and then its own secret ended.
Told with_dead_active(bool is_old_gone = false) {
  Told run(Order::kActivateFirst);
  run.staged_and_proven();
  run.tell(SecretActivated{"sec_2", "sec_1", run.now + base::Days{7}});
  run.moved().tell(ActiveSecretEnded{"sec_2", "somebody ended it", is_old_gone});
  return run;
}

TEST(Machine, ARunWhoseOwnSecretHasEndedStopsWithTheWayOutAndLooksAnewWhenItIsStarted) {
  Told run = with_dead_active();
  const Action action = next(run.state, run.now);
  const auto* park = std::get_if<Park>(&action);
  ASSERT_NE(park, nullptr);
  EXPECT_NE(park->why.reason.find("Cut off: shop."), std::string::npos) << park->why.reason;
  EXPECT_NE(park->why.reason.find("`rekey run abort"), std::string::npos) << park->why.reason;
  EXPECT_TRUE(run.tell(park->why).tell(RunResumed{}).wants<Observe>());
  EXPECT_FALSE(run.state.active_end);
}

TEST(Machine, GivenUpItGoesBackToTheOldSecretWhileThatWorks) {
  Told run = with_dead_active();
  EXPECT_EQ(refuse_to_abandon(run.state, run.now), "");
  run.tell(RunParked{"dead"}).tell(AbandonRequested{"ann", "no"}).tell(RunResumed{});
  ASSERT_TRUE(run.wants<UndoActivation>()) << "the issuer is looked at first";
  EXPECT_FALSE(intent_of(run.state, UndoActivation{})) << "there is nothing to undo";
  run.tell(ActiveSecretEnded{"sec_2", "somebody ended it"});
  EXPECT_TRUE(run.wants<RestoreSink>());
  run.tell(SinkRestored{"shop"}).tell(RestoredProven{"shop"});
  run.tell(ConsumerReloaded{"shop", run.now});
  EXPECT_TRUE(run.wants<CloseAbandoned>()) << "there is nothing to end";
}

TEST(Machine, GivenUpWhereTheOldSecretIsGoneTooItEndsAsItStands) {
  Told run = with_dead_active();
  run.tell(AbandonRequested{"ann", "no"}).tell(IntentRecorded{Effect::kUndoActivation, "sec_2"});
  run.tell(ActiveSecretEnded{"sec_2", "somebody ended it", true});
  EXPECT_TRUE(run.wants<CloseAbandoned>());
  EXPECT_TRUE(holders_of_new(run.state).empty());
}

TEST(Machine, AfterTheEndOfTheOldSecretAPlaceIsWrittenAnewAtOnceAndTheSecondTimeAPersonLooks) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{});
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  run.tell(SecretActivated{"sec_2", "", std::nullopt}).tell(OldValueRefused{fingerprint(1)});
  ASSERT_TRUE(run.wants<Close>());
  EXPECT_TRUE(run.tell(SinkDrifted{"shop", 0, fingerprint(1)}).wants<WriteSink>());
  run.moved();
  ASSERT_TRUE(run.wants<Close>());
  EXPECT_TRUE(run.tell(SinkDrifted{"shop", 0, fingerprint(1)}).wants<Park>());
}

TEST(Machine, APlaceThatIsLeftWithSomebodyElsesValueIsNamedInTheEnd) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(AbandonRequested{"ann", "no"});
  run.tell(SinkRestored{"shop", 0, fingerprint(9), true});
  EXPECT_EQ(places_left(run.state).size(), 1U);
  EXPECT_FALSE(run.wants<ProveRestored>()) << "nothing was put back that could be proven";
}

}  // namespace
}  // namespace rekey::rotation

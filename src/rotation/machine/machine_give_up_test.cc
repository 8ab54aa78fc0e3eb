#include "rotation/machine/machine.h"

#include <gtest/gtest.h>

#include "rotation/machine/machine_scene_test_support.h"
#include "rotation/machine/roll_back.h"

namespace rekey::rotation {
namespace {

using namespace told;

TEST(Machine, AStagedSecretThatIsGoneBeforeAnyWriteIsStagedAnewAndProvenAnew) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().tell(StagedSecretGone{"sec_2", "revoked", run.now + seconds{9}});
  EXPECT_EQ(run.state.phase, Phase::kPlanned);
  EXPECT_TRUE(run.wants<WatchOld>());
  run.now += seconds{9};
  const Action action = next(run.state, run.now);
  ASSERT_TRUE(std::holds_alternative<Stage>(action));
  EXPECT_FALSE(std::get<Stage>(action).replaces);
  run.tell(IntentRecorded{Effect::kStage, "run-1"})
      .tell(SecretStaged{"sec_3", fingerprint(3), run.now})
      .tell(SecretSettled{});
  EXPECT_TRUE(run.wants<ProveStaged>());
}

TEST(Machine, AStagedSecretThatIsGoneAfterAWriteIsRolledBackStepByStep) {
  for (const bool is_write_open : {true, false}) {
    Told run(Order::kPropagateFirst);
    run.staged_and_proven();
    if (is_write_open) {
      run.tell(IntentRecorded{Effect::kWrite, "shop"});
    } else {
      run.moved().tell(GatePassed{}).tell(IntentRecorded{Effect::kActivate, "sec_2"});
    }
    run.tell(StagedSecretGone{"sec_2", "revoked", std::nullopt});
    EXPECT_EQ(run.state.phase, Phase::kRollingBack);
    EXPECT_FALSE(may_activate(run.state));
    ASSERT_TRUE(run.wants<RestoreSink>());
    EXPECT_EQ(intent_of(run.state, RestoreSink{"shop"})->effect, Effect::kRestore);
    EXPECT_TRUE(run.tell(IntentRecorded{Effect::kRestore, "shop"}).wants<Look>());
    EXPECT_TRUE(run.tell(IntentDropped{Effect::kRestore}).wants<RestoreSink>());
    EXPECT_TRUE(run.tell(SinkRestored{"shop"}).wants<ProveRestored>());
    EXPECT_TRUE(run.tell(RestoredProven{"shop"}).wants<ReloadConsumer>());
    EXPECT_TRUE(run.tell(ConsumerReloaded{"shop", run.now}).wants<Stage>());
  }
}

// Nothing is proven of it and nobody is restarted for it: the run only asks what time it is there.
TEST(Machine, AConsumerAllOfWhosePlacesAreLeftIsNeitherProvenNorReloaded) {
  Told run(Order::kPropagateFirst);
  Consumer shop = run.state.consumers[0].facts;
  shop.reload.command = {"restart", "shop"};
  run.tell(ConsumerDeclared{shop, {fingerprint(1)}});
  run.staged_and_proven().moved().tell(AbandonRequested{"ann", "no"});
  run.tell(SinkRestored{"shop", 0, fingerprint(9), true});
  EXPECT_TRUE(is_left_alone(run.state.consumers[0]));
  ASSERT_TRUE(run.wants<ReloadConsumer>());
  EXPECT_FALSE(intent_of(run.state, ReloadConsumer{"shop"})) << "nothing is about to be done";
  run.tell(ConsumerReloaded{"shop", run.now, true});
  EXPECT_TRUE(run.wants<ObserveUnused>()) << "it may still have the new one in memory";
}

TEST(Machine, ARunThatIsGivenUpEndsItsSecretOnlyWhenItIsRestoredAndUnused) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(AbandonRequested{"ann", "no"});
  EXPECT_FALSE(may_join(run.state));
  EXPECT_TRUE(run.wants<RestoreSink>());
  run.tell(SinkRestored{"shop"}).tell(RestoredProven{"shop"});
  run.tell(ConsumerReloaded{"shop", run.now});
  EXPECT_TRUE(run.wants<ObserveUnused>());
  EXPECT_TRUE(run.tell(StagedSecretUnused{run.now}).wants<EndStaged>());
  EXPECT_TRUE(run.tell(StagedSecretEnded{"sec_2"}).wants<CloseAbandoned>());
  EXPECT_TRUE(run.tell(RunAbandoned{"ann", "no"}).wants<Stop>());
}

TEST(Machine, GivingUpFindsTheOutcomeOfAnOpenActivationFirstAndGoesForwardFromThere) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven()
      .moved()
      .tell(GatePassed{})
      .tell(IntentRecorded{Effect::kActivate, "sec_2"});
  run.tell(AbandonRequested{"ann", "no"});
  EXPECT_TRUE(run.wants<Look>());
  run.tell(SecretActivated{"sec_2", "", std::nullopt});
  EXPECT_TRUE(run.wants<Park>());
  EXPECT_FALSE(refuse_to_abandon(run.state, run.now).empty());
  run.tell(RunParked{"too late", false}).tell(RunResumed{});
  EXPECT_TRUE(run.wants<WriteSink>());
}

// Given up after the activation, `left` before the end of the overlap.
Told given_up_in_overlap(base::Duration left) {
  Told run(Order::kActivateFirst);
  run.state.plan.can_undo_activation = true;
  run.staged_and_proven()
      .tell(IntentRecorded{Effect::kActivate, "sec_2"})
      .tell(SecretActivated{"sec_2", "sec_1", run.now + left})
      .tell(IntentRecorded{Effect::kWrite, "shop"})
      .tell(AbandonRequested{"ann", "no"});
  return run;
}

TEST(Machine, WithinTheOverlapTheActivationIsUndoneBeforeAnySinkIsRestored) {
  Told run = given_up_in_overlap(minutes{5});
  ASSERT_TRUE(run.wants<UndoActivation>()) << "the write that was begun needs no look";
  EXPECT_FALSE(may_join(run.state));
  const auto intent = intent_of(run.state, UndoActivation{});
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->effect, Effect::kUndoActivation);
  EXPECT_TRUE(run.tell(*intent).wants<Look>());
  EXPECT_TRUE(run.tell(IntentDropped{Effect::kUndoActivation}).wants<UndoActivation>());
  run.tell(RunResumed{});
  EXPECT_TRUE(run.wants<UndoActivation>()) << "it is given up however often it is started";
  EXPECT_TRUE(run.tell(*intent).tell(ActivationUndone{"sec_2", "sec_1"}).wants<RestoreSink>());
  EXPECT_FALSE(run.state.is_activated);
}

TEST(Machine, WhatCannotBeUndoneAnyMoreGoesForwardFromWhereItStood) {
  Told run = given_up_in_overlap(minutes{5});
  run.tell(IntentRecorded{Effect::kUndoActivation, "sec_2"});
  run.now += minutes{5};
  EXPECT_TRUE(run.wants<Look>());
  EXPECT_TRUE(run.tell(IntentDropped{Effect::kUndoActivation}).wants<Park>());
  EXPECT_FALSE(refuse_to_abandon(run.state, run.now).empty());
  run.tell(std::get<Park>(next(run.state, run.now)).why).tell(RunResumed{});
  EXPECT_TRUE(run.wants<WriteSink>());
  EXPECT_FALSE(run.state.abandon);
}

TEST(Machine, OnlyWhatTheRunWasToReplaceIsMadeActiveAgain) {
  Told run = given_up_in_overlap(minutes{5});
  run.state.superseded_id = "sec_9";
  EXPECT_TRUE(run.wants<Park>());
}

}  // namespace
}  // namespace rekey::rotation

// What the machine does about steps that fail for good, waits that have no end, clocks that were
// wrong, and approvals that are of another plan by now.
#include <gtest/gtest.h>

#include "rotation/machine/machine.h"
#include "rotation/machine/machine_scene_test_support.h"

namespace rekey::rotation {
namespace {

using namespace told;
using base::Code;
using base::Days;
using std::chrono::hours;

std::string parked_for(const Told& run) {
  const Action action = next(run.state, run.now);
  const auto* park = std::get_if<Park>(&action);
  return park == nullptr ? std::string() : park->why.reason;
}

void fail(Told& run, const std::string& step, base::Duration later = {}) {
  run.tell(StepFailed{step, Code::kIo, "the disk is full", run.now + later});
}

// Everybody moved within an overlap of a week, and the gate is passed.
Told in_the_overlap() {
  Told run(Order::kActivateFirst);
  run.state.plan.activation_ends_old = false;
  run.staged_and_proven()
      .tell(IntentRecorded{Effect::kActivate, "sec_2"})
      .tell(SecretActivated{"sec_2", "sec_1", run.now + Days{7}})
      .moved()
      .tell(GatePassed{{}, {}, run.now});
  return run;
}

TEST(MachineBounds, AnActivationThatFailsForGoodParksThoughReadingWorks) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved();
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    ASSERT_TRUE(run.tell(GatePassed{{}, {}, run.now}).wants<Activate>()) << attempt;
    run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
    fail(run, "activate the new secret");
    EXPECT_EQ(run.state.failed_ends, attempt);
    ASSERT_TRUE(run.wants<Look>()) << "what was asked for may have taken effect";
    run.tell(IntentDropped{Effect::kActivate});
    EXPECT_EQ(run.wants<Observe>(), attempt < kMaxAttempts) << attempt;
  }
  EXPECT_NE(parked_for(run).find("activate the new secret failed: the disk is full"),
            std::string::npos)
      << parked_for(run);
  run.tell(RunParked{parked_for(run)}).tell(RunResumed{});
  EXPECT_TRUE(run.wants<Observe>());
  EXPECT_EQ(run.state.failed_ends, 0) << "whoever starts it again has seen to that";
}

TEST(MachineBounds, WhatBringsTheRunOnIsSaidOnceAndNothingAgainstIt) {
  const std::pair<const char*, bool> cases[] = {
      {"the reload command /etc/restart.sh ended with exit code 3", true},
      {"sec_9 became active. Give the run up with `rekey rotate --abandon`, then begin a new one",
       false},
      {"somebody changed it. Put it back, then start the run again", false}};
  for (const auto& [detail, is_to_be_said] : cases) {
    Told run(Order::kPropagateFirst);
    run.staged_and_proven().tell(StepFailed{"reload shop", Code::kConflict, detail, run.now});
    const std::string text = parked_for(run);
    EXPECT_EQ(text.find("See to that, then start the run again") != std::string::npos,
              is_to_be_said)
        << text;
  }
}

TEST(MachineBounds, TheEndOfTheOldSecretThatFailsForGoodParksToo) {
  Told run = in_the_overlap();
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    ASSERT_TRUE(run.wants<Revoke>()) << attempt;
    run.tell(IntentRecorded{Effect::kRevoke, "sec_1"});
    fail(run, "revoke sec_1");
    run.tell(IntentDropped{Effect::kRevoke});
    if (attempt < kMaxAttempts) run.tell(GatePassed{{}, {}, run.now});
  }
  EXPECT_NE(parked_for(run).find("revoke sec_1 failed"), std::string::npos) << parked_for(run);
  EXPECT_EQ(run.tell(OldSecretEnded{"revoked"}).state.failed_ends, 0);
}

TEST(MachineBounds, ALookThatFailsIsNoSecondActivation) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved().tell(GatePassed{{}, {}, run.now});
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  fail(run, "activate the new secret");
  fail(run, "look for the outcome of activate sec_2");
  EXPECT_EQ(run.state.failed_ends, 1);
  EXPECT_EQ(run.state.attempts, 2);
  EXPECT_EQ(run.tell(SecretActivated{"sec_2", "", {}}).state.failed_ends, 0);
}

TEST(MachineBounds, TheIssuersLeastTimesAreWatchedWhenShortAndLeftToLaterWhenLong) {
  Told run(Order::kPropagateFirst);
  run.state.plan.stage_not_before = run.now + minutes{10};
  EXPECT_TRUE(run.wants<WatchOld>());
  run.state.plan.stage_not_before = run.now + Days{30};
  EXPECT_NE(parked_for(run).find("least time between two secrets"), std::string::npos);
  EXPECT_EQ(issuer_waits_until(run.state, run.now), run.now + Days{30});

  Told first(Order::kActivateFirst);
  first.staged_and_proven();
  first.state.plan.activate_not_before = first.now + minutes{10};
  EXPECT_TRUE(first.wants<WatchOld>());
  first.state.plan.activate_not_before = first.now + Days{1};
  EXPECT_NE(parked_for(first).find("least time between two activations"), std::string::npos);
  first.now += Days{1};
  EXPECT_TRUE(first.wants<Activate>());
}

TEST(MachineBounds, EverybodyHasMovedAndTheIssuerActivatesNoneForDays) {
  Told run(Order::kPropagateFirst);
  run.staged_and_proven().moved();
  Evidence evidence;
  evidence.as_of = run.now;
  run.state.plan.activate_not_before = run.now + minutes{10};
  EXPECT_FALSE(judge(run.state, evidence, run.now)) << "that is watched";
  run.state.plan.activate_not_before = run.now + Days{3};
  const auto event = judge(run.state, evidence, run.now);
  ASSERT_TRUE(event);
  const auto* parked = std::get_if<RunParked>(&*event);
  ASSERT_NE(parked, nullptr);
  EXPECT_TRUE(parked->is_waiting);
}

TEST(MachineBounds, AClockThatWasAheadHoldsNothingUp) {
  Told run(Order::kPropagateFirst);
  run.state.plan.settle = seconds{3};
  run.now = kStart + Days{1};
  run.tell(IntentRecorded{Effect::kStage, "run-1"})
      .tell(SecretStaged{"sec_2", fingerprint(2), kStart + Days{180}});
  EXPECT_TRUE(run.wants<WaitUntil>()) << "the settle time";
  run.now = kStart;
  EXPECT_TRUE(run.wants<CheckSettled>()) << "the issuer is asked: that is no settle time";
  fail(run, "see the staged secret settled", Days{1});
  EXPECT_TRUE(run.wants<CheckSettled>());
  run.tell(SecretSettled{});
  run.now = kStart + Days{1};
  run.tell(StagedValueProven{}).moved();
  run.now = kStart;
  EXPECT_TRUE(run.wants<ReopenGate>()) << "nobody knows since when it is watched";
  EXPECT_TRUE(run.tell(GateExpired{}).wants<Observe>());
}

TEST(MachineBounds, AClockThatWasAheadHoldsNoProofUp) {
  Told run(Order::kPropagateFirst);
  run.state.plan.proof = {3, seconds{2}};
  run.now = kStart + hours{20};
  run.staged_and_proven();
  EXPECT_TRUE(run.wants<WaitUntil>());
  run.now = kStart;
  EXPECT_TRUE(run.wants<ProveStaged>());
}

TEST(MachineBounds, WhatIsWaivedWithinTheOverlapIsApprovedBeforeTheOldOneEnds) {
  Told run = in_the_overlap();
  EXPECT_TRUE(run.wants<Revoke>());
  run.state.plan.rules.approvals = 1;
  run.state.plan.requested_by = "anna";
  run.tell(RunApproved{"omar", "change 1", digest_of(run.state)});
  EXPECT_TRUE(run.wants<Revoke>()) << "it is still the plan that was approved";
  run.tell(ConsumerWaived{"shop", "eve", "it is switched off"});
  EXPECT_TRUE(is_approval_awaited(run.state));
  EXPECT_NE(parked_for(run).find("the end of sec_1 needs the approval of a second person"),
            std::string::npos)
      << parked_for(run);
  run.tell(RunApproved{"omar", "change 2", digest_of(run.state)});
  EXPECT_FALSE(is_approval_awaited(run.state));
  EXPECT_TRUE(run.wants<Revoke>());
}

TEST(MachineBounds, FewerInstancesWithinTheOverlapAreAnotherPlanToo) {
  Told run = in_the_overlap();
  run.state.plan.rules.approvals = 1;
  run.tell(RunApproved{"omar", "change 1", digest_of(run.state)});
  Consumer fewer = run.state.consumers[0].facts;
  fewer.instances += 1;
  run.tell(ConsumerDeclared{fewer, {fingerprint(1)}});
  run.tell(GatePassed{{}, {}, run.now});
  EXPECT_NE(parked_for(run).find("another plan by now"), std::string::npos) << parked_for(run);
  run.now += Days{7};
  EXPECT_TRUE(run.wants<NoteLapsed>()) << "the overlap waits for nobody";
}

TEST(MachineBounds, AWorkflowThatTouchesSomethingIsNotRepeatedAsOftenAsALook) {
  for (const char* effects : {"one test row", "none, it only reads"}) {
    const bool is_touching = std::string(effects) == "one test row";
    Told run(Order::kPropagateFirst);
    run.state.plan.workflows = {{"orders", effects, "def"}};
    int runs = 0;
    while (run.wants<RunWorkflow>()) {
      ++runs;
      run.tell(IntentRecorded{Effect::kRunWorkflow, "orders"});
      run.tell(StepFailed{"run the workflow orders", Code::kTimeout, "status 503", run.now});
      if (run.wants<Look>()) run.tell(IntentDropped{Effect::kRunWorkflow});
    }
    EXPECT_EQ(runs, is_touching ? kMostUnclearRuns : kMaxAttempts) << effects;
    EXPECT_NE(parked_for(run).find("status 503"), std::string::npos);
  }
}

}  // namespace
}  // namespace rekey::rotation

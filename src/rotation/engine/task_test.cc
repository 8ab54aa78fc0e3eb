#include "rotation/engine/task.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

using base::Instant;

const Instant kNow = base::parse_instant("2026-11-24T09:00:00Z").value();  // a Tuesday

// A run at an issuer where people stage and activate, told event by event.
struct Told {
  RunState state;

  explicit Told(int approvals = 0, const std::string& window = {}) {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.outgoing = {"present"};
    plan.proof = {1, base::Duration{}};
    plan.is_by_hand = true;
    plan.rules.approvals = approvals;
    plan.requested_by = "anna";
    if (!window.empty()) plan.rules.window = parse_window(window).value();
    tell(plan);
    Consumer consumer;
    consumer.name = "shop";
    consumer.seen_as.user_agent = "shop";
    consumer.interval = std::chrono::minutes{20};
    tell(ConsumerDeclared{consumer, {base::Fingerprint{}}});
  }
  Told& tell(EventBody body) {
    state = apply(std::move(state), {kNow, std::move(body)});
    return *this;
  }
  Told& staged() {
    return tell(IntentRecorded{Effect::kStage, "run-1"})
        .tell(SecretStaged{"mce-1", {}, kNow + base::Days{180}});
  }
  Told& written() {
    return staged()
        .tell(SecretSettled{})
        .tell(StagedValueProven{})
        .tell(IntentRecorded{Effect::kWrite, "shop"})
        .tell(SinkWritten{"shop"});
  }
  Told& moved() {
    return written()
        .tell(SinkReadBack{"shop"})
        .tell(ConsumerProven{"shop"})
        .tell(ConsumerReloaded{"shop", kNow});
  }
  Told& gate() { return moved().tell(ConsumerAttested{"shop", "omar", "seen"}).tell(GatePassed{}); }
  [[nodiscard]] TaskKind task() const { return next_task(state, kNow).kind; }
};

TEST(Task, OnlyARunThatAsksForASecretHasSomebodyGenerateOne) {
  EXPECT_EQ(Told().task(), TaskKind::kGenerate);
  EXPECT_EQ(Told().tell(IntentRecorded{Effect::kStage, "run-1"}).task(), TaskKind::kGenerate);
  EXPECT_EQ(Told().staged().task(), TaskKind::kNone);
  EXPECT_EQ(Told().staged().tell(SecretSettled{}).task(), TaskKind::kNone);
  EXPECT_EQ(Told().written().task(), TaskKind::kNone);
  EXPECT_EQ(Told().moved().task(), TaskKind::kAttest);
  EXPECT_EQ(Told().gate().task(), TaskKind::kActivate);
}

TEST(Task, AFreezeHoldsTheGenerationAndIsToldWithItsEnd) {
  for (Told told : {Told(), Told().tell(IntentRecorded{Effect::kStage, "run-1"})}) {
    told.state.plan.rules.freezes = {{kNow - base::Days{1}, kNow + base::Days{2}}};
    const Task task = next_task(told.state, kNow);
    EXPECT_EQ(task.kind, TaskKind::kWait);
    EXPECT_NE(task.why.find("until " + base::format_instant(kNow + base::Days{2})),
              std::string::npos)
        << task.why;
    const Card card = card_of(task, told.state, "Order sync");
    EXPECT_NE(card.title.find("Nothing to do at the issuer"), std::string::npos) << card.title;
    EXPECT_NE(card.why.find("the freeze"), std::string::npos) << card.why;
    told.state.is_old_gone = true;
    EXPECT_EQ(told.task(), TaskKind::kGenerate) << "nobody gets a token: nothing holds it";
  }
}

TEST(Task, TheLeastTimeBetweenTwoSecretsHoldsTheGeneration) {
  Told told;
  told.state.plan.stage_not_before = kNow + std::chrono::minutes{4};
  const Task task = next_task(told.state, kNow);
  EXPECT_EQ(task.kind, TaskKind::kWait);
  EXPECT_NE(task.why.find(base::format_instant(kNow + std::chrono::minutes{4})), std::string::npos)
      << task.why;
}

TEST(Task, NobodyIsToldToActivateWithoutApprovalOrOutsideTheWindow) {
  EXPECT_EQ(Told(1).gate().task(), TaskKind::kApprove);
  EXPECT_EQ(Told(1).gate().tell(RunApproved{"anna", "mine"}).task(), TaskKind::kApprove);
  EXPECT_EQ(Told(1).gate().tell(RunApproved{"omar", "change"}).task(), TaskKind::kActivate);
  EXPECT_EQ(Told(0, "wed 10:00-12:00").gate().task(), TaskKind::kWait);
  EXPECT_EQ(Told(0, "tue 08:00-12:00").gate().task(), TaskKind::kActivate);
  Told asked(0, "wed 10:00-12:00");
  asked.gate().tell(IntentRecorded{Effect::kActivate, "mce-1"});
  EXPECT_EQ(asked.task(), TaskKind::kWait) << "the window has closed since it was asked for";
}

TEST(Task, BehindTheActivationAndOnTheWayBackNothingIsPressed) {
  Told active;
  active.gate()
      .tell(IntentRecorded{Effect::kActivate, "mce-1"})
      .tell(SecretActivated{"mce-1", "", {}});
  EXPECT_EQ(active.task(), TaskKind::kNone);
  Told given_up;
  given_up.written().tell(AbandonRequested{"anna", "another week"});
  EXPECT_EQ(given_up.task(), TaskKind::kNone);
}

TEST(Task, TheCardOfAWordNamesTheConsumerAndSaysNotToPressAnything) {
  const Told told = Told().moved();
  const Card card = card_of(next_task(told.state, kNow), told.state, "Order sync");
  EXPECT_NE(card.title.find("shop"), std::string::npos);
  ASSERT_FALSE(card.stops.empty());
  EXPECT_NE(card.stops.front().find("DO NOT PRESS GENERATE"), std::string::npos);
  EXPECT_NE(card.steps.front().find("rekey run attest shop"), std::string::npos);
}

// What stands below "STOP, and change nothing, if".
TEST(Task, WhatStopsSomebodyIsAConditionInTheWordsOfTheIssuer) {
  Told over_an_api(1);
  over_an_api.gate();
  over_an_api.state.plan.is_by_hand = false;
  for (const Told& told : {Told(1).gate(), Told().moved(), Told().written(), over_an_api}) {
    const Card card = card_of(next_task(told.state, kNow), told.state, "Order sync");
    ASSERT_FALSE(card.stops.empty());
    for (const std::string& stop : card.stops) {
      EXPECT_FALSE(stop.starts_with("nothing")) << stop;
      EXPECT_EQ(stop.find("press"), std::string::npos) << stop;
      const bool is_said = stop.find("generate") != std::string::npos;
      EXPECT_FALSE(is_said && !told.state.plan.is_by_hand) << stop;
    }
  }
}

TEST(Task, AnApprovalIsAskedForWithWhatTheWorkflowsDoNotProve) {
  Told told(1);
  told.state.plan.workflows = {{"orders", "one test row", "def"}};
  for (int run = 0; run < 2; ++run) {
    told.tell(IntentRecorded{Effect::kRunWorkflow, "orders"})
        .tell(WorkflowRan{"orders", false, WorkflowOutcome::kFailed, "make", "status 404", "", {}});
  }
  told.gate();
  // Its broken workflow holds up nothing: the run asks for the approval.
  ASSERT_EQ(told.task(), TaskKind::kApprove);
  const Card card = card_of(next_task(told.state, kNow), told.state, "Order sync");
  EXPECT_NE(card.stops.front().find("orders failed with the old secret"), std::string::npos);
  EXPECT_NE(card.stops.front().find("at make: status 404"), std::string::npos);
}

TEST(Task, WhoMayApproveIsNamedAsTheCommandTakesIt) {
  Told told(1);
  EXPECT_NE(how_to_approve(told.state).find("somebody other than anna"), std::string::npos);
  told.state.plan.rules.approvers = {"O. Lind", "cleo"};
  const std::string said = how_to_approve(told.state);
  EXPECT_NE(said.find("--by 'O. Lind' --reason TEXT`, or --by cleo"), std::string::npos) << said;
}

TEST(Task, NoCardOfARunThatWaitsSpeaksOfGeneratingAsATask) {
  for (const Told& told : {Told(1).gate(), Told(0, "wed 10:00-12:00").gate(), Told().written()}) {
    const Card card = card_of(next_task(told.state, kNow), told.state, "Order sync");
    for (const std::string& step : card.steps) {
      EXPECT_EQ(step.find("Press"), std::string::npos) << step;
    }
  }
}

}  // namespace
}  // namespace rekey::rotation

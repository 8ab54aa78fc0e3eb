// When a run's workflows are run, with which secret, and what follows: the machine told event by
// event, and whole runs in the small world.
#include "rotation/machine/workflow_rules.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rotation/engine/engine.h"
#include "rotation/engine/fakes_test_support.h"
#include "rotation/report/explain.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Instant kStart{Duration{1'800'000'000'000}};

base::Fingerprint print_of(std::uint8_t byte) {
  base::Fingerprint made;
  made.digest.fill(byte);
  return made;
}

Workflow named(const std::string& name) {
  Workflow workflow;
  workflow.name = name;
  workflow.effects = "one test row";
  WorkflowStep step;
  step.name = "make";
  step.url = "https://shop.example/rows";
  workflow.steps = {step};
  step.name = "sweep";
  workflow.clean_up = {step};
  return workflow;
}

// ---- the machine ------------------------------------------------------------------------------

// A run with one workflow and one consumer that reads per call.
struct Told {
  RunState state;
  Instant now = kStart;

  explicit Told(Order order = Order::kPropagateFirst,
                const std::vector<Workflow>& workflows = {named("orders")}) {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.order = order;
    plan.outgoing = {"sec_1"};
    plan.proof = {1, seconds{0}};
    plan.workflows = planned_workflows(workflows);
    tell(plan);
    Consumer consumer;
    consumer.name = "shop";
    consumer.seen_as.user_agent = "shop";
    consumer.interval = seconds{5};
    tell(ConsumerDeclared{consumer, {print_of(1)}});
  }
  Told& tell(EventBody body) {
    state = apply(std::move(state), {now, std::move(body)});
    return *this;
  }
  Told& ran(bool is_on_new, WorkflowOutcome outcome = WorkflowOutcome::kPassed) {
    tell(IntentRecorded{Effect::kRunWorkflow, "orders"});
    return tell(WorkflowRan{"orders", is_on_new, outcome, "make", "status 500", "",
                            print_of(is_on_new ? 2 : 1)});
  }
  // It has failed twice with the old secret.
  Told& broken_before() {
    ran(false, WorkflowOutcome::kFailed);
    now += kSecondLookAfter;
    return ran(false, WorkflowOutcome::kFailed);
  }
  Told& staged_and_proven() {
    return tell(IntentRecorded{Effect::kStage, "run-1"})
        .tell(SecretStaged{"sec_2", print_of(2), now + base::Days{180}})
        .tell(SecretSettled{})
        .tell(StagedValueProven{});
  }
  Told& written() { return tell(IntentRecorded{Effect::kWrite, "shop"}).tell(SinkWritten{"shop"}); }
  Told& moved() {
    return written()
        .tell(SinkReadBack{"shop"})
        .tell(ConsumerProven{"shop"})
        .tell(ConsumerReloaded{"shop", now});
  }
  [[nodiscard]] Action action() const { return next(state, now); }
  // The workflow is what comes next, with that secret.
  [[nodiscard]] bool runs(bool is_on_new, const std::string& name = "orders") const {
    const Action wanted = action();
    const auto* run = std::get_if<RunWorkflow>(&wanted);
    return run != nullptr && run->workflow == name && run->is_on_new == is_on_new;
  }
  Told& fails_on_old(const std::string& name) {
    tell(IntentRecorded{Effect::kRunWorkflow, name});
    return tell(
        WorkflowRan{name, false, WorkflowOutcome::kFailed, "make", "status 500", "", print_of(1)});
  }
  template <typename T>
  [[nodiscard]] bool wants() const {
    return std::holds_alternative<T>(action());
  }
};

TEST(WorkflowRules, BeforeStagingWithTheOldSecretAndBeforeTheGateWithTheNewOne) {
  Told run;
  EXPECT_TRUE(run.runs(false));
  EXPECT_EQ(intent_of(run.state, run.action())->effect, Effect::kRunWorkflow);
  EXPECT_TRUE(run.ran(false).wants<Stage>());
  EXPECT_TRUE(run.staged_and_proven().wants<WriteSink>());
  EXPECT_TRUE(run.moved().runs(true));
  EXPECT_TRUE(run.ran(true).wants<Observe>());
  run.tell(GatePassed{{}, {}, run.now});
  EXPECT_TRUE(may_activate(run.state));
  EXPECT_TRUE(run.wants<Activate>());
}

TEST(WorkflowRules, WhereActivationComesFirstAlsoBeforeIt) {
  Told run(Order::kActivateFirst);
  run.ran(false).staged_and_proven();
  EXPECT_FALSE(may_activate(run.state));
  EXPECT_TRUE(run.runs(true));
  EXPECT_TRUE(run.ran(true).wants<Activate>());
  run.tell(IntentRecorded{Effect::kActivate, "sec_2"})
      .tell(SecretActivated{"sec_2", "sec_1", run.now + base::Days{7}});
  EXPECT_TRUE(run.wants<WriteSink>());
  EXPECT_TRUE(run.moved().runs(true));
  EXPECT_TRUE(run.ran(true).wants<Observe>());
}

TEST(WorkflowRules, OneThatWorkedBeforeAndFailsParksTheRunUntilItIsRunAnew) {
  Told run;
  run.ran(false).staged_and_proven().moved().ran(true, WorkflowOutcome::kFailed);
  const Action action = run.action();
  const auto* park = std::get_if<Park>(&action);
  ASSERT_NE(park, nullptr);
  EXPECT_EQ(park->why.reason,
            "the workflow orders worked with the old secret and fails with the new one: at make: "
            "status 500. Both secrets work, and this run does not end the old one meanwhile. Mend "
            "what it "
            "found, or the workflow in the inventory where that is wrong, then start the run "
            "again: it is run anew");
  run.tell(GatePassed{{}, {}, run.now});  // whatever came about: the guard holds
  EXPECT_FALSE(may_activate(run.state));
  EXPECT_TRUE(run.wants<ReopenGate>());
  run.tell(GateExpired{}).tell(park->why).tell(RunResumed{});
  EXPECT_TRUE(run.runs(true));
}

TEST(WorkflowRules, OneThatWasBrokenBeforeHoldsUpNothing) {
  Told run;
  run.broken_before().staged_and_proven().moved();
  EXPECT_TRUE(run.runs(true));  // whether it works now is worth knowing
  EXPECT_TRUE(run.ran(true, WorkflowOutcome::kFailed).runs(false)) << "does the old one work now?";
  EXPECT_FALSE(are_workflows_proven(run.state));
  EXPECT_TRUE(run.ran(false, WorkflowOutcome::kFailed).wants<Observe>());
  run.tell(GatePassed{{}, {}, run.now});
  EXPECT_TRUE(may_activate(run.state));
}

TEST(WorkflowRules, OneThatFailsOnceWithTheOldSecretIsTriedOnceMoreAfterAPause) {
  Told run;
  run.ran(false, WorkflowOutcome::kFailed);
  EXPECT_TRUE(run.wants<WatchOld>());
  EXPECT_TRUE(workflows_that_guard_nothing(run.state).empty()) << "not believed yet";
  run.now += kSecondLookAfter;
  EXPECT_TRUE(run.runs(false));
  run.ran(false).staged_and_proven().moved().ran(true, WorkflowOutcome::kFailed);
  EXPECT_TRUE(run.wants<Park>()) << "it worked, and it is the new secret that it fails with";
}

TEST(WorkflowRules, AllThatFailOnceWaitTogetherForTheirSecondRuns) {
  Told run(Order::kPropagateFirst, {named("orders"), named("rows"), named("sends")});
  EXPECT_TRUE(run.fails_on_old("orders").runs(false, "rows")) << "nobody waits for another's";
  run.now += seconds{2};
  EXPECT_TRUE(run.fails_on_old("rows").runs(false, "sends"));
  run.now += seconds{2};
  run.fails_on_old("sends");
  const Action action = run.action();
  const auto* watch = std::get_if<WatchOld>(&action);
  ASSERT_NE(watch, nullptr);
  EXPECT_EQ(watch->until, run.now + kSecondLookAfter);
  EXPECT_EQ(watch->what,
            "second runs of the workflows orders (at make: status 500), rows (at make: status "
            "500), sends (at make: status 500) with the old secret");
  run.now += kSecondLookAfter;
  for (const std::string name : {"orders", "rows", "sends"}) {
    EXPECT_TRUE(run.runs(false, name)) << name;
    run.fails_on_old(name);
  }
  EXPECT_TRUE(run.wants<Stage>());
}

TEST(WorkflowRules, OneThatWasMendedMeanwhileGuardsTheEndOfTheOldSecretAgain) {
  Told run;
  run.broken_before().staged_and_proven().moved().ran(true, WorkflowOutcome::kFailed);
  EXPECT_TRUE(run.runs(false));
  EXPECT_TRUE(run.ran(false).wants<Park>());
  EXPECT_FALSE(are_workflows_proven(run.state));
  run.state.parked.reset();
  Told ended = run;
  ended.tell(RunParked{"why"}).tell(RunResumed{});
  EXPECT_TRUE(ended.runs(true));
}

TEST(WorkflowRules, OneThatWasBrokenBeforeIsNamedToWhoeverReadsOfTheRun) {
  Told run;
  EXPECT_TRUE(workflows_that_guard_nothing(run.state).empty());
  run.broken_before();
  const auto said = [&] {
    const auto all = workflows_that_guard_nothing(run.state);
    return all.size() == 1 ? all.front() : "not one, but " + std::to_string(all.size());
  };
  EXPECT_NE(said().find("orders failed with the old secret"), std::string::npos) << said();
  EXPECT_NE(said().find("at make: status 500"), std::string::npos) << said();
  EXPECT_NE(said().find("not run with the new one yet"), std::string::npos) << said();
  run.staged_and_proven().moved().ran(true, WorkflowOutcome::kFailed);
  EXPECT_NE(said().find("never passed in this run"), std::string::npos) << said();
  EXPECT_NE(explain(run.state, {run.now, false, {}}).workflows.find("orders"), std::string::npos);
  run.ran(true);
  EXPECT_NE(said().find("has passed with the new one since"), std::string::npos) << said();
  EXPECT_TRUE(workflows_that_guard_nothing(Told().ran(false).state).empty());
}

TEST(WorkflowRules, ResultsHoldUntilSomethingChanges) {
  Told run;
  run.ran(false).staged_and_proven().moved().ran(true);
  run.tell(GatePassed{{}, {}, run.now}).tell(GateExpired{});
  EXPECT_TRUE(run.wants<Observe>());
  run.now += minutes{5};
  EXPECT_TRUE(run.tell(RunParked{"why"}).tell(RunResumed{}).wants<Observe>());
  run.now += hours{2};
  EXPECT_TRUE(run.tell(RunParked{"why"}).tell(RunResumed{}).runs(true));
  run.ran(true);
  Told rewritten = run;
  EXPECT_TRUE(rewritten.moved().runs(true));
  // Another definition is another workflow: it is seen with the old secret first.
  Workflow other = named("orders");
  other.steps.front().statuses = {201};
  run.tell(WorkflowsDeclared{planned_workflows({other})});
  EXPECT_TRUE(run.runs(false));
  EXPECT_TRUE(run.ran(false).runs(true));
  EXPECT_TRUE(run.tell(WorkflowsDeclared{}).wants<Observe>());
}

TEST(WorkflowRules, AnOpenIntentIsLookedAtFirst) {
  Told run;
  run.tell(IntentRecorded{Effect::kRunWorkflow, "orders"});
  EXPECT_TRUE(run.wants<Look>());
  EXPECT_TRUE(run.tell(IntentDropped{Effect::kRunWorkflow}).runs(false));
}

TEST(WorkflowRules, InAnOutageNobodyWaitsForThem) {
  Told run;
  run.state.plan.outgoing.clear();
  EXPECT_TRUE(run.wants<Stage>());
}

// ---- whole runs -------------------------------------------------------------------------------

struct Scene {
  World world;
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  EngineParts parts{world, world.files, drivers};
  RecordingReporter reporter;
  Inventory inventory;

  explicit Scene(bool ends_old) : world(rules(ends_old)) {
    inventory.client_id = "client";
    inventory.proof = {2, seconds{1}};
    world.add_client("shop", true);
    Consumer consumer;
    consumer.name = "shop";
    consumer.sinks = {file_spec("/apps/shop/.env", "dotenv", "CLIENT_SECRET")};
    consumer.seen_as.user_agent = "shop/1.0";
    consumer.interval = seconds{2};
    inventory.consumers = {consumer};
    inventory.workflows = {named("orders"), named("rows")};
  }
  static Descriptor rules(bool ends_old) {
    return {seconds{3}, ends_old ? Duration{0} : Duration{base::Days{7}}, ends_old, 3, {}, {}};
  }
  base::Result<Outcome> rotate() { return rotate_in(inventory, journal, parts, reporter); }
  // Started again after every crash.
  base::Result<Outcome> rotate_to_the_end() {
    for (int start = 0; start < 60; ++start) {
      try {
        auto outcome = rotate();
        if (!outcome || outcome->ending == Ending::kClosed) return outcome;
      } catch (const Crash&) {
      }
      world.sleep_for(seconds{1});
    }
    return base::fail(Code::kTimeout, "the run does not end");
  }
  [[nodiscard]] bool is_unbroken() const {
    return world.broken.empty() && world.clients.front().refused == 0 &&
           drivers.workflows.left_behind.empty();
  }
};

TEST(WorkflowRuns, EachKnowsWhichSecretItUsed) {
  for (const bool ends_old : {true, false}) {
    Scene scene(ends_old);
    const auto outcome = scene.rotate();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    ASSERT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    const auto& runs = scene.drivers.workflows.runs;
    ASSERT_GE(runs.size(), 4u);
    EXPECT_EQ(runs[0], (std::pair<std::string, std::string>{"orders", "old-value-1"}));
    EXPECT_EQ(runs[1], (std::pair<std::string, std::string>{"rows", "old-value-1"}));
    EXPECT_EQ(runs.back(), (std::pair<std::string, std::string>{"rows", "new-value-2"}));
    EXPECT_EQ(runs.size(), ends_old ? 4u : 6u);  // where activation comes first also before it
    EXPECT_TRUE(scene.is_unbroken());
  }
}

TEST(WorkflowRuns, OneThatTheNewSecretBreaksKeepsTheOldOneAliveUntilItIsMended) {
  Scene scene(true);
  bool is_mended = false;
  scene.drivers.workflows.answer = [&](const std::string& name, const std::string& value) {
    const bool fails = name == "rows" && value != "old-value-1" && !is_mended;
    return fails ? WorkflowResult{WorkflowOutcome::kFailed, "make", "status 403", ""}
                 : WorkflowResult{WorkflowOutcome::kPassed, "", "", ""};
  };
  const auto parked = scene.rotate();
  ASSERT_TRUE(parked);
  EXPECT_EQ(parked->ending, Ending::kParked);
  EXPECT_NE(parked->message.find("the workflow rows worked with the old secret"), std::string::npos)
      << parked->message;
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
  is_mended = true;
  EXPECT_EQ(scene.rotate()->ending, Ending::kClosed);
  EXPECT_TRUE(scene.is_unbroken());
}

TEST(WorkflowRuns, AStagedSecretThatHasEndedIsStagedAnewAndNotTakenForABrokenWorkflow) {
  Scene scene(true);
  bool is_mended = false;
  scene.drivers.workflows.answer = [&](const std::string&, const std::string& value) {
    const bool fails = value != "old-value-1" && !is_mended;
    return fails ? WorkflowResult{WorkflowOutcome::kFailed, "make", "status 403", ""}
                 : WorkflowResult{WorkflowOutcome::kPassed, "", "", ""};
  };
  ASSERT_EQ(scene.rotate()->ending, Ending::kParked);
  is_mended = true;
  scene.world.secrets[1].facts.state = SecretState::kEnded;
  const auto outcome = scene.rotate();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_EQ(scene.drivers.workflows.runs.back().second, "new-value-3");
}

TEST(WorkflowRuns, OneThatIsTakenOutOfTheInventoryIsNotWaitedFor) {
  Scene scene(true);
  scene.drivers.workflows.answer = [&](const std::string& name, const std::string& value) {
    const bool fails = name == "rows" && value != "old-value-1";
    return fails ? WorkflowResult{WorkflowOutcome::kFailed, "make", "status 403", ""}
                 : WorkflowResult{WorkflowOutcome::kPassed, "", "", ""};
  };
  EXPECT_EQ(scene.rotate()->ending, Ending::kParked);
  scene.inventory.workflows.pop_back();
  EXPECT_EQ(scene.rotate()->ending, Ending::kClosed);
}

TEST(WorkflowRuns, WhatSaysNothingIsTriedAgainAndThenTold) {
  Scene scene(true);
  int asked = 0;
  scene.drivers.workflows.answer = [&](const std::string&, const std::string&) {
    ++asked;
    return asked < kMostUnclearRuns
               ? WorkflowResult{WorkflowOutcome::kUnclear, "make", "status 503", ""}
               : WorkflowResult{WorkflowOutcome::kPassed, "", "", ""};
  };
  EXPECT_EQ(scene.rotate()->ending, Ending::kClosed);

  Scene silent(true);
  asked = 0;
  silent.drivers.workflows.answer = [&](const std::string&, const std::string&) {
    ++asked;
    return WorkflowResult{WorkflowOutcome::kUnclear, "make", "status 503", ""};
  };
  const auto parked = silent.rotate();
  ASSERT_TRUE(parked);
  EXPECT_EQ(parked->message,
            "run the workflow orders with the old secret failed: with the old secret nothing can "
            "be said of orders at make: status 503. See to that, then start the run again");
  EXPECT_EQ(silent.world.secrets.size(), 1u);  // nothing was staged
  EXPECT_EQ(asked, kMostUnclearRuns) << "what they touch is bounded";
}

TEST(WorkflowRuns, KilledAtAnyPlaceOneIsRunAgainOnlyAfterItsCleanUp) {
  for (const bool ends_old : {true, false}) {
    Scene calm(ends_old);
    ASSERT_EQ(calm.rotate()->ending, Ending::kClosed);
    for (int place = 1; place <= calm.world.places; ++place) {
      Scene scene(ends_old);
      scene.world.crash_at = {place};
      const auto outcome = scene.rotate_to_the_end();
      ASSERT_TRUE(outcome) << place << ": " << outcome.error().detail;
      EXPECT_TRUE(scene.is_unbroken())
          << place << ": " << (scene.world.broken.empty() ? "" : scene.world.broken.front());
      EXPECT_EQ(scene.world.accepted("old-value-1"), nullptr) << place;
    }
  }
}

TEST(WorkflowRuns, ARunThatIsGivenUpInTheMiddleOfOneDoesNotWaitForIt) {
  Scene calm(true);
  ASSERT_EQ(calm.rotate()->ending, Ending::kClosed);
  int in_the_middle = 0;
  for (int place = 1; place <= calm.world.places; ++place) {
    Scene scene(true);
    scene.world.crash_at = {place};
    try {
      static_cast<void>(scene.rotate());
    } catch (const Crash&) {
    }
    const std::optional<std::string> run = scene.journal.find_open_run("client", "-").value();
    if (!run) continue;
    const RunState state = fold(scene.journal.load(*run).value());
    if (!state.open_intent || state.open_intent->effect != Effect::kRunWorkflow) continue;
    ++in_the_middle;
    scene.drivers.workflows.is_silent = true;
    const auto outcome = abandon_in(scene.inventory, scene.journal, {"R. Meyer", "not today"},
                                    scene.parts, scene.reporter);
    ASSERT_TRUE(outcome) << place << ": " << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kAbandoned) << place << ": " << outcome->message;
    EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
  }
  EXPECT_GT(in_the_middle, 4);
}

RC_GTEST_PROP(WorkflowRuns, KilledAgainAndAgainTheyStillEndWell, ()) {
  Scene scene(*rc::gen::arbitrary<bool>());
  scene.world.crash_at = *rc::gen::container<std::set<int>>(12, rc::gen::inRange(1, 140));
  const auto outcome = scene.rotate_to_the_end();
  RC_ASSERT(outcome.has_value());
  RC_ASSERT(outcome->ending == Ending::kClosed);
  RC_ASSERT(scene.is_unbroken());
}

TEST(WorkflowPlan, NamesWhatTheyTouchAndChangesWithThem) {
  Scene scene(true);
  const auto issuer = scene.drivers.issuer(scene.inventory).value();
  const auto plan_now = [&] {
    return make_plan({scene.inventory, *issuer, scene.drivers, scene.world.now()}).value();
  };
  const Plan plan = plan_now();
  const std::string text = render_text(plan);
  EXPECT_NE(text.find("run the workflows with the old secret: orders, rows (at most 20m)"),
            std::string::npos)
      << text;
  // With the old secret once, twice where it fails, and once more where the new one fails; with the
  // new one once: each up to three times where no answer is clear.
  EXPECT_NE(text.find("  orders: one test row (up to 12 times, "), std::string::npos) << text;
  EXPECT_NE(render_json(plan).find(R"("workflows":[{"name":"orders","effects":"one test row"})"),
            std::string::npos);
  scene.inventory.workflows.front().effects = "every row";
  EXPECT_NE(plan_now().digest, plan.digest);
}

}  // namespace
}  // namespace rekey::rotation

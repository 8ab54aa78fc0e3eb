#include "rotation/plan/plan.h"

#include <gtest/gtest.h>

#include "net/json.h"
#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

class OwnCredential final : public IssuerReader {
 public:
  explicit OwnCredential(IssuerReader& inner) : inner_(inner) {}
  base::Result<Descriptor> describe() override { return inner_.describe(); }
  base::Result<IntegrationFacts> integration() override {
    REKEY_TRY(IntegrationFacts facts, inner_.integration());
    facts.is_engines_own = true;
    return facts;
  }
  base::Result<std::vector<IssuedSecret>> list_secrets() override { return inner_.list_secrets(); }
  base::Result<UsageReport> usage() override { return inner_.usage(); }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return inner_.own_request_headers();
  }

 private:
  IssuerReader& inner_;
};

struct Desk {
  World world;
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  FakeIssuer issuer{world, journal};
  Inventory inventory;

  explicit Desk(Descriptor rules) : world(rules) {
    inventory.client_id = "client";
    world.add_client("shop", true);
    Consumer consumer;
    consumer.name = "shop";
    consumer.sinks = {file_spec(world.clients[0].path, "dotenv", "CLIENT_SECRET")};
    consumer.seen_as.user_agent = "shop/*";
    consumer.interval = minutes{1};
    inventory.consumers.push_back(consumer);
  }
  Plan plan() { return make_plan({inventory, issuer, drivers, world.now()}).value(); }
};

const Descriptor kEndsOld{minutes{5}, Duration{0}, true, 2, minutes{5}, minutes{5}};
const Descriptor kOverlap{seconds{0}, base::Days{7}, false, 3, {}, {}};

TEST(Plan, NamesThePointOfNoReturnInBothOrders) {
  const auto point_of = [](const Plan& plan) {
    std::string text;
    for (const PlanStep& step : plan.steps) {
      if (step.is_point_of_no_return) text += step.what + ";";
    }
    return text;
  };
  EXPECT_EQ(point_of(Desk(kEndsOld).plan()), "activate it;");
  EXPECT_EQ(point_of(Desk(kOverlap).plan()), "revoke the old secret on that evidence;");
}

TEST(Plan, AWindowThatOpensAfterTheEndOfTheOldSecretIsAProblem) {
  Desk desk(kEndsOld);  // on a Friday
  desk.world.secrets[0].facts.ends_at = desk.world.now() + base::Days{2};
  desk.inventory.window = parse_window("fri 08:00-20:00").value();
  EXPECT_TRUE(desk.plan().is_runnable());
  desk.inventory.window = parse_window("wed 10:00-12:00").value();
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_NE(plan.problems.front().find("too late to begin"), std::string::npos)
      << plan.problems.front();
}

TEST(Plan, WithoutAConsumerNothingBegins) {
  for (const Descriptor& rules : {kEndsOld, kOverlap}) {
    Desk desk(rules);
    desk.inventory.consumers.clear();
    const Plan plan = desk.plan();
    ASSERT_EQ(plan.problems.size(), 1u);
    EXPECT_NE(plan.problems.front().find("no consumer is declared"), std::string::npos);
  }
}

TEST(Plan, ChangesNothing) {
  Desk desk(kEndsOld);
  const auto files = desk.world.files.content;
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable()) << plan.problems.front();
  EXPECT_EQ(desk.world.files.content, files);
  EXPECT_EQ(desk.world.secrets.size(), 1u);
  EXPECT_TRUE(desk.journal.runs.empty());
}

TEST(Plan, TheEnginesOwnCredentialIsAProblem) {
  Desk desk(kEndsOld);
  OwnCredential own(desk.issuer);
  const auto plan = make_plan({desk.inventory, own, desk.drivers, desk.world.now()});
  ASSERT_TRUE(plan && plan->problems.size() == 1);
  EXPECT_NE(plan->problems.front().find("rekey admin rotate"), std::string::npos);
}

TEST(Plan, AnUnknownCallerIsForetold) {
  Desk desk(kEndsOld);
  desk.world.add_client("cron", true, false);
  desk.world.tick();
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable());
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_NE(plan.warnings.front().find("cron/1.0"), std::string::npos);
}

TEST(Plan, WaitsForTheIssuersLeastIntervals) {
  Desk desk(kEndsOld);
  const Plan plan = desk.plan();
  ASSERT_TRUE(plan.stage_not_before);
  EXPECT_EQ(*plan.stage_not_before - desk.world.now(), minutes{5});
  EXPECT_GT(plan.worst_case, minutes{10});
}

TEST(Plan, AFullSlotIsAProblem) {
  Desk desk(kEndsOld);
  FakeSecret second = desk.world.secrets[0];
  second.facts.id = "sec_9";
  second.facts.state = SecretState::kSuperseded;
  desk.world.secrets.push_back(second);
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_NE(plan.problems.front().find("2 live secrets"), std::string::npos);
}

// Its journal is in another state folder, and it has not ended its old one yet.
TEST(Plan, ARunOfAnotherFolderThatIsOnTheWayIsAProblem) {
  Desk desk(kEndsOld);
  FakeSecret old = desk.world.secrets[0];
  old.facts.id = "sec_0";
  old.facts.state = SecretState::kSuperseded;
  desk.world.secrets.push_back(old);
  const auto count_problems = [&] {
    const auto problems = desk.plan().problems;
    return std::count_if(problems.begin(), problems.end(), [](const std::string& one) {
      return one.find("was activated by run-20261101-0a1b2c3d") != std::string::npos;
    });
  };
  EXPECT_EQ(count_problems(), 0);
  desk.world.secrets[0].facts.label = "run-20261101-0a1b2c3d";
  EXPECT_EQ(count_problems(), 1);
  desk.world.secrets.pop_back();
  EXPECT_EQ(count_problems(), 0) << "it has closed";
}

TEST(Plan, ASlotWhoseSecretHasExpiredCanStillBeRotated) {
  Desk desk(kEndsOld);
  desk.world.clients[0].is_declared = false;  // it is cut off already
  desk.world.sleep_for(base::Days{181});
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable());
  EXPECT_EQ(plan.warnings.size(), 2u);
}

TEST(Plan, AFreezeHoldsNothingBackOnceEverybodyIsCutOff) {
  Desk desk(kEndsOld);
  const Instant now = desk.world.now() + base::Days{181};
  desk.inventory.freezes = {{desk.world.now(), now + base::Days{1}},
                            {now + seconds{1}, now + base::Days{3}}};
  EXPECT_FALSE(desk.plan().is_runnable());
  desk.world.clients[0].is_declared = false;  // it is cut off already
  desk.world.sleep_for(base::Days{181});
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable()) << plan.problems.front();
  EXPECT_NE(plan.warnings.back().find("is begun in the freeze"), std::string::npos);
  EXPECT_LT(plan.worst_case, base::Days{1}) << "nor is the next one waited out";
}

TEST(Plan, WhereRestartsWaitForAWindowEverybodyMovesBeforeTheActivation) {
  Desk desk({seconds{3}, base::Days{7}, false, 3, {}, {}});
  desk.inventory.window = parse_window("sun 03:00-04:00").value();
  EXPECT_EQ(desk.plan().order, Order::kActivateFirst);
  desk.inventory.consumers[0].reload.command = {"/bin/true"};
  desk.inventory.consumers[0].reload.reads_at_start = true;
  const Plan plan = desk.plan();
  EXPECT_EQ(plan.order, Order::kPropagateFirst);
  EXPECT_NE(plan.order_reason.find("restarts wait for the window"), std::string::npos);
  EXPECT_EQ(std::count_if(plan.steps.begin(), plan.steps.end(),
                          [](const PlanStep& step) {
                            return step.what.find("wait for the window") != std::string::npos;
                          }),
            2)
      << "before the restart, and before the activation";
}

TEST(Plan, AValueWithAStrayNewlineIsExplained) {
  Desk desk(kEndsOld);
  desk.world.files.content["/apps/shop/.env"] = "CLIENT_SECRET=\"old-value-1\\n\"\n";
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_NE(plan.problems.front().find("white space"), std::string::npos) << plan.problems.front();
}

// Of the same client, and accepted: a token request alone does not tell.
TEST(Plan, AnAcceptedValueOfAnotherSlotIsAProblem) {
  Desk desk(kEndsOld);
  desk.world.secrets[0].facts.shown_prefix = "SFMC_1p000000";
  FakeSecret other = desk.world.secrets[0];
  other.facts.id = "sec_7";
  other.facts.slot = "bbbbbb";
  other.facts.shown_prefix = "";
  other.value = "value-of-b";
  desk.world.secrets.push_back(other);
  desk.world.files.content["/apps/shop/.env"] = "CLIENT_SECRET=value-of-b\n";
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_EQ(plan.problems.front().find("shop: the value in /apps/shop/.env, CLIENT_SECRET is "
                                       "accepted, and is of slot bbbbbb instead of -"),
            0u)
      << plan.problems.front();
  desk.inventory.slot = "bbbbbb";
  EXPECT_TRUE(desk.plan().is_runnable());
}

TEST(Plan, AReloadCommandThatCannotRunIsAProblem) {
  Desk desk(kEndsOld);
  desk.inventory.consumers[0].reload.command = {"/w/reload.sh", "shop"};
  EXPECT_TRUE(desk.plan().is_runnable());
  desk.drivers.missing_program = "/w/reload.sh";
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_EQ(plan.problems.front(), "consumer shop: cannot run /w/reload.sh: no such file");
}

TEST(Plan, OneSinkUnderTwoSpellingsIsAProblem) {
  Desk desk(kEndsOld);
  const std::string other = "/apps/../apps/./shop/.env";
  desk.world.files.content[other] = desk.world.files.content["/apps/shop/.env"];
  Consumer second = desk.inventory.consumers[0];
  second.name = "web";
  second.sinks = {file_spec(other, "dotenv", "CLIENT_SECRET")};
  desk.inventory.consumers.push_back(second);
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_EQ(plan.problems.front().rfind("shop and web have the same sink", 0), 0u)
      << plan.problems.front();
}

TEST(Plan, AnOpenRunWhoseStagedSecretIsGoneHasAProblemAndTheTrueSteps) {
  Desk desk(kEndsOld);
  RunState state;
  state.plan.run_id = "run-1";
  state.plan.slot = "-";
  state.plan.outgoing = {"sec_1"};
  state.secret_id = "sec_2";
  state.phase = Phase::kObserving;
  state.consumers.push_back(
      {desk.inventory.consumers[0], {}, ConsumerStep::kReloaded, std::nullopt, true});
  IssuedSecret staged;
  staged.id = "sec_2";
  staged.slot = "-";
  staged.state = SecretState::kStaged;
  EXPECT_TRUE(plan_of_open_run(desk.inventory, state, {staged}, desk.world.now()).is_runnable());
  staged.state = SecretState::kEnded;
  IssuedSecret foreign = staged;
  foreign.id = "sec_3";
  foreign.label = "by hand";
  foreign.state = SecretState::kStaged;
  const Plan plan = plan_of_open_run(desk.inventory, state, {staged, foreign}, desk.world.now());
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_NE(plan.problems[0].find("sec_2"), std::string::npos);
  EXPECT_NE(plan.problems[0].find("by hand"), std::string::npos);
  EXPECT_EQ(plan.steps[0].what, "shop: put back the value it had before, prove it, reload");
}

TEST(Plan, AWaiverOfTheInventoryIsPartOfWhatIsApproved) {
  Desk desk(kEndsOld);
  const Plan before = desk.plan();
  SeenAs stranger;
  stranger.user_agent = "forgotten/*";
  desk.inventory.waivers.push_back({stranger, "R. Meyer", "switched off"});
  const Plan after = desk.plan();
  EXPECT_NE(after.digest, before.digest);
  EXPECT_NE(render_text(after).find("R. Meyer answers for it (switched off)"), std::string::npos)
      << render_text(after);
  desk.inventory.waivers.front().reason = "another reason";
  EXPECT_NE(desk.plan().digest, after.digest);
  const auto json = net::parse_json(render_json(after)).value();
  EXPECT_EQ(json.find("waivers")->items().front().string_member("by").value(), "R. Meyer");
}

// Two waves; the first has moved and is watched.
RunState run_in_its_first_wave(const Inventory& inventory, base::Instant now) {
  RunPlanned planned;
  planned.run_id = "run-1";
  planned.slot = "-";
  planned.outgoing = {"sec_1"};
  planned.proof = {1, seconds{0}};
  planned.rules = rules_of(inventory);
  std::vector<RunEvent> events{{now, planned}};
  for (const Consumer& consumer : inventory.consumers) {
    events.push_back({now, ConsumerDeclared{consumer, {base::Fingerprint{}}, {}}});
  }
  for (EventBody body : std::vector<EventBody>{
           IntentRecorded{Effect::kStage, "run-1"},
           SecretStaged{"sec_2", {}, now + base::Days{180}}, SecretSettled{}, StagedValueProven{},
           IntentRecorded{Effect::kWrite, "shop"}, SinkWritten{"shop"}, SinkReadBack{"shop"},
           ConsumerProven{"shop"}, ConsumerReloaded{"shop", now}}) {
    events.push_back({now, std::move(body)});
  }
  return fold(events);
}

TEST(Plan, OfAnOpenRunNamesTheWavesTheirHoldsAndAllThatIsLeft) {
  Desk desk(kEndsOld);
  Consumer late = desk.inventory.consumers[0];
  late.name = "late";
  late.seen_as.user_agent = "late/*";
  late.sinks = {file_spec("/apps/late/.env", "dotenv", "CLIENT_SECRET")};
  late.wave = 1;
  desk.inventory.consumers.push_back(late);
  desk.inventory.waves = {{"canary", minutes{10}}, {"rest", {}}};
  desk.inventory.approvals = 1;
  desk.inventory.approvers = {"omar"};
  const RunState state = run_in_its_first_wave(desk.inventory, desk.world.now());
  ASSERT_EQ(held_until(state), desk.world.now() + minutes{10});
  IssuedSecret staged;
  staged.id = "sec_2";
  staged.slot = "-";
  staged.state = SecretState::kStaged;
  const Plan plan = plan_of_open_run(desk.inventory, state, {staged}, desk.world.now());
  std::string steps;
  for (const PlanStep& step : plan.steps) steps += step.what + "\n";
  const std::string wanted =
      "wave canary: observe until each of them is known to use the new secret, at least 10m\n"
      "late: write its sink (/apps/late/.env, CLIENT_SECRET), read it back";
  EXPECT_EQ(steps.find(wanted), 0u) << steps;
  const auto evidence = steps.find("observe until every consumer");
  const auto approval = steps.find("wait for the approval of a person (of omar)");
  EXPECT_LT(evidence, approval) << steps;
  EXPECT_LT(approval, steps.find("activate the staged secret")) << steps;
  EXPECT_EQ(steps.find("shop:"), std::string::npos) << steps;
  const std::string text = render_text(plan);
  EXPECT_NE(text.find("  canary: shop; watched for 10m before the next begins\n  rest: late\n"),
            std::string::npos)
      << text;
}

TEST(Plan, WhatAConsumerKeepsInItsCacheIsPartOfTheTimeThatMovingTakes) {
  Desk desk(kOverlap);
  EXPECT_EQ(desk.plan().order, Order::kActivateFirst);
  const auto before = desk.plan().worst_case;
  ReloadSpec& reload = desk.inventory.consumers[0].reload;
  reload.by_itself = ReloadForm::kCached;
  reload.every = base::Days{2};
  EXPECT_EQ(desk.plan().worst_case, before + base::Days{2});
  reload.every = base::Days{8};
  EXPECT_EQ(desk.plan().order, Order::kPropagateFirst)
      << "the old one lapses before it is read anew";
}

TEST(Plan, WhereAPersonRestartsAConsumerNoOverlapIsLongEnough) {
  Desk desk(kOverlap);
  desk.inventory.consumers[0].reload.by_itself = ReloadForm::kPerson;
  desk.inventory.consumers[0].reload.reads_at_start = true;
  const Plan plan = desk.plan();
  EXPECT_EQ(plan.order, Order::kPropagateFirst);
  EXPECT_NE(plan.order_reason.find("restart a consumer"), std::string::npos) << plan.order_reason;
}

TEST(Plan, AnEndForWantOfUseIsNoEndOfASecretThatIsUsed) {
  Desk desk(kEndsOld);
  IssuedSecret& present = desk.world.secrets[0].facts;
  present.dormant_at = desk.world.now() + base::Days{20};
  const Plan plan = desk.plan();
  EXPECT_EQ(plan.outgoing_ends_at, present.ends_at);
  const std::string text = render_text(plan);
  EXPECT_NE(text.find("fall dormant " + base::format_instant(*present.dormant_at)),
            std::string::npos)
      << text;
  EXPECT_TRUE(plan.is_runnable());
  present.dormant_at = desk.world.now() + seconds{5};
  EXPECT_FALSE(desk.plan().is_runnable()) << "nobody uses it, and it ends in the middle of the run";
}

TEST(Plan, OfAnOpenRunSaysWhatOfTheInventoryHasNoEffectOnIt) {
  Desk desk(kEndsOld);
  desk.inventory.approvals = 1;
  desk.inventory.issuer = {"rekey", {{"server", "https://one.example"}}, "https://one.example"};
  const RunState state = run_in_its_first_wave(desk.inventory, desk.world.now());
  desk.inventory.approvals = 0;
  Plan plan = plan_of_open_run(desk.inventory, state, {}, desk.world.now());
  const auto& warnings = plan.warnings;
  EXPECT_NE(std::find(warnings.begin(), warnings.end(),
                      "the run began with 1 approval; the inventory asks for 0: the run keeps 1"),
            warnings.end())
      << render_text(plan);
  EXPECT_EQ(plan.digest, digest_of(state));
  desk.inventory.issuer = {"rekey", {{"server", "https://two.example"}}, "https://two.example"};
  plan = plan_of_open_run(desk.inventory, state, {}, desk.world.now());
  ASSERT_EQ(plan.problems.size(), 1u) << "another issuer tells nothing of the staged secret";
  EXPECT_NE(plan.problems[0].find("began with the issuer rekey (https://one.example)"),
            std::string::npos)
      << plan.problems[0];
}

TEST(Plan, ReadsAsTextAndAsJsonWithoutAValue) {
  Desk desk(kEndsOld);
  desk.inventory.issuer = {"rekey", {}, "the authority"};
  desk.inventory.probe = {"token", {}, "a token request"};
  Plan plan = desk.plan();
  plan.rules.drivers->usage_sources = {{"access-log", {}, "/x.log"}};
  const std::string text = render_text(plan);
  EXPECT_NE(text.find("no way back after this"), std::string::npos) << text;
  EXPECT_NE(text.find("/apps/shop/.env, CLIENT_SECRET"), std::string::npos) << text;
  EXPECT_NE(text.find("Issuer: rekey (the authority); proven by token (a token request); evidence "
                      "from the issuer's usage and access-log (/x.log)\n"),
            std::string::npos)
      << text;
  const std::string json = render_json(plan);
  const auto parsed = net::parse_json(json);
  ASSERT_TRUE(parsed) << json;
  EXPECT_EQ(parsed->string_member("order").value(), "propagate_first");
  EXPECT_EQ(parsed->find("steps")->items().size(), plan.steps.size());
  EXPECT_EQ(parsed->find("usage")->items().front().string_member("place").value(), "/x.log");
  EXPECT_EQ((text + json).find("old-value"), std::string::npos);
}

TEST(Plan, NobodyIsAskedAtTheExamplesAddress) {
  Desk desk(kEndsOld);
  desk.inventory.issuer.set("auth_url",
                            "https://mc0123456789abcdefghijklmnop.auth.marketingcloudapis.com/");
  const auto plan = make_plan({desk.inventory, desk.issuer, desk.drivers, desk.world.now()});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, base::Code::kInvalidArgument);
  EXPECT_NE(plan.error().detail.find("auth_url (still the example's)"), std::string::npos);
}

}  // namespace
}  // namespace rekey::rotation

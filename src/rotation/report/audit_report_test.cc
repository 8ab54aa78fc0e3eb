#include "rotation/report/audit_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/json.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Instant kStart{Duration{1'800'000'000'000}};
// What somebody may have called a consumer, a reason or a package.
constexpr std::string_view kNasty = "</title><script>alert('1')</script>|`x`\u202E&\n# head";

base::Fingerprint value_of(std::uint8_t fill) {
  base::Fingerprint fingerprint;
  fingerprint.digest.fill(fill);
  return fingerprint;
}

Consumer consumer_named(const std::string& name) {
  Consumer consumer;
  consumer.name = name;
  consumer.sinks.front().kind = "file";
  consumer.sinks.front().location = "/apps/" + name + "/.env, dotenv, KEY";
  consumer.seen_as.user_agent = name + "/1";
  consumer.interval = seconds{10};
  consumer.owner = "ops";
  return consumer;
}

WaivedUse waiver() {
  WaivedUse use;
  use.seen_as.network = "10.0.0.9";
  use.by = "dana";
  use.reason = "a probe of the network";
  return use;
}

// A journal in the making, a second an event.
struct Story {
  ArchivedRun record{"run-1", "client", "-", {}, {"ab12", ""}};
  Instant at = kStart;

  void tell(EventBody body, Duration after = seconds{1}) {
    at += after;
    record.events.push_back({at, std::move(body)});
  }
  void begin(const std::vector<std::string>& consumers) {
    RunPlanned plan;
    plan.run_id = record.run_id;
    plan.client_id = record.client_id;
    plan.slot = "-";
    plan.outgoing = {"sec_1"};
    plan.proof = {1, seconds{0}};
    plan.rules.approvals = 1;
    plan.requested_by = "ann";
    if (consumers.size() > 1) plan.rules.waves = {{"canary", seconds{0}}, {"rest", seconds{0}}};
    tell(std::move(plan));
    for (const std::string& name : consumers) {
      Consumer consumer = consumer_named(name);
      if (name != consumers.front()) {
        consumer.wave = 1;
        consumer.sinks.push_back(consumer.sinks.front());
        consumer.sinks.back().location = "/backup/" + name + ".env";
      }
      tell(ConsumerDeclared{consumer,
                            std::vector<base::Fingerprint>(consumer.sinks.size(), value_of(1))});
    }
    tell(PlanAccepted{"ann", digest()});
  }
  [[nodiscard]] std::string digest() const { return digest_of(fold(record.events)); }
  void hold_wave(const std::string& consumer) {
    Verdict verdict;
    verdict.consumer = consumer;
    verdict.kind = VerdictKind::kQuiet;
    tell(WavePassed{0, "canary", {verdict}, at}, minutes{1});
  }
  void stage() {
    tell(IntentRecorded{Effect::kStage, record.run_id});
    tell(SecretStaged{"sec_2", value_of(2), kStart + base::Days{180}});
    tell(SecretSettled{}, minutes{5});
    tell(StagedValueProven{});
  }
  void move(const std::string& name, int sinks = 1) {
    for (int sink = 0; sink < sinks; ++sink) {
      tell(IntentRecorded{Effect::kWrite, name, sink});
      tell(SinkWritten{name, sink});
    }
    for (int sink = 0; sink < sinks; ++sink) tell(SinkReadBack{name, sink});
    tell(ConsumerProven{name});
    tell(ConsumerReloaded{name, at});
  }
  void pass(const std::vector<std::string>& consumers, std::vector<WaivedUse> waived = {}) {
    GatePassed passed;
    for (const std::string& name : consumers) {
      Verdict verdict;
      verdict.consumer = name;
      verdict.kind = VerdictKind::kSeenOnNew;
      verdict.instances_seen = 1;
      verdict.reason = "1 of 1 seen on the new secret";
      passed.verdicts.push_back(verdict);
    }
    passed.waived = std::move(waived);
    passed.as_of = at;
    tell(std::move(passed), minutes{2});
  }
  void finish() {
    tell(IntentRecorded{Effect::kActivate, "sec_2"});
    tell(SecretActivated{"sec_2", "", std::nullopt});
    tell(OldValueRefused{value_of(1)});
    tell(RunClosed{});
  }
  [[nodiscard]] AuditReport report() const {
    const auto made =
        report_on(record, {"Order sync", "dana", "rekey, http://localhost", "rekey.yaml", "1.2.3"},
                  at + minutes{1});
    EXPECT_TRUE(made) << made.error().detail;
    return *made;
  }
};

Story whole_story(const std::string& name = "shop") {
  Story story;
  story.begin({name, "crm"});
  story.tell(WorkflowRan{"orders", false, WorkflowOutcome::kPassed, "", "", "", value_of(1)});
  story.stage();
  story.move(name);
  story.hold_wave(name);
  story.tell(StepFailed{"write crm", base::Code::kUnavailable, "no route", story.at + seconds{2}});
  story.move("crm", 2);
  story.tell(ConsumerAttested{"crm", "cleo", "seen at work"});
  story.tell(ConsumerWaived{"crm", "dana", "the owner is away"});
  story.pass({name, "crm"}, {waiver()});
  story.tell(RunParked{"an approval is missing", false, true});
  story.tell(RunApproved{"ann", "me too", story.digest()});
  story.tell(RunApproved{"carl", "an earlier plan", "0123456789abcdef"});
  story.tell(RunApproved{"bob", "change 4711", story.digest()});
  story.tell(RunResumed{}, minutes{30});
  story.pass({name, "crm"}, {waiver()});
  story.finish();
  return story;
}

TEST(AuditReport, AWaivedConsumerIsToldWithWhoAnswersForItAndWhatItsVerdictRestsOn) {
  Story story;
  story.begin({"shop", "crm"});
  story.stage();
  story.move("shop");
  story.tell(ConsumerWaived{"shop", "cleo", "switched off"});
  GatePassed passed;
  passed.verdicts = {{"shop", VerdictKind::kWaived, 0, {}, {}, {}, "waived", "the word of cleo"}};
  passed.as_of = story.at;
  story.tell(passed);
  const AuditReport report = story.report();
  const auto word =
      std::find_if(report.words.begin(), report.words.end(),
                   [](const AuditedWord& one) { return one.kind == WordKind::kWaiver; });
  ASSERT_NE(word, report.words.end());
  EXPECT_EQ(word->by, "cleo");
  EXPECT_EQ(word->consumer, "shop");
  EXPECT_NE(render_json(report).find(R"("source":"the word of cleo")"), std::string::npos);
}

TEST(AuditReport, BehindTheLastWaveStandsTheGate) {
  const std::string page = render_html(whole_story().report());
  EXPECT_THAT(page, HasSubstr("<td>rest</td><td>crm</td><td><span class=\"time\">"));
  EXPECT_THAT(page, HasSubstr("<td>crm: seen</td>"));
  Story early;
  early.begin({"shop", "crm"});
  early.stage();
  early.move("shop");
  EXPECT_THAT(
      render_html(early.report()),
      HasSubstr("<td>rest</td><td>crm</td><td><span class=\"warning\">not yet</span></td>"));
}

// Lines of eleven pixels that are slanted by forty degrees.
TEST(AuditReport, TheNamesOfPhasesKeepApartHoweverOftenARunStopped) {
  Story story;
  story.begin({"shop"});
  story.stage();
  for (int stop = 0; stop < 12; ++stop) {
    story.tell(RunParked{"no evidence", false, false}, seconds{20});
    story.tell(RunResumed{"ann"}, minutes{3});
  }
  story.move("shop");
  story.pass({"shop"});
  story.finish();
  const std::string page = render_html(story.report());
  constexpr std::string_view kBegin = "<text transform=\"translate(";
  std::vector<double> places;
  for (auto at = page.find(kBegin); at != std::string::npos; at = page.find(kBegin, at + 1)) {
    places.push_back(std::stod(page.substr(at + kBegin.size(), 8)));
  }
  ASSERT_GT(places.size(), 5u);
  for (std::size_t i = 1; i < places.size(); ++i) EXPECT_GE(places[i] - places[i - 1], 20) << i;
}

TEST(AuditReport, AClosedRunTellsWhoWhatWhereAndOnWhatEvidence) {
  const AuditReport report = whole_story().report();
  EXPECT_EQ(report.ending, RunEnding::kClosed);
  EXPECT_EQ(report.plan.requested_by, "ann");
  ASSERT_EQ(report.consumers.size(), 2U);
  const AuditedSink& sink = report.consumers[0].sinks.at(0);
  EXPECT_EQ(sink.before, value_of(1));
  EXPECT_EQ(sink.after, value_of(2));
  ASSERT_TRUE(report.gate);
  EXPECT_EQ(report.gate->passed.waived.size(), 1U);
  ASSERT_EQ(report.old_values.size(), 1U) << "both sinks held the same";
  EXPECT_TRUE(report.old_values[0].refused_at);
  ASSERT_EQ(report.secrets.size(), 1U);
  EXPECT_TRUE(report.secrets[0].activated_at);
  EXPECT_EQ(report.old_ended_how, "at the activation");
  ASSERT_EQ(report.words.size(), 6U);
  EXPECT_EQ(report.words[0].kind, WordKind::kPlan);
  EXPECT_EQ(report.words[0].plan_digest, report.plan_digest);
  EXPECT_EQ(report.words[2].kind, WordKind::kWaiver);
  EXPECT_FALSE(report.words[3].counts) << "who began the run cannot approve it";
  EXPECT_FALSE(report.words[4].counts) << "it was another plan";
  EXPECT_TRUE(report.words[5].counts);
  ASSERT_EQ(report.workflows.size(), 1U);
  ASSERT_EQ(report.waves.size(), 1U);
  ASSERT_EQ(report.consumers[1].sinks.size(), 2U);
  EXPECT_EQ(report.consumers[1].sinks[1].after, value_of(2));
  ASSERT_EQ(report.stops.size(), 1U);
  EXPECT_TRUE(report.stops[0].until);
  EXPECT_EQ(report.failures.size(), 1U);
}

TEST(AuditReport, PhasesAndStepsFollowOneAnotherWithoutAGap) {
  const AuditReport report = whole_story().report();
  ASSERT_FALSE(report.phases.empty());
  EXPECT_EQ(report.phases.front().from, report.begun_at);
  EXPECT_EQ(report.phases.back().to, report.last_at);
  for (std::size_t i = 1; i < report.phases.size(); ++i) {
    EXPECT_EQ(report.phases[i - 1].to, report.phases[i].from);
  }
  const auto& spans = report.consumers[1].spans;
  EXPECT_EQ(spans.front().step, ConsumerStep::kPending);
  EXPECT_EQ(spans.back().step, ConsumerStep::kReloaded);
}

TEST(AuditReport, WhatIsStillOpenGoesOnUntilNow) {
  Story story;
  story.begin({"shop"});
  story.stage();
  story.tell(RunParked{"it is bob's turn", false, true});
  const AuditReport report = story.report();
  EXPECT_EQ(report.ending, RunEnding::kParked);
  EXPECT_EQ(report.phases.back().phase, Phase::kParked);
  EXPECT_EQ(report.phases.back().to, report.made_at);
  EXPECT_THAT(verdict_of(report), HasSubstr("waits for a person: it is bob's turn"));
  EXPECT_THAT(render_markdown(report), HasSubstr("The gate was not passed"));
}

TEST(AuditReport, ARunThatWasGivenUpSaysWhoAndThatTheOldOneLivesOn) {
  Story story;
  story.begin({"shop"});
  story.stage();
  story.move("shop");
  story.pass({"shop"});
  story.tell(AbandonRequested{"ann", "the wrong package"});
  story.tell(SinkRestored{"shop"});
  story.tell(RestoredProven{"shop"});
  story.tell(ConsumerReloaded{"shop", story.at});
  story.tell(StagedSecretUnused{story.at});
  story.tell(StagedSecretEnded{"sec_2"});
  story.tell(RunAbandoned{"ann", "the wrong package"});
  const AuditReport report = story.report();
  EXPECT_EQ(report.ending, RunEnding::kGivenUp);
  EXPECT_TRUE(report.consumers[0].sinks[0].restored_at);
  const std::string text = render_markdown(report);
  EXPECT_THAT(text, HasSubstr("the old values live on"));
  EXPECT_THAT(text, HasSubstr("the wrong package"));
  EXPECT_FALSE(report.gate) << "nothing rests on it";
  EXPECT_TRUE(report.consumers[0].put_back_proven_at);
  EXPECT_THAT(text, HasSubstr("What was put back"));
  EXPECT_THAT(text, Not(HasSubstr("Evidence that everybody has moved")));
  EXPECT_THAT(text, Not(HasSubstr("| Verdict")));
  EXPECT_THAT(text, HasSubstr("old; it lives on"));
}

TEST(AuditReport, APlaceThatWasLeftIsNotSaidToBePutBackOrAccepted) {
  Story story;
  story.begin({"shop"});
  story.stage();
  story.move("shop");
  story.tell(AbandonRequested{"ann", "the wrong package"});
  story.tell(SinkRestored{"shop", 0, value_of(9), true});
  story.tell(RestoredProven{"shop"});  // as older journals have it
  story.tell(ConsumerReloaded{"shop", story.at, true});
  story.tell(RunAbandoned{"ann", "the wrong package", {"the place of shop"}});
  const AuditReport report = story.report();
  EXPECT_TRUE(report.consumers[0].sinks[0].is_left);
  EXPECT_FALSE(report.consumers[0].sinks[0].restored_at);
  EXPECT_FALSE(report.consumers[0].put_back_proven_at);
  EXPECT_FALSE(report.consumers[0].reloaded_at);
  EXPECT_THAT(verdict_of(report), HasSubstr("but for that of shop ("));
  EXPECT_THAT(render_markdown(report), HasSubstr("left as it is"));
}

TEST(AuditReport, ARunThatLayDeadSaysWhenItWasTakenUpAgainAndByWhom) {
  for (const bool is_taken_up : {true, false}) {
    Story story;
    story.begin({"shop"});
    story.stage();
    story.move("shop");
    const Instant died_at = story.at;
    story.at += seconds{16};
    story.tell(RunResumed{"bob", is_taken_up});
    const AuditReport report = story.report();
    ASSERT_EQ(report.stops.size(), 1U);
    EXPECT_TRUE(report.stops[0].is_interruption);
    EXPECT_LE(report.stops[0].at, died_at);
    EXPECT_EQ(report.stops[0].until, story.record.events.back().at);
    const std::string text = render_markdown(report);
    EXPECT_THAT(text, HasSubstr("taken up again by bob"));
    EXPECT_THAT(text, Not(HasSubstr("No step failed")));
  }
}

TEST(AuditReport, AnActivationThatWasUndoneStaysInTheTableOfSecrets) {
  Story story;
  story.begin({"shop"});
  story.stage();
  story.tell(IntentRecorded{Effect::kActivate, "sec_2"});
  story.tell(SecretActivated{"sec_2", "sec_1", kStart + base::Days{7}});
  story.tell(AbandonRequested{"ann", "the wrong package"});
  story.tell(ActivationUndone{"sec_2", "sec_1"});
  story.tell(StagedSecretUnused{story.at});
  story.tell(StagedSecretEnded{"sec_2"});
  story.tell(RunAbandoned{"ann", "the wrong package"});
  const AuditReport report = story.report();
  ASSERT_EQ(report.secrets.size(), 1U);
  EXPECT_TRUE(report.secrets[0].activated_at);
  EXPECT_TRUE(report.secrets[0].undone_at);
  EXPECT_THAT(render_markdown(report), HasSubstr(", undone "));
}

TEST(AuditReport, WhatWasSeenBeforeTheStagedSecretWasLostCountsNoMore) {
  Story story;
  story.begin({"shop", "crm"});
  story.stage();
  story.move("shop");
  story.hold_wave("shop");
  story.move("crm", 2);
  story.pass({"shop", "crm"});
  EXPECT_EQ(story.report().waves.size(), 1U);
  story.tell(StagedSecretGone{"sec_2", "somebody revoked it", std::nullopt});
  const AuditReport report = story.report();
  EXPECT_FALSE(report.gate);
  EXPECT_TRUE(report.waves.empty());
}

TEST(AuditReport, NoNameBecomesMarkup) {
  const AuditReport report = whole_story(std::string(kNasty)).report();
  const std::string page = render_html(report);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("\u202E")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  const std::string text = render_markdown(report);
  EXPECT_THAT(text, Not(HasSubstr("\n# head")));
  for (auto at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    EXPECT_EQ(text.substr(at - 1, 2), "\\<");
  }
}

TEST(AuditReport, ThePageNeedsNothingBesideIt) {
  const std::string page = render_html(whole_story().report());
  for (const char* const word :
       {"<script", "src=", "href=", "url(", "@import", "<link", " style="}) {
    EXPECT_THAT(page, Not(HasSubstr(word)));
  }
  EXPECT_THAT(page, HasSubstr("default-src &#39;none&#39;"));
  EXPECT_THAT(page, HasSubstr("<svg viewBox"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("size: A4"));
}

TEST(AuditReport, TheJsonHasItsShape) {
  const auto parsed = net::parse_json(render_json(whole_story().report()));
  ASSERT_TRUE(parsed) << parsed.error().detail;
  for (const char* const name :
       {"report", "made_at", "rekey", "inventory", "run", "secrets", "old", "consumers", "waves",
        "workflows", "evidence", "words", "failures", "stops", "early_cut", "phases", "journal"}) {
    EXPECT_NE(parsed->find(name), nullptr) << name;
  }
  EXPECT_EQ(parsed->find("run")->string_member("ending").value(), "closed");
  EXPECT_EQ(parsed->find("old")->find("values")->items().size(), 1U);
}

TEST(AuditReport, OfSeveralOldSecretsTheOneThatEndedBeforeTheRestIsNamedWithWhoHeldIt) {
  Story story;
  story.begin({"shop", "crm"});
  story.stage();
  story.tell(OneOldSecretEnded{"sec_0", "it expired at noon", {"crm"}});
  const AuditReport report = story.report();
  EXPECT_THAT(render_markdown(report), HasSubstr("(it expired at noon) while another worked. "
                                                 "Cut off then: crm."));
  const auto parsed = net::parse_json(render_json(report));
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const auto& ended = parsed->find("old")->find("ended_before")->items();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].string_member("secret_id").value(), "sec_0");
  EXPECT_EQ(ended[0].find("consumers")->items().size(), 1U);
}

TEST(AuditReport, AJournalThatWasChangedIsSaidFirst) {
  Story story = whole_story();
  story.record.events.resize(5);
  story.record.chain.problem = "event 6 (secret_settled) was changed after it was written";
  const AuditReport report = story.report();
  EXPECT_EQ(report.ending, RunEnding::kOpen) << "what follows is not believed";
  EXPECT_THAT(render_markdown(report), HasSubstr("The journal of this run was changed"));
  EXPECT_THAT(render_html(report), HasSubstr("BROKEN"));
  story.record.events.clear();
  EXPECT_FALSE(report_on(story.record, {}, kStart));
}

TEST(AuditReport, WhoChangedTheRulesIsNamedAndAnEarlierApprovalStaysListed) {
  Story story;
  story.begin({"shop"});
  story.tell(RunApproved{"eve", "change 1", story.digest()});
  RunRules rules = fold(story.record.events).plan.rules;
  rules.approvals = 2;
  rules.drivers = RunDrivers{{"rekey", {}, "https://one.example"}, {"token", {}, {}}, {}};
  story.tell(RulesDeclared{rules, "mallory"});
  const AuditReport report = story.report();
  const std::string text = render_markdown(report);
  EXPECT_THAT(text, HasSubstr("Rules changed"));
  EXPECT_THAT(text, HasSubstr("by mallory"));
  EXPECT_THAT(text, HasSubstr("nobody yet (2 asked for); the run began with 1; of an earlier plan: "
                              "eve"));
  EXPECT_THAT(text, HasSubstr("(an earlier plan: does not count)"));
  EXPECT_THAT(render_html(report), HasSubstr("mallory"));
  const std::string json = render_json(report);
  EXPECT_THAT(json, HasSubstr(R"("kind":"rules","by":"mallory")"));
  EXPECT_THAT(json, HasSubstr(R"("approvals_needed":2,"approvals_at_begin":1)"));
}

TEST(AuditReport, AStopThatAPersonTookOverIsOver) {
  Story story;
  story.begin({"shop"});
  story.stage();
  story.tell(RunParked{"an approval is missing", false, true});
  story.tell(RunParked{"not before Monday", false, false, "ann"});
  const auto stops = story.report().stops;
  ASSERT_EQ(stops.size(), 2U);
  EXPECT_EQ(stops[0].until, stops[1].at);
  EXPECT_FALSE(stops[1].until);
}

TEST(AuditReport, ARunOfManyStopsStillGivesAPicture) {
  Story story;
  story.begin({"shop"});
  story.stage();
  for (int i = 0; i < 100; ++i) {
    story.tell(RunParked{"waits", false, true}, minutes{1});
    story.tell(RunResumed{}, minutes{i});
  }
  EXPECT_THAT(render_html(story.report()), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace rekey::rotation

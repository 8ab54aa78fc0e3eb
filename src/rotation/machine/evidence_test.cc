#include "rotation/machine/evidence.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "rotation/machine/unknown_use.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::seconds;

constexpr Instant kNow{Duration{1'800'000'000'000}};

SeenAs agent(const std::string& name) {
  SeenAs pattern;
  pattern.user_agent = name;
  return pattern;
}
Caller caller(const std::string& name, const std::string& network = "10.0.0.1") {
  return {network, name, "-", false};
}

// One consumer, reloaded a minute ago, with an interval of 10 s; usage complete for an hour.
struct Case {
  UsageReport usage{{}, kNow - std::chrono::hours{1}, kNow};
  Question question{
      {{"shop", agent("shop"), 1, seconds{10}, kNow - seconds{60}}}, {}, "new", {"old"}};

  Case& seen(const std::string& secret, const Caller& who, Duration ago) {
    usage.rows.push_back({secret, who, kNow - ago, kNow - ago, 1});
    return *this;
  }
  [[nodiscard]] Verdict verdict() const { return evaluate(usage, question).verdicts.front(); }
  [[nodiscard]] bool passes() const { return evaluate(usage, question).is_complete(); }
};

TEST(Evidence, SeenOnTheNewSecretAndOffTheOldOneIsEnough) {
  Case one;
  one.seen("old", caller("shop"), seconds{61}).seen("new", caller("shop"), seconds{5});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kSeenOnNew);
}

TEST(Evidence, AUseOfTheOldSecretWithinTheIntervalBlocks) {
  Case one;
  one.seen("new", caller("shop"), seconds{1}).seen("old", caller("shop"), seconds{9});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  EXPECT_NE(one.verdict().reason.find("last used the old one 9s ago"), std::string::npos);
}

TEST(Evidence, ARestartProvesNothingToAnIssuerThatHasOnlyBegunToCount) {
  Case one;
  one.question.consumers[0].reloaded_at = kNow - seconds{5};
  one.question.consumers[0].is_restarted = true;
  one.usage.complete_since = one.usage.as_of;
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet) << "processes may still be on the old one";
  one.usage.is_told = false;
  EXPECT_EQ(one.verdict().kind, VerdictKind::kRestarted);
}

TEST(Evidence, EveryDeclaredInstanceHasToBeSeen) {
  Case one;
  one.question.consumers[0].instances = 2;
  one.question.consumers[0].reloaded_at = kNow - seconds{5};
  one.seen("new", caller("shop", "10.0.0.1"), seconds{1});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  EXPECT_NE(one.verdict().reason.find("1 of 2 instances"), std::string::npos);
  one.seen("new", caller("shop", "10.0.0.2"), seconds{1});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kSeenOnNew);
}

TEST(Evidence, BeingSeenBeforeTheReloadProvesNothing) {
  Case one;
  one.question.consumers[0].reloaded_at = kNow - seconds{5};
  one.seen("new", caller("shop"), seconds{6});
  EXPECT_EQ(one.verdict().instances_seen, 0);
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
}

TEST(Evidence, WhatAFormDidBeforeSomebodysWordCountsWhereNothingIsReloaded) {
  Case one;
  Expectation& form = one.question.consumers[0];
  form.reloaded_at = kNow - seconds{5};
  form.is_by_hand = form.needs_sighting = form.counts_before_reload = true;
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  one.seen("new", caller("shop"), seconds{6});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kSeenOnNew);
  one.seen("old", caller("shop"), seconds{3});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
}

TEST(Evidence, QuietForTheIntervalIsEnough) {
  Case one;
  one.seen("old", caller("shop"), seconds{11});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kQuiet);
}

TEST(Evidence, NoDataIsNotQuiet) {
  Case one;
  one.usage.complete_since = kNow - seconds{9};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  one.usage.complete_since = kNow - seconds{10};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kQuiet);
}

TEST(Evidence, QuietCountsFromTheReload) {
  Case one;
  one.question.consumers[0].reloaded_at = kNow - seconds{9};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
}

TEST(Evidence, AConsumerThatWasNotReloadedHasNoEvidence) {
  Case one;
  one.question.consumers[0].reloaded_at.reset();
  one.seen("new", caller("shop"), seconds{1});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
}

TEST(Evidence, AnUnclaimedCallerOfTheOldSecretBlocksAndIsNamed) {
  Case one;
  one.seen("old", caller("cron", "192.0.2.7"), std::chrono::minutes{50});
  const Evidence evidence = evaluate(one.usage, one.question);
  EXPECT_FALSE(evidence.is_complete());
  EXPECT_NE(describe_gap(evidence).find("192.0.2.7"), std::string::npos);
  EXPECT_NE(describe_gap(evidence).find("cron"), std::string::npos);
}

TEST(Evidence, AScanThatVerifiedIsNamedAndBlocksUntilItIsWaived) {
  Case one;
  one.seen("old", caller("rekey-scan/0.1.0", "192.0.2.7"), std::chrono::minutes{50});
  const Evidence evidence = evaluate(one.usage, one.question);
  ASSERT_EQ(evidence.unknown.size(), 1u);
  EXPECT_NE(describe_gap(evidence).find("`rekey scan --verify`"), std::string::npos);
  EXPECT_EQ(
      waiver_for(evidence.unknown.front()),
      "{seen_as: {network: \"192.0.2.7\", user_agent: \"rekey-scan/*\"}, by: NAME, reason: TEXT}");
  SeenAs scan;
  scan.user_agent = "rekey-scan/*";
  one.question.waivers.push_back({scan, "R. Meyer", "looked which secrets still work"});
  EXPECT_TRUE(evaluate(one.usage, one.question).unknown.empty());
}

TEST(Evidence, TheLumpedRowBlocksUntilItIsWaivedByItself) {
  Case one;
  one.seen("old", {"", "", "", true}, seconds{50});
  EXPECT_FALSE(one.passes());
  SeenAs other;
  other.is_other = true;
  one.question.waivers.push_back({other, "R. Meyer", "a scanner"});
  EXPECT_TRUE(one.passes());
  EXPECT_EQ(evaluate(one.usage, one.question).waived.size(), 1u);
}

TEST(Evidence, UseOfTheNewSecretByStrangersIsNobodysEvidence) {
  Case one;
  one.question.consumers[0].reloaded_at = kNow - seconds{5};
  one.seen("new", caller("cron"), seconds{1});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  EXPECT_TRUE(evaluate(one.usage, one.question).unknown.empty());
}

// ---- silence and waivers ------------------------------------------------------------------------

// As `Case`, of a consumer that asked for tokens until it was reloaded.
struct LivelyCase : Case {
  explicit LivelyCase(Duration since_reload) {
    question.consumers[0].was_alive = true;
    question.consumers[0].reloaded_at = kNow - since_reload;
    seen("old", caller("shop"), since_reload + seconds{1});
  }
};

TEST(Evidence, WhoAskedBeforeTheRunAndNeverAgainIsSilentAndNotQuiet) {
  EXPECT_EQ(LivelyCase(seconds{40}).verdict().kind, VerdictKind::kNotYet) << "it may be late";
  LivelyCase one(seconds{46});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kSilent);
  EXPECT_FALSE(one.passes());
  EXPECT_NE(describe_gap(evaluate(one.usage, one.question)).find("shop: it asked for tokens"),
            std::string::npos);
  EXPECT_EQ(silent_consumers(evaluate(one.usage, one.question)), std::vector<std::string>{"shop"});
}

TEST(Evidence, WhoWasSilentBeforeTheRunIsQuietAsEver) {
  LivelyCase one(seconds{46});
  one.question.consumers[0].was_alive = false;
  EXPECT_EQ(one.verdict().kind, VerdictKind::kQuiet);
}

TEST(Evidence, NeitherARestartNorAWordStandsForASignOfLife) {
  LivelyCase one(seconds{5});
  one.question.consumers[0].interval = seconds{2};
  one.question.consumers[0].is_restarted = true;
  one.question.consumers[0].attested_by = "R. Meyer";
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  one.question.consumers[0].instances = 2;
  one.seen("new", caller("shop"), seconds{3});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kQuiet) << "its instances look like one";
}

TEST(Evidence, WhereUsageIsNotCompleteNobodyIsSilent) {
  LivelyCase one(seconds{60});
  one.usage.complete_since = kNow - seconds{20};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
}

// Where the issuer is away nobody gets a token, and nobody can be seen.
TEST(Evidence, TimeInWhichUsageCouldNotBeReadIsNeitherSilenceNorQuiet) {
  LivelyCase one(seconds{60});
  ASSERT_EQ(one.verdict().kind, VerdictKind::kSilent);
  one.question.outages = {{kNow - seconds{2}, seconds{20}}};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet);
  one.question.outages.front().over_at = kNow - seconds{61};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kSilent) << "it was over before the reload";

  Case quiet;
  quiet.question.consumers[0].reloaded_at = kNow - seconds{15};
  ASSERT_EQ(quiet.verdict().kind, VerdictKind::kQuiet);
  quiet.question.outages = {{kNow - seconds{1}, seconds{8}}};
  EXPECT_EQ(quiet.verdict().kind, VerdictKind::kNotYet);
  EXPECT_EQ(quiet.verdict().quiet_for, seconds{7});
  quiet.question.outages = {{kNow - seconds{14}, std::chrono::hours{1}}};
  EXPECT_EQ(quiet.verdict().quiet_for, seconds{14}) << "of an outage only what fell into that time";
}

TEST(Evidence, WhereNobodyTellsItIsNotSaidThatTheOldOneWasNotInUse) {
  Case one;
  one.usage = untold_usage(kNow);
  EXPECT_NE(one.verdict().reason.find("nobody tells whether it uses the old one"),
            std::string::npos)
      << one.verdict().reason;
}

TEST(Evidence, AWaiverIsNamedAndCountsOnlyWhereEvidenceIsMissing) {
  LivelyCase one(seconds{60});
  one.question.consumers[0].waiver = {"R. Meyer", "switched off"};
  EXPECT_EQ(one.verdict().kind, VerdictKind::kWaived);
  EXPECT_EQ(one.verdict().reason, "waived by R. Meyer: switched off");
  EXPECT_TRUE(one.passes());
  one.seen("new", caller("shop"), seconds{1});
  EXPECT_EQ(one.verdict().kind, VerdictKind::kSeenOnNew);
  one.question.consumers[0].reloaded_at.reset();
  EXPECT_EQ(one.verdict().kind, VerdictKind::kNotYet) << "it has not got the new secret";
}

// ---- several sources ----------------------------------------------------------------------------

// An issuer that tells nothing, and a log beside it.
struct LogCase : Case {
  UsageReport log{{}, {}, {}, {{"the log", kNow - std::chrono::hours{1}, kNow}}};

  LogCase() {
    usage.is_told = false;
    log.sources[0].names_secrets = false;
  }
  LogCase& logged(const std::string& secret, Duration ago, const std::string& who = "shop") {
    log.rows.push_back({secret, caller(who), kNow - ago, kNow - ago, 1});
    return *this;
  }
  [[nodiscard]] Evidence evidence() const { return evaluate(merge_usage(usage, {log}), question); }
  [[nodiscard]] VerdictKind kind() const { return evidence().verdicts.front().kind; }
};

TEST(Evidence, QuietNeedsOneSourceThatIsCompleteAndCoversEveryRequest) {
  LogCase one;
  EXPECT_EQ(one.kind(), VerdictKind::kQuiet);
  EXPECT_EQ(one.evidence().verdicts.front().source.find("the log, complete since"), 0u);
  one.log.sources[0].covers_all = false;
  EXPECT_EQ(one.kind(), VerdictKind::kNotYet);
  EXPECT_FALSE(one.evidence().is_told);
}

TEST(Evidence, ARequestWithASecretThatIsNotNamedMayHaveBeenTheOldOne) {
  LogCase one;
  one.logged("", seconds{5});
  EXPECT_EQ(one.kind(), VerdictKind::kNotYet) << "neither quiet nor seen on the new secret";
  // Where the issuer names all of them, it says nothing against quiet.
  one.usage.is_told = true;
  one.usage.complete_since = kNow - seconds{60};
  EXPECT_EQ(one.kind(), VerdictKind::kQuiet);
}

TEST(Evidence, AStrangerInALogThatNamesNoSecretBlocksUnlessTheIssuerNamesThem) {
  LogCase one;
  one.logged("", seconds{50}, "cron");
  ASSERT_EQ(one.evidence().unknown.size(), 1u);
  one.usage.is_told = true;
  one.usage.complete_since = kNow - seconds{60};
  EXPECT_TRUE(one.evidence().unknown.empty());
}

TEST(Evidence, WhatWasLoggedBeforeTheIssuerBeganToNameSecretsStaysUnknown) {
  LogCase one;
  one.usage.is_told = true;
  one.usage.complete_since = kNow - seconds{60};
  one.logged("", seconds{61}, "cron");
  EXPECT_EQ(one.evidence().unknown.size(), 1u) << "nobody told with which secret that was";
  UsageRow& row = one.log.rows.front();
  row.last_seen = kNow - seconds{10};
  EXPECT_EQ(one.evidence().unknown.size(), 1u) << "what it did before may come again";
  row.longest_gap = seconds{55};
  EXPECT_TRUE(one.evidence().unknown.empty()) << "it never paused for so long";
  one.log.sources[0].lag = seconds{6};
  EXPECT_EQ(one.evidence().unknown.size(), 1u) << "the clocks may be apart by the lag";
}

TEST(Evidence, ASightingOfTheOldSecretCountsFromAnySource) {
  LogCase one;
  one.usage.is_told = true;
  one.usage.complete_since = kNow - seconds{60};
  one.seen("new", caller("shop"), seconds{1});
  one.log.sources[0].covers_all = false;
  one.log.sources[0].lag = seconds{3};
  one.logged("old", seconds{12});
  EXPECT_EQ(one.kind(), VerdictKind::kNotYet) << "its clock may be off by its lag";
  one.log.rows.front().last_seen -= seconds{1};
  EXPECT_EQ(one.kind(), VerdictKind::kSeenOnNew);
}

TEST(Evidence, WhatALogShowsWithinItsLagOfTheReloadMayHaveBeenBeforeIt) {
  LogCase one;
  one.log.sources[0].names_secrets = true;
  one.log.sources[0].lag = seconds{3};
  one.question.consumers[0].reloaded_at = kNow - seconds{8};
  one.logged("new", seconds{6});
  EXPECT_EQ(one.kind(), VerdictKind::kNotYet);
  one.logged("new", seconds{4});
  EXPECT_EQ(one.kind(), VerdictKind::kSeenOnNew);
}

// ---- properties ---------------------------------------------------------------------------------

Case arbitrary_case() {
  Case one;
  one.question.consumers.clear();
  const int consumers = *rc::gen::inRange(1, 4);
  for (int i = 0; i < consumers; ++i) {
    one.question.consumers.push_back({std::string(1, static_cast<char>('a' + i)),
                                      agent(std::string(1, static_cast<char>('a' + i))),
                                      *rc::gen::inRange(1, 3), seconds{*rc::gen::inRange(1, 30)},
                                      kNow - seconds{*rc::gen::inRange(0, 60)}});
  }
  one.usage.complete_since = kNow - seconds{*rc::gen::inRange(0, 90)};
  const int rows = *rc::gen::inRange(0, 8);
  for (int i = 0; i < rows; ++i) {
    one.seen(*rc::gen::element<std::string>("old", "new", "elsewhere"),
             caller(*rc::gen::element<std::string>("a", "b", "c", "stranger"),
                    *rc::gen::element<std::string>("10.0.0.1", "10.0.0.2")),
             seconds{*rc::gen::inRange(0, 90)});
  }
  return one;
}

RC_GTEST_PROP(Evidence, NeverPassesWhileSomebodyUsedTheOldSecretWithinTheirInterval, ()) {
  const Case one = arbitrary_case();
  RC_PRE(one.passes());
  for (const UsageRow& row : one.usage.rows) {
    if (row.secret_id != "old") continue;
    const auto owner = std::find_if(
        one.question.consumers.begin(), one.question.consumers.end(),
        [&](const Expectation& consumer) { return matches(consumer.seen_as, row.caller); });
    RC_ASSERT(owner != one.question.consumers.end());
    RC_ASSERT(kNow - row.last_seen >= owner->interval);
  }
}

RC_GTEST_PROP(Evidence, OneMoreUseOfTheOldSecretJustNowAlwaysShutsTheGate, ()) {
  Case one = arbitrary_case();
  one.seen("old", caller(*rc::gen::element<std::string>("a", "stranger")), Duration{0});
  RC_ASSERT(!one.passes());
}

RC_GTEST_PROP(Evidence, ShiftingAllOfTheIssuersInstantsChangesNoVerdict, ()) {
  const Case one = arbitrary_case();
  Case shifted = one;
  const Duration by{*rc::gen::inRange(-1'000'000, 1'000'000)};
  shifted.usage.as_of += by;
  shifted.usage.complete_since += by;
  for (UsageRow& row : shifted.usage.rows) row.last_seen += by;
  for (Expectation& consumer : shifted.question.consumers) *consumer.reloaded_at += by;
  RC_ASSERT(one.passes() == shifted.passes());
}

}  // namespace
}  // namespace rekey::rotation

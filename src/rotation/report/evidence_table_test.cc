#include "rotation/report/evidence_table.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

using base::Instant;
using std::chrono::minutes;

constexpr Instant kStart{base::Duration{1'800'000'000'000}};

Verdict verdict_of(const std::string& consumer) {
  Verdict verdict;
  verdict.consumer = consumer;
  verdict.kind = VerdictKind::kQuiet;
  return verdict;
}

// Two consumers; each event comes a minute after the one before it.
struct Told {
  std::vector<RunEvent> events;

  explicit Told(const std::vector<Wave>& waves = {}) {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.outgoing = {"sec_1"};
    plan.proof = {1, base::Duration{}};
    plan.rules.waves = waves;
    tell(plan);
    for (const char* name : {"shop", "crm"}) {
      Consumer consumer;
      consumer.name = name;
      consumer.seen_as.user_agent = name;
      consumer.instances = 2;
      consumer.interval = minutes{1};
      if (!waves.empty()) consumer.wave = consumer.name == "crm" ? 1 : 0;
      tell(ConsumerDeclared{consumer, {base::Fingerprint{}}});
    }
    tell(IntentRecorded{Effect::kStage, "run-1"});
    tell(SecretStaged{"sec_2", {}, kStart + base::Days{180}});
    tell(SecretSettled{}).tell(StagedValueProven{});
  }
  Told& tell(EventBody body) {
    events.push_back({now(), std::move(body)});
    return *this;
  }
  Told& moved(const std::string& name) {
    return tell(IntentRecorded{Effect::kWrite, name})
        .tell(SinkWritten{name})
        .tell(SinkReadBack{name})
        .tell(ConsumerProven{name})
        .tell(ConsumerReloaded{name, now()});
  }
  [[nodiscard]] Instant now() const { return kStart + minutes{events.size()}; }
};

TEST(EvidenceTable, AWordCountsWhereNobodyTellsOfUsage) {
  Told told;
  told.moved("shop").tell(ConsumerAttested{"shop", "ann", "seen", false});
  const EvidenceTable table = evidence_table(told.events, std::nullopt);
  EXPECT_EQ(table.rows.front().verdict.kind, VerdictKind::kAttested);
}

TEST(EvidenceTable, TellsWhenEachThingWasDoneForAConsumer) {
  Told told;
  const Instant begun = told.now();
  told.moved("shop");
  const EvidenceTable table = evidence_table(told.events, std::nullopt);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.source, EvidenceSource::kJournal);
  const EvidenceRow& shop = table.rows[0];
  EXPECT_EQ(shop.written_at, begun + minutes{1});
  EXPECT_EQ(shop.read_back_at, begun + minutes{2});
  EXPECT_EQ(shop.reloaded_at, begun + minutes{4});
  EXPECT_EQ(shop.instances, 2);
  EXPECT_EQ(shop.verdict.kind, VerdictKind::kNotYet);
  EXPECT_FALSE(table.rows[1].written_at);
  EXPECT_EQ(table.rows[1].verdict.reason, "it has not been reloaded yet");
}

TEST(EvidenceTable, VerdictsComeFromUsageNowElseFromTheGate) {
  Told told;
  told.moved("shop").moved("crm");
  const Instant as_of = told.now();
  GatePassed gate;
  for (const char* name : {"shop", "crm"}) {
    gate.verdicts.push_back(verdict_of(name));
  }
  gate.waived.push_back({{}, "ann", "a test"});
  gate.as_of = as_of;
  told.tell(gate);
  const EvidenceTable kept = evidence_table(told.events, std::nullopt);
  EXPECT_EQ(kept.source, EvidenceSource::kGate);
  EXPECT_EQ(kept.as_of, as_of);
  EXPECT_EQ(kept.rows[1].verdict.kind, VerdictKind::kQuiet);
  ASSERT_EQ(kept.waived.size(), 1u);

  UsageReport usage;
  usage.complete_since = kStart;
  usage.as_of = told.now() + minutes{1};
  for (const char* network : {"10.0.0.1", "10.0.0.2"}) {
    usage.rows.push_back({"sec_2", {network, "shop", "-"}, kStart, told.now(), 3});
  }
  const Evidence now = evaluate(usage, question_of(fold(told.events), {}));
  const EvidenceTable fresh = evidence_table(told.events, now);
  EXPECT_EQ(fresh.source, EvidenceSource::kUsageNow);
  EXPECT_EQ(fresh.rows[0].verdict.kind, VerdictKind::kSeenOnNew);
  EXPECT_EQ(fresh.rows[0].verdict.instances_seen, 2);
}

TEST(EvidenceTable, AWaveThatPassedKeepsItsVerdictsWhileTheNextOneMoves) {
  Told told({{"canary", {}}, {"all", {}}});
  told.moved("shop");
  Verdict seen = verdict_of("shop");
  seen.kind = VerdictKind::kSeenOnNew;
  EXPECT_EQ(evidence_table(told.events, std::nullopt).rows[1].verdict.reason,
            "it moves in a later wave");
  told.tell(WavePassed{0, "canary", {seen}, told.now()})
      .tell(IntentRecorded{Effect::kWrite, "crm"});
  const EvidenceTable table = evidence_table(told.events, std::nullopt);
  EXPECT_EQ(table.rows[0].wave, "canary");
  EXPECT_EQ(table.rows[0].verdict.kind, VerdictKind::kSeenOnNew);
  EXPECT_EQ(table.rows[1].verdict.kind, VerdictKind::kNotYet);
}

TEST(EvidenceTable, CountsTheSinksOfAConsumer) {
  Told told;
  Consumer two;
  two.name = "two";
  two.sinks.resize(2);
  told.tell(ConsumerDeclared{two, std::vector<base::Fingerprint>(2)});
  told.tell(IntentRecorded{Effect::kWrite, "two"}).tell(SinkWritten{"two"});
  told.tell(SinkReadBack{"two"}).tell(IntentRecorded{Effect::kWrite, "two", 1});
  const EvidenceRow half = evidence_table(told.events, std::nullopt).rows[2];
  EXPECT_EQ(half.sinks, 2);
  EXPECT_EQ(half.sinks_written, 1);
  EXPECT_EQ(half.sinks_read_back, 1);
  told.tell(SinkWritten{"two", 1});
  EXPECT_EQ(evidence_table(told.events, std::nullopt).rows[2].sinks_written, 2);
}

TEST(EvidenceTable, WhatWasPutBackOrIsToBeWrittenAnewCountsNoMore) {
  Told told;
  told.moved("shop").moved("crm").tell(
      GatePassed{{verdict_of("shop"), verdict_of("crm")}, {}, told.now()});
  told.tell(AbandonRequested{"ann", "the wrong one"});
  told.tell(IntentRecorded{Effect::kRestore, "shop"}).tell(SinkRestored{"shop"});
  told.tell(RestoredProven{"shop"}).tell(ConsumerReloaded{"shop", told.now()});
  const EvidenceTable table = evidence_table(told.events, std::nullopt);
  EXPECT_EQ(table.source, EvidenceSource::kJournal);
  EXPECT_FALSE(table.rows[0].written_at);
  EXPECT_FALSE(table.rows[0].reloaded_at) << "that reload brought the earlier secret back";
  EXPECT_TRUE(table.rows[1].written_at);
}

TEST(EvidenceTable, OnTheWayBackNoVerdictIsGivenAndWhatWasPutBackIs) {
  Told told;
  told.moved("shop").tell(AbandonRequested{"ann", "the wrong one"});
  EXPECT_TRUE(evidence_table(told.events, std::nullopt).rows[0].was_written);
  EXPECT_FALSE(evidence_table(told.events, std::nullopt).rows[0].put_back_at);
  told.tell(IntentRecorded{Effect::kRestore, "shop"});
  const Instant put_back = told.now();
  told.tell(SinkRestored{"shop"}).tell(RestoredProven{"shop"});
  told.tell(ConsumerReloaded{"shop", told.now()}).tell(RunAbandoned{"ann", "the wrong one"});
  UsageReport usage;
  usage.as_of = told.now();
  const EvidenceTable table =
      evidence_table(told.events, evaluate(usage, question_of(fold(told.events), {})));
  EXPECT_TRUE(table.is_way_back);
  const EvidenceRow& shop = table.rows[0];
  EXPECT_EQ(shop.put_back_at, put_back);
  EXPECT_EQ(shop.put_back_proven_at, put_back + minutes{1});
  EXPECT_EQ(shop.put_back_reloaded_at, put_back + minutes{2});
  EXPECT_TRUE(shop.verdict.reason.empty()) << shop.verdict.reason;
  EXPECT_FALSE(table.rows[1].was_written);
}

TEST(EvidenceTable, APlaceThatWasLeftIsNeitherPutBackNorProvenNorReloaded) {
  // An older journal says so of what was left; it is not believed.
  for (const bool is_old_journal : {false, true}) {
    Told told;
    told.moved("shop").tell(AbandonRequested{"ann", "the wrong one"});
    told.tell(SinkRestored{"shop", 0, base::Fingerprint{}, true});
    if (is_old_journal) told.tell(RestoredProven{"shop"});
    told.tell(ConsumerReloaded{"shop", told.now(), !is_old_journal});
    told.tell(RunAbandoned{"ann", "the wrong one", {"the place of shop"}});
    const EvidenceRow shop = evidence_table(told.events, std::nullopt).rows[0];
    EXPECT_TRUE(is_left_alone(shop));
    EXPECT_EQ(shop.places_left, 1);
    EXPECT_FALSE(shop.put_back_at);
    EXPECT_FALSE(shop.put_back_proven_at);
    EXPECT_FALSE(shop.put_back_reloaded_at);
  }
}

}  // namespace
}  // namespace rekey::rotation

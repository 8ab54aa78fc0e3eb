#include "notice/schedule.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "notice/notice_test_support.h"

namespace rekey::notice {
namespace {

using base::Instant;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

using Said = std::set<std::string, std::less<>>;

// One pass: what is due is said, and with it what it covers.
std::vector<Due> pass(const std::vector<Subject>& subjects, Said& said, Instant now,
                      const Rules& rules = {}) {
  auto due = due_now(
      subjects, [&](std::string_view key) { return said.contains(key); }, rules, now);
  for (const Due& one : due) {
    said.insert(one.key);
    said.insert(one.covered.begin(), one.covered.end());
  }
  return due;
}

std::vector<std::string> rules_of(const std::vector<Due>& due) {
  std::vector<std::string> rules;
  for (const Due& one : due) rules.push_back(one.rule);
  return rules;
}

TEST(Schedule, SaysEachThresholdOnceWhenPassesAreFrequent) {
  const auto subject = secret_ending("1", kStart + days{100});
  Said said;
  std::vector<std::string> rules;
  for (Instant now = kStart; now < kStart + days{120}; now += hours{6}) {
    for (const Due& due : pass({subject}, said, now)) {
      rules.push_back(due.rule);
      EXPECT_TRUE(due.covered.empty());
      EXPECT_LT(now - due.became_due, hours{6});
    }
  }
  EXPECT_EQ(rules,
            (std::vector<std::string>{"90d", "60d", "30d", "14d", "7d", "3d", "1d", "expired"}));
}

TEST(Schedule, AfterAMonthWithoutPowerSaysOnlyTheMostUrgentAndCoversTheRest) {
  const auto subject = secret_ending("1", kStart + days{100});
  Said said;
  EXPECT_EQ(rules_of(pass({subject}, said, kStart + days{12})), std::vector<std::string>{"90d"});
  const auto due = pass({subject}, said, kStart + days{95});
  ASSERT_EQ(rules_of(due), std::vector<std::string>{"7d"});
  EXPECT_EQ(due[0].covered, (std::vector<std::string>{"secret/1@2027-03-05T12:00:00Z/14d",
                                                      "secret/1@2027-03-05T12:00:00Z/30d",
                                                      "secret/1@2027-03-05T12:00:00Z/60d"}));
  EXPECT_TRUE(pass({subject}, said, kStart + days{95}).empty());
}

TEST(Schedule, ANewEndDateMakesNewKeysAndTheOldOnesVoid) {
  auto subject = secret_ending("1", kStart + days{2});
  Said said;
  const auto before = pass({subject}, said, kStart);
  ASSERT_EQ(rules_of(before), std::vector<std::string>{"3d"});
  EXPECT_FALSE(is_void(before[0].key, subject));
  subject.at = kStart + days{180};
  EXPECT_TRUE(is_void(before[0].key, subject));
  EXPECT_TRUE(pass({subject}, said, kStart + days{3}).empty());
  EXPECT_EQ(rules_of(pass({subject}, said, kStart + days{90})), std::vector<std::string>{"90d"});
  EXPECT_FALSE(is_void("secret/10@2026-11-27T12:00:00Z/3d", subject));
}

TEST(Schedule, ThresholdsBeforeASecretsBirthDoNotCount) {
  auto subject = secret_ending("1", kStart + days{10});
  subject.since = kStart;
  Said said;
  EXPECT_TRUE(pass({subject}, said, kStart + hours{1}).empty());
  EXPECT_EQ(rules_of(pass({subject}, said, kStart + days{3})), std::vector<std::string>{"7d"});
}

TEST(Schedule, DormancyIsSaidBesideTheEndAndNotAfterIt) {
  auto subject = secret_ending("1", kStart + days{40});
  subject.dormant_at = kStart + days{25};
  Said said;
  EXPECT_EQ(rules_of(pass({subject}, said, kStart)),
            (std::vector<std::string>{"dormant-30d", "60d"}));
  subject.dormant_at = kStart + days{90};
  EXPECT_TRUE(pass({subject}, said, kStart).empty());
}

TEST(Schedule, AnExpiryIsAnAlarmAndTheEndOfAnOverlapIsNone) {
  auto subject = secret_ending("1", kStart);
  Said said;
  EXPECT_EQ(pass({subject}, said, kStart).at(0).urgency, Urgency::kAlarm);
  subject.id = "secret/2";
  subject.end_kind = EndKind::kOverlap;
  const auto due = pass({subject}, said, kStart);
  EXPECT_EQ(due.at(0).rule, "ended");
  EXPECT_EQ(due.at(0).urgency, Urgency::kNotice);
}

TEST(Schedule, AlarmsComeFirstThenWhatIsSoonest) {
  const std::vector<Subject> subjects{secret_ending("far", kStart + days{80}),
                                      secret_ending("near", kStart + days{2}),
                                      occasion(SubjectKind::kRunWaits, "w", kStart - hours{1}),
                                      occasion(SubjectKind::kRunParked, "p", kStart - hours{2}),
                                      secret_ending("gone", kStart - days{1})};
  Said said;
  std::vector<std::size_t> order;
  for (const Due& due : pass(subjects, said, kStart)) order.push_back(due.subject);
  EXPECT_EQ(order, (std::vector<std::size_t>{4, 3, 2, 1, 0}));
}

TEST(Schedule, EachOccasionIsSaidOnce) {
  Said said;
  for (const SubjectKind kind :
       {SubjectKind::kSupersededInUse, SubjectKind::kRunWaits, SubjectKind::kRunParked,
        SubjectKind::kCutTooEarly, SubjectKind::kWatcherSilent, SubjectKind::kUndelivered,
        SubjectKind::kUnread, SubjectKind::kNoSecretWorks, SubjectKind::kStagedEnded,
        SubjectKind::kLeaked}) {
    const auto subject = occasion(kind, "1", kStart);
    EXPECT_TRUE(pass({subject}, said, kStart - minutes{1}).empty());
    EXPECT_EQ(pass({subject}, said, kStart).size(), 1U) << name_of(kind);
    EXPECT_TRUE(pass({subject}, said, kStart + days{30}).empty());
  }
}

TEST(Schedule, WhatWasSaidUnderTheFormerNameIsNotSaidAgain) {
  auto subject = secret_ending("0123", kStart + days{14});
  auto run = occasion(SubjectKind::kRunWaits, "1", kStart);
  Said said;
  EXPECT_EQ(pass({subject, run}, said, kStart).size(), 2u);
  for (Subject* one : {&subject, &run}) {
    one->former_id = one->id;
    one->id += "/known";
  }
  EXPECT_TRUE(pass({subject, run}, said, kStart).empty());
  EXPECT_EQ(rules_of(pass({subject, run}, said, kStart + days{7})), std::vector<std::string>{"7d"});
}

TEST(QuietHours, EndAtTheLocalTimeThatIsWritten) {
  const QuietHours night{22 * 60, 7 * 60, 60};  // 21:00 to 06:00 UTC
  const auto at = [](const char* text) { return base::parse_instant(text).value(); };
  EXPECT_EQ(quiet_until(night, at("2026-11-25T20:59:59Z")), std::nullopt);
  EXPECT_EQ(quiet_until(night, at("2026-11-25T21:00:00Z")), at("2026-11-26T06:00:00Z"));
  EXPECT_EQ(quiet_until(night, at("2026-11-26T05:59:59Z")), at("2026-11-26T06:00:00Z"));
  EXPECT_EQ(quiet_until(night, at("2026-11-26T06:00:00Z")), std::nullopt);
  const QuietHours noon{12 * 60, 13 * 60, -330};  // 17:30 to 18:30 UTC
  EXPECT_EQ(quiet_until(noon, at("2026-11-25T17:30:00Z")), at("2026-11-25T18:30:00Z"));
  EXPECT_EQ(quiet_until(noon, at("2026-11-25T12:30:00Z")), std::nullopt);
  EXPECT_EQ(quiet_until(QuietHours{60, 60, 0}, at("2026-11-25T01:00:00Z")), std::nullopt);
}

TEST(QuietHours, HoldNoticesAndLetAlarmsThrough) {
  const QuietHours night{22 * 60, 7 * 60, 0};
  const Instant midnight = base::parse_instant("2026-11-26").value();
  const Instant due = midnight - hours{1};
  EXPECT_TRUE(is_held(Urgency::kSoon, due, night, midnight));
  EXPECT_FALSE(is_held(Urgency::kSoon, due, std::nullopt, midnight));
  EXPECT_FALSE(is_held(Urgency::kSoon, due, night, midnight + hours{7}));
  EXPECT_FALSE(is_held(Urgency::kSoon, midnight - hours{18}, night, midnight));
  EXPECT_FALSE(is_held(Urgency::kAlarm, due, night, midnight));
}

TEST(Rules, RefuseDaysThatCannotBe) {
  EXPECT_TRUE(check_rules({}));
  EXPECT_FALSE(check_rules({{-1}, {}}));
  EXPECT_FALSE(check_rules({{}, {kMaxThresholdDays + 1}}));
  EXPECT_FALSE(check_rules({std::vector<int>(kMaxThresholds + 1, 1), {}}));
  EXPECT_FALSE(check_quiet_hours({24 * 60, 0, 0}));
  EXPECT_FALSE(check_quiet_hours({0, -1, 0}));
  EXPECT_FALSE(check_quiet_hours({0, 0, 900}));
}

// Passes at any times, some of them backwards.
std::vector<Instant> some_passes(base::Duration span) {
  const auto offsets = *rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, span.count()));
  std::vector<Instant> passes;
  for (const std::int64_t offset : offsets) passes.push_back(kStart + base::Duration{offset});
  if (*rc::gen::weightedElement<bool>({{9, true}, {1, false}})) {
    std::sort(passes.begin(), passes.end());
  }
  return passes;
}

RC_GTEST_PROP(Schedule, NeverSaysAKeyTwiceAndMissesNoThreshold, ()) {
  const auto end = kStart + hours{*rc::gen::inRange(0, 24 * 120)};
  const auto subject = secret_ending("1", end);
  const Rules rules;
  Said said;
  std::map<std::string, int> times;
  for (const Instant now : some_passes(days{130})) {
    const auto due = pass({subject}, said, now);
    RC_ASSERT(due.size() <= 1U);
    for (const Due& one : due) RC_ASSERT(++times[one.key] == 1);
    // Whatever has passed by now is said or covered: monotone coverage.
    for (const int before : rules.days_before_end) {
      if (end - days{before} > now) continue;
      const std::string rule = before == 0 ? "expired" : std::to_string(before) + "d";
      RC_ASSERT(said.contains("secret/1@" + base::format_instant(end) + "/" + rule));
    }
  }
}

RC_GTEST_PROP(Schedule, TheMostUrgentThresholdThatHasPassedIsTheOneThatIsSaid, ()) {
  const auto end = kStart + hours{*rc::gen::inRange(0, 24 * 120)};
  const auto now = kStart + hours{*rc::gen::inRange(0, 24 * 130)};
  Said said;
  const auto due = pass({secret_ending("1", end)}, said, now);
  std::optional<int> least;
  for (const int before : Rules{}.days_before_end) {
    if (end - days{before} <= now && (!least || before < *least)) least = before;
  }
  RC_ASSERT(due.size() == (least ? 1U : 0U));
  if (least) RC_ASSERT(due[0].became_due == end - days{*least});
}

RC_GTEST_PROP(QuietHours, LoseNothing, ()) {
  const int from = *rc::gen::inRange(0, 1440);
  const int until = *rc::gen::inRange(0, 1440);
  const QuietHours quiet{from, until, *rc::gen::inRange(-840, 841)};
  const auto subject = secret_ending("1", kStart + days{5});
  Said said;
  for (const Instant now : some_passes(days{8})) {
    const auto due = due_now(
        std::vector<Subject>{subject}, [&](std::string_view key) { return said.contains(key); },
        Rules{}, now);
    for (const Due& one : due) {
      const bool is_held_now = is_held(one.urgency, one.became_due, quiet, now);
      RC_ASSERT(!is_held_now || (one.urgency != Urgency::kAlarm && quiet_until(quiet, now)));
      RC_ASSERT(!is_held_now || now - one.became_due < kLongestHold);
      if (is_held_now) continue;
      said.insert(one.key);
      said.insert(one.covered.begin(), one.covered.end());
    }
    // Outside of quiet hours nothing stays unsaid.
    if (!quiet_until(quiet, now)) RC_ASSERT(pass({subject}, said, now).empty());
  }
}

}  // namespace
}  // namespace rekey::notice

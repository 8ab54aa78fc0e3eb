#include "rotation/engine/schedule.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

using base::Days;
using base::Duration;
using base::Instant;
using std::chrono::hours;
using std::chrono::minutes;

Instant at(std::string_view text) {
  return base::parse_instant(text).value();
}

// A Tuesday, and an integration whose window opens on Thursdays.
const Instant kTuesday = at("2026-11-24T09:00:00Z");

Inventory with_window() {
  Inventory inventory;
  inventory.window = parse_window("thu 09:00-15:00").value();
  inventory.expires_at = kTuesday + Days{30};
  return inventory;
}

Reach within(Duration reach) {
  return {reach, reach};
}

TEST(MayBegin, WithoutWindowAndFreezeAtOnce) {
  EXPECT_TRUE(may_begin(Inventory{}, within(hours{5}), kTuesday).is_now);
}

TEST(MayBegin, OnlyWhenTheRunComesToItsActivationInTheWindow) {
  const auto later = may_begin(with_window(), within(hours{2}), kTuesday);
  EXPECT_FALSE(later.is_now);
  ASSERT_TRUE(later.at);
  EXPECT_EQ(base::format_instant(*later.at), "2026-11-26T07:00:00Z");
  EXPECT_TRUE(may_begin(with_window(), within(hours{2}), *later.at).is_now);
  EXPECT_TRUE(may_begin(with_window(), within(hours{2}), at("2026-11-26T12:00:00Z")).is_now);
  // In the window, and too late to come to the end in it.
  EXPECT_FALSE(may_begin(with_window(), within(hours{2}), at("2026-11-26T14:00:00Z")).is_now);
}

TEST(MayBegin, AWindowThatOpensAfterTheEndOfTheOldOneHoldsNothing) {
  Inventory inventory = with_window();
  inventory.expires_at = kTuesday + Days{1};
  EXPECT_TRUE(may_begin(inventory, within(hours{2}), kTuesday).is_now);
}

TEST(MayBegin, NeitherInAFreezeNorRightBeforeOne) {
  Inventory inventory;
  inventory.freezes = {parse_freeze("2026-11-24..2026-11-25").value()};
  const auto frozen = may_begin(inventory, within(hours{1}), kTuesday);
  EXPECT_FALSE(frozen.is_now);
  EXPECT_EQ(frozen.at, at("2026-11-26T00:00:00Z"));
  EXPECT_FALSE(may_begin(inventory, within(hours{1}), at("2026-11-23T23:30:00Z")).is_now);
  EXPECT_TRUE(may_begin(inventory, within(hours{1}), at("2026-11-23T22:00:00Z")).is_now);
  EXPECT_TRUE(may_begin(inventory, within(hours{1}), *frozen.at).is_now);
}

TEST(MayBegin, OnceTheOldOneHasEndedNoFreezeHoldsIt) {
  Inventory inventory;
  inventory.freezes = {parse_freeze("2026-11-24..2026-11-25").value()};
  inventory.expires_at = kTuesday + minutes{1};
  EXPECT_FALSE(may_begin(inventory, within(hours{1}), kTuesday).is_now);
  inventory.expires_at = kTuesday;
  EXPECT_TRUE(may_begin(inventory, within(hours{1}), kTuesday).is_now);
}

TEST(MayBegin, WhereTheEngineRestartsSomebodyItComesToThatInTheWindow) {
  const Reach reach{hours{30}, hours{1}};
  const auto later = may_begin(with_window(), reach, kTuesday);
  EXPECT_EQ(later.at, at("2026-11-26T08:00:00Z"));
  EXPECT_TRUE(may_begin(with_window(), reach, *later.at).is_now);
}

// A run that stopped before its activation and says that it waits.
RunState waiting() {
  RunState state;
  state.phase = Phase::kGate;
  state.plan.requested_by = "anna";
  state.plan.client_id = "client";
  state.plan.outgoing.emplace_back();
  state.parked = RunParked{"it waits", false, true};
  return state;
}

TEST(MayGoOn, WhatWasInterrupted) {
  RunState state = waiting();
  state.parked.reset();
  EXPECT_TRUE(may_go_on(state, kTuesday).is_now);
}

TEST(MayGoOn, NeitherWhatAPersonStoppedNorWhatNeedsHelp) {
  RunState stopped = waiting();
  stopped.parked->by = "anna";
  EXPECT_NE(may_go_on(stopped, kTuesday).why.find("anna"), std::string::npos);
  EXPECT_FALSE(may_go_on(stopped, kTuesday).is_now);
  RunState failed = waiting();
  failed.parked->is_waiting = false;
  EXPECT_FALSE(may_go_on(failed, kTuesday).is_now);
  RunState at_the_issuer = waiting();
  at_the_issuer.failure = Failure{"revoke", base::Code::kNeedsPerson, "nobody is there", {}};
  EXPECT_FALSE(may_go_on(at_the_issuer, kTuesday).is_now);
}

TEST(MayGoOn, AWhileAfterNobodyAnsweredButNotInDoubt) {
  RunState state = waiting();
  state.parked->is_waiting = false;
  state.failure = Failure{"write", base::Code::kUnavailable, "nobody answers", kTuesday};
  const auto later = may_go_on(state, kTuesday);
  EXPECT_FALSE(later.is_now);
  EXPECT_FALSE(later.is_stuck) << "nobody has to say resume";
  ASSERT_EQ(later.at, kTuesday + kTriedAgainAfter);
  EXPECT_TRUE(may_go_on(state, *later.at).is_now);
  RunState refused = state;
  refused.failure->code = base::Code::kRefused;
  RunState doubted = state;
  doubted.is_end_doubtful = true;
  RunState in_vain = state;
  in_vain.staged_in_vain = 1;
  RunState not_activated = state;
  not_activated.failed_ends = kMaxAttempts;
  RunState unclear = state;
  unclear.unclear_runs = kMostUnclearRuns;
  for (const RunState& one : {refused, doubted, in_vain, not_activated, unclear}) {
    EXPECT_TRUE(may_go_on(one, *later.at).is_stuck);
  }
}

TEST(MayGoOn, WithSomebodyThereWhatAPersonIsAskedForAndNothingThatIsStuck) {
  const auto somebody = Attendance::kSomebody;
  RunState at_the_issuer = waiting();
  at_the_issuer.failure = Failure{"stage", base::Code::kNeedsPerson, "nobody is there", {}};
  EXPECT_TRUE(may_go_on(at_the_issuer, kTuesday, somebody).is_now);
  EXPECT_FALSE(may_go_on(at_the_issuer, kTuesday).is_stuck);
  RunState stopped = waiting();
  stopped.parked->by = "anna";
  RunState failed = waiting();
  failed.parked->is_waiting = false;
  for (const RunState& state : {stopped, failed}) {
    for (const auto who : {somebody, Attendance::kNobody}) {
      const auto start = may_go_on(state, kTuesday, who);
      EXPECT_FALSE(start.is_now);
      EXPECT_TRUE(start.is_stuck);
      EXPECT_NE(start.why.find("it waits"), std::string::npos) << start.why;
      EXPECT_NE(start.why.find("rekey run resume"), std::string::npos) << start.why;
    }
  }
  RunState unapproved = waiting();
  unapproved.plan.rules.approvals = 1;
  EXPECT_FALSE(may_go_on(unapproved, kTuesday, somebody).is_now);
}

TEST(MayGoOn, AfterTheFreezeOrWhenNobodyIsLeftToBeCutOff) {
  RunState state = waiting();
  state.plan.rules.freezes = {parse_freeze("2026-11-24").value()};
  const auto held = may_go_on(state, kTuesday);
  EXPECT_FALSE(held.is_now);
  EXPECT_EQ(held.at, at("2026-11-25T00:00:00Z"));
  EXPECT_TRUE(may_go_on(state, *held.at).is_now);
  state.is_old_gone = true;
  EXPECT_TRUE(may_go_on(state, kTuesday).is_now);
}

TEST(MayGoOn, WhenTheIssuersLeastTimeIsOver) {
  RunState state = waiting();
  state.phase = Phase::kObserving;
  state.plan.activate_not_before = kTuesday + base::Days{2};
  const auto held = may_go_on(state, kTuesday);
  EXPECT_FALSE(held.is_now) << "watching for days would run its workflows again and again";
  EXPECT_EQ(held.at, state.plan.activate_not_before);
  EXPECT_TRUE(may_go_on(state, *held.at).is_now);
}

TEST(MayGoOn, WhenItsWindowOpens) {
  RunState state = waiting();
  state.plan.rules.window = with_window().window;
  const auto closed = may_go_on(state, kTuesday);
  EXPECT_FALSE(closed.is_now);
  EXPECT_EQ(closed.at, at("2026-11-26T09:00:00Z"));
  EXPECT_TRUE(may_go_on(state, *closed.at - minutes{10}).is_now);
}

TEST(MayGoOn, ToARestartByTheEngineWhenItsWindowOpens) {
  RunState state = waiting();
  state.phase = Phase::kPropagating;
  state.plan.rules.window = with_window().window;
  state.plan.rules.approvals = 1;  // of the activation, which is far away
  RunConsumer consumer;
  consumer.facts.name = "nightly";
  consumer.facts.reload.command = {"systemctl"};
  consumer.facts.reload.reads_at_start = true;
  state.consumers = {consumer};
  const auto closed = may_go_on(state, kTuesday);
  EXPECT_FALSE(closed.is_now);
  EXPECT_EQ(closed.at, at("2026-11-26T09:00:00Z"));
  EXPECT_TRUE(may_go_on(state, *closed.at).is_now);
}

TEST(MayGoOn, ToTheEndOfTheOldOneOnlyWhenItsWindowOpensOrItLapses) {
  RunState state = waiting();
  state.plan.rules.window = with_window().window;
  state.is_activated = true;
  state.superseded_id = "sec_1";
  state.old_ends_at = at("2026-12-01T00:00:00Z");
  const auto closed = may_go_on(state, kTuesday);
  EXPECT_FALSE(closed.is_now);
  EXPECT_FALSE(closed.is_stuck);
  EXPECT_NE(closed.why.find("2026-11-26T09:00:00Z"), std::string::npos) << closed.why;
  EXPECT_TRUE(may_go_on(state, at("2026-11-26T08:50:00Z")).is_now);
  state.old_ends_at = kTuesday + minutes{10};
  EXPECT_TRUE(may_go_on(state, kTuesday).is_now);
}

TEST(MayGoOn, WhenEveryApprovalIsThere) {
  RunState state = waiting();
  state.plan.rules.approvals = 1;
  const auto missing = may_go_on(state, kTuesday);
  EXPECT_FALSE(missing.is_now);
  EXPECT_FALSE(missing.at);
  RunApproved word;
  word.by = "bob";
  word.plan_digest = digest_of(state);
  state.approved.push_back(word);
  EXPECT_TRUE(may_go_on(state, kTuesday).is_now);
}

}  // namespace
}  // namespace rekey::rotation

#include <gtest/gtest.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

const Instant kNoon = instant("2026-11-24T12:00:00Z");

ClientSecret secret_in(Phase phase) {
  ClientSecret secret;
  secret.id = SecretId{1};
  secret.slot = default_slot();
  secret.fingerprint = fingerprint_of(1);
  secret.phase = phase;
  secret.generated_at = kNoon;
  secret.usable_from = kNoon + minutes{5};
  secret.expires_at = kNoon + Days{180};
  secret.dormancy = Days{90};
  return secret;
}

// ---- boundaries --------------------------------------------------------------------------------

TEST(Status, UsableFromIsInclusive) {
  const auto staged = secret_in(Phase::kStaged);
  EXPECT_EQ(status_at(staged, {}, staged.usable_from - kMoment), SecretStatus::kSettling);
  EXPECT_EQ(status_at(staged, {}, staged.usable_from), SecretStatus::kStaged);
}

TEST(Status, ExpiryIsExclusive) {
  for (const auto phase : {Phase::kStaged, Phase::kActive}) {
    const auto secret = secret_in(phase);
    const auto last_used_at = secret.expires_at - Days{1};
    EXPECT_TRUE(is_accepted(status_at(secret, last_used_at, secret.expires_at - kMoment)));
    EXPECT_EQ(status_at(secret, last_used_at, secret.expires_at), SecretStatus::kExpired);
    EXPECT_EQ(end_of(secret, last_used_at), secret.expires_at);
  }
}

TEST(Status, DormancyCountsFromUsableFromThenFromTheLastUse) {
  const auto secret = secret_in(Phase::kActive);
  const auto unused_end = secret.usable_from + Days{90};
  EXPECT_EQ(status_at(secret, {}, unused_end - kMoment), SecretStatus::kActive);
  EXPECT_EQ(status_at(secret, {}, unused_end), SecretStatus::kDormant);
  EXPECT_EQ(end_of(secret, {}), unused_end);
  const auto last_used_at = secret.usable_from + Days{10};
  EXPECT_EQ(status_at(secret, last_used_at, unused_end), SecretStatus::kActive);
  EXPECT_EQ(end_of(secret, last_used_at), last_used_at + Days{90});
}

TEST(Status, AUseBeforeTheSecretWasUsableCountsForNothing) {
  const auto secret = secret_in(Phase::kActive);
  EXPECT_EQ(end_of(secret, secret.usable_from - Days{30}), secret.usable_from + Days{90});
}

TEST(Status, AnOverlapEndsExclusively) {
  auto secret = secret_in(Phase::kSuperseded);
  secret.overlap_ends_at = kNoon + Days{7};
  EXPECT_EQ(status_at(secret, {}, kNoon + Days{7} - kMoment), SecretStatus::kSuperseded);
  EXPECT_EQ(status_at(secret, {}, kNoon + Days{7}), SecretStatus::kEnded);
  EXPECT_EQ(end_of(secret, {}), kNoon + Days{7});
}

TEST(Status, WhatEndedFirstIsTheReason) {
  const auto secret = secret_in(Phase::kActive);
  const auto much_later = kNoon + Days{1000};
  EXPECT_EQ(status_at(secret, {}, much_later), SecretStatus::kDormant);
  EXPECT_EQ(status_at(secret, secret.expires_at - Days{1}, much_later), SecretStatus::kExpired);
}

TEST(Status, WhatEndedNeverComesBack) {
  const std::pair<EndReason, SecretStatus> expected[] = {
      {EndReason::kReplaced, SecretStatus::kReplaced},
      {EndReason::kSuperseded, SecretStatus::kEnded},
      {EndReason::kExpired, SecretStatus::kExpired},
      {EndReason::kDormant, SecretStatus::kDormant},
      {EndReason::kRevoked, SecretStatus::kRevoked},
      {EndReason::kDeleted, SecretStatus::kEnded}};
  for (const auto& pair : expected) {
    auto secret = secret_in(Phase::kEnded);
    secret.end_reason = pair.first;
    secret.ended_at = kNoon + Days{1};
    for (const auto at : {kNoon, kNoon + Days{1}, kNoon + Days{2}}) {
      EXPECT_EQ(status_at(secret, at, at), pair.second);
      EXPECT_FALSE(is_live(status_at(secret, at, at)));
    }
    EXPECT_EQ(end_of(secret, {}), kNoon + Days{1});
  }
}

TEST(Status, TheRenewalWindowOpensAfterTwoThirdsOfTheLife) {
  auto secret = secret_in(Phase::kActive);
  EXPECT_EQ(renewal_window(secret).opens_at, kNoon + Days{120});
  EXPECT_EQ(renewal_window(secret).closes_at, secret.expires_at);
  secret.usable_from = kNoon + Days{150};
  EXPECT_EQ(renewal_window(secret).opens_at, kNoon + Days{150});
}

TEST(Status, NamesReadBack) {
  for (const auto phase : {Phase::kStaged, Phase::kActive, Phase::kSuperseded, Phase::kEnded}) {
    EXPECT_EQ(parse_phase(name_of(phase)), phase);
  }
  for (const auto reason :
       {EndReason::kNone, EndReason::kReplaced, EndReason::kSuperseded, EndReason::kExpired,
        EndReason::kDormant, EndReason::kRevoked, EndReason::kDeleted}) {
    EXPECT_EQ(parse_end_reason(name_of(reason)), reason);
  }
  for (const auto origin : {Origin::kGenerated, Origin::kImported}) {
    EXPECT_EQ(parse_origin(name_of(origin)), origin);
  }
  EXPECT_EQ(parse_phase("settling").error().code, Code::kInvalidArgument);
  EXPECT_EQ(name_of(SecretStatus::kSettling), "settling");
  EXPECT_EQ(name_of(SecretStatus::kRevoked), "revoked");
  EXPECT_EQ(name_of(Refusal::kBusinessUnitNotEnabled), "business_unit_not_enabled");
  EXPECT_EQ(name_of(Refusal::kWrongSecret), "wrong_secret");
  EXPECT_EQ(name_of(Refusal::kEnded), "ended");
}

// ---- authenticate ------------------------------------------------------------------------------

Verdict verdict_on(const std::vector<ClientSecret>& secrets, std::int64_t presented, Instant now) {
  std::vector<SecretFacts> facts;
  for (const auto& secret : secrets) facts.push_back(facts_of(secret));
  return authenticate(facts, std::vector<std::int64_t>(facts.size()), fingerprint_of(presented),
                      now);
}

TEST(Authenticate, AValueThatNobodyHoldsIsAWrongSecret) {
  EXPECT_EQ(verdict_on({secret_in(Phase::kActive)}, 2, kNoon).refusal, Refusal::kWrongSecret);
  EXPECT_EQ(verdict_on({}, 1, kNoon).refusal, Refusal::kWrongSecret);
}

TEST(Authenticate, AFingerprintUnderAnotherKeyDoesNotMatch) {
  const std::vector<SecretFacts> facts{facts_of(secret_in(Phase::kActive))};
  auto presented = fingerprint_of(1);
  presented.key_id = 2;
  EXPECT_EQ(authenticate(facts, std::vector<std::int64_t>{0}, presented, kNoon).refusal,
            Refusal::kWrongSecret);
}

TEST(Authenticate, TheReasonComesFromTheSecretThatMatched) {
  auto other = secret_in(Phase::kStaged);
  other.fingerprint = fingerprint_of(2);
  auto revoked = secret_in(Phase::kEnded);
  revoked.fingerprint = fingerprint_of(3);
  revoked.end_reason = EndReason::kRevoked;
  const std::vector<ClientSecret> secrets{secret_in(Phase::kActive), other, revoked};
  const auto of_active = verdict_on(secrets, 1, kNoon);
  EXPECT_EQ(of_active.refusal, Refusal::kNone);
  EXPECT_EQ(of_active.index, 0u);
  const auto of_settling = verdict_on(secrets, 2, kNoon);
  EXPECT_EQ(of_settling.refusal, Refusal::kSettling);
  EXPECT_EQ(of_settling.index, 1u);
  const auto of_revoked = verdict_on(secrets, 3, kNoon);
  EXPECT_EQ(of_revoked.refusal, Refusal::kRevoked);
  EXPECT_EQ(of_revoked.index, 2u);
  EXPECT_EQ(verdict_on(secrets, 1, kNoon + Days{91}).refusal, Refusal::kDormant);
}

TEST(Authenticate, OfTwinsTheAcceptedOneIsPreferredWhereverItStands) {
  auto ended = secret_in(Phase::kEnded);
  ended.end_reason = EndReason::kExpired;
  const auto live = secret_in(Phase::kActive);
  const auto live_last = verdict_on({ended, live}, 1, kNoon);
  EXPECT_EQ(live_last.refusal, Refusal::kNone);
  EXPECT_EQ(live_last.index, 1u);
  const auto live_first = verdict_on({live, ended}, 1, kNoon);
  EXPECT_EQ(live_first.refusal, Refusal::kNone);
  EXPECT_EQ(live_first.index, 0u);
}

TEST(Authenticate, TheLastUseOfEachCandidateIsItsOwn) {
  auto twin = secret_in(Phase::kActive);
  twin.fingerprint = fingerprint_of(2);
  const std::vector<SecretFacts> facts{facts_of(secret_in(Phase::kActive)), facts_of(twin)};
  const std::vector<std::int64_t> last_used{0, base::to_millis(kNoon + Days{60})};
  const auto now = kNoon + Days{100};
  EXPECT_EQ(authenticate(facts, last_used, fingerprint_of(1), now).refusal, Refusal::kDormant);
  EXPECT_EQ(authenticate(facts, last_used, fingerprint_of(2), now).refusal, Refusal::kNone);
}

}  // namespace
}  // namespace rekey::credential::testing

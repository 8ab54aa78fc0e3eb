#include <gmock/gmock.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ImportSecret import_of(std::int64_t id, Instant generated_at,
                       const SlotTag& slot = default_slot()) {
  return {slot, {material(id), generated_at}, ""};
}

// ---- revoke ------------------------------------------------------------------------------------

TEST(Revoke, AnyLiveSecretEndsAtOnceWithItsReason) {
  auto world = world_with(standard_policy());
  const auto staged = world.stage();
  for (const auto id : {kFirst, staged}) {
    const auto events = world.must(RevokeSecret{id, "found in a public repository"});
    ASSERT_EQ(kinds_of(events), "SecretEnded");
    EXPECT_EQ(body_of<SecretEnded>(events[0]).note, "found in a public repository");
    EXPECT_EQ(world.ask_for_token(id), Refusal::kRevoked);
    EXPECT_EQ(world.secret(id).ended_at, world.now);
  }
}

TEST(Revoke, ASupersededSecretCanBeRevokedWithinItsOverlap) {
  auto world = world_with(standard_policy());
  world.stage();
  world.activate();
  world.must(RevokeSecret{kFirst, "everybody has moved"});
  EXPECT_EQ(world.status(kFirst), SecretStatus::kRevoked);
}

TEST(Revoke, WhatHasEndedStaysAsItEnded) {
  auto world = world_with(standard_policy());
  world.must(RevokeSecret{kFirst, "first"});
  const auto before = world.state;
  EXPECT_THAT(world.must(RevokeSecret{kFirst, "second"}), IsEmpty());
  EXPECT_EQ(world.state, before);
}

TEST(Revoke, NeedsAReasonAndASecret) {
  auto world = world_with(standard_policy());
  EXPECT_EQ(world.refusal(RevokeSecret{kFirst, ""}).code, Code::kInvalidArgument);
  const auto error = world.refusal(RevokeSecret{SecretId{9}, "gone"});
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.detail, HasSubstr("has no secret sec_9"));
}

// ---- import ------------------------------------------------------------------------------------

TEST(Import, FillsASlotWithoutAnActiveSecret) {
  auto world = world_with(standard_policy());
  world.must(RevokeSecret{kFirst, "lost"});
  world.must(import_of(2, world.now - Days{10}));
  const auto& secret = world.secret(SecretId{2});
  EXPECT_EQ(secret.origin, Origin::kImported);
  EXPECT_EQ(secret.phase, Phase::kActive);
  EXPECT_EQ(secret.expires_at, world.now + Days{170});
  EXPECT_EQ(secret.usable_from, world.now);
  EXPECT_EQ(world.ask_for_token(SecretId{2}), Refusal::kNone);
}

TEST(Import, DoesNotPushOutAnActiveSecret) {
  auto world = world_with(standard_policy());
  const auto error = world.refusal(import_of(2, world.now - Days{10}));
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_THAT(error.detail, HasSubstr("has an active secret already, sec_1"));
  EXPECT_TRUE(world.run(import_of(2, world.now - Days{10}, SlotTag{"aB3dE6"})).has_value());
}

TEST(Import, PastItsEndItIsKeptAsExpiredForTheScans) {
  auto world = world_with(standard_policy());
  const auto before = world.secret(kFirst);
  world.must(import_of(2, world.now - Days{180}));
  const auto& secret = world.secret(SecretId{2});
  EXPECT_EQ(secret.phase, Phase::kEnded);
  EXPECT_EQ(secret.end_reason, EndReason::kExpired);
  EXPECT_EQ(secret.ended_at, secret.expires_at);
  EXPECT_EQ(world.ask_for_token(SecretId{2}), Refusal::kExpired);
  EXPECT_EQ(world.secret(kFirst), before);
}

TEST(Import, CannotHaveBeenGeneratedInTheFuture) {
  auto world = world_with(standard_policy());
  world.must(RevokeSecret{kFirst, "lost"});
  const auto error = world.refusal(import_of(2, world.now + kMoment));
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.detail, HasSubstr("in the future"));
}

TEST(Import, IsNotDormantOnArrival) {
  auto world = world_with(standard_policy());
  world.must(RevokeSecret{kFirst, "lost"});
  world.must(import_of(2, world.now - Days{170}));
  EXPECT_EQ(world.status(SecretId{2}), SecretStatus::kActive);
}

TEST(Import, DoesNotCountAsAGeneration) {
  auto world = world_with(marketing_cloud_policy());
  world.pass(Days{1});
  world.must(RevokeSecret{kFirst, "lost"});
  world.must(import_of(2, world.now - Days{10}));
  EXPECT_TRUE(world.run(StageSecret{default_slot(), material(3), "", false}).has_value());
}

TEST(Import, AValueThatHasEndedIsNeverTakenBack) {
  auto world = world_with(standard_policy());
  world.must(RevokeSecret{kFirst, "leaked"});
  auto again = import_of(2, world.now);
  again.imported.material.fingerprint = fingerprint_of(kFirst.value);
  const auto error = world.refusal(again);
  EXPECT_EQ(error.code, Code::kAlreadyExists);
  EXPECT_THAT(error.detail, HasSubstr("as sec_1 (ended)"));
}

TEST(Import, AFixedEndFarAwayIsStillNotNever) {
  auto policy = marketing_cloud_policy();
  policy.fixed_end = FixedEnd{instant("9000-01-01"), instant("9000-01-02")};
  World world;
  world.policy = policy;
  auto command = create_package();
  command.generated.reset();
  command.imported = ImportedMaterial{material(1), world.now - Days{3000}};
  world.must(command);
  EXPECT_EQ(world.secret(kFirst).expires_at, world.now + kLongestTimeToLive);
}

TEST(Import, IsBoundByTheLiveLimit) {
  auto world = world_with(with_settings(standard_policy(), {{"live_limit", "2"}}).value());
  const auto second = world.stage();
  world.activate();
  world.must(RevokeSecret{second, "lost"});
  world.stage();
  EXPECT_EQ(world.refusal(import_of(9, world.now)).code, Code::kLimitReached);
}

// ---- sweep -------------------------------------------------------------------------------------

TEST(Sweep, WritesDownWhatTimeMadeTrueAndWhen) {
  auto world = world_with(standard_policy());
  const auto second = world.stage();
  world.activate();
  const auto third = world.stage();
  world.pass(Days{60});
  world.remember_use(second);
  world.pass(Days{60});
  const auto events = world.must(Sweep{});
  EXPECT_EQ(kinds_of(events), "SecretEnded SecretEnded");
  EXPECT_EQ(world.secret(kFirst).end_reason, EndReason::kSuperseded);
  EXPECT_EQ(world.secret(kFirst).ended_at, instant("2026-12-01T12:00:00Z"));
  EXPECT_EQ(world.secret(third).end_reason, EndReason::kDormant);
  EXPECT_EQ(world.status(second), SecretStatus::kActive);
}

TEST(Sweep, AnExpiryWrittenDownLateKeepsItsInstant) {
  auto world = world_with(standard_policy());
  world.pass(Days{89});
  world.remember_use(kFirst);
  world.pass(Days{89});
  world.remember_use(kFirst);
  world.pass(Days{30});
  world.must(Sweep{});
  EXPECT_EQ(world.secret(kFirst).end_reason, EndReason::kExpired);
  EXPECT_EQ(world.secret(kFirst).ended_at, world.secret(kFirst).expires_at);
}

TEST(Sweep, WithNothingDueThereIsNothingToWrite) {
  auto world = world_with(standard_policy());
  EXPECT_THAT(world.must(Sweep{}), IsEmpty());
  world.pass(Days{90});
  EXPECT_EQ(kinds_of(world.must(Sweep{})), "SecretEnded");
  EXPECT_THAT(world.must(Sweep{}), IsEmpty());
}

TEST(Sweep, ChangesNoAnswerThatTheClockHadNotChangedAlready) {
  auto world = world_with(standard_policy());
  world.pass(Days{90});
  const auto before = world.status(kFirst);
  world.must(Sweep{});
  EXPECT_EQ(world.status(kFirst), before);
}

}  // namespace
}  // namespace rekey::credential::testing

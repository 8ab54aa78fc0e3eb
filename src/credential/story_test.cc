// The story that Rekey was begun for, on a clock in the test's hand: every old secret ends on one
// day, is rotated before it or falls, and 180 days later the second wave comes (contract
// section 3.3).

#include <gtest/gtest.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

const Instant kAnnounced = instant("2026-03-27");
const Instant kFixedEnd = instant("2026-09-30");
const Instant kSecondWave = instant("2027-03-29");

World imported_world(Instant generated_at, Instant imported_at = kAnnounced) {
  World world;
  world.policy = marketing_cloud_policy();
  world.now = imported_at;
  auto command = create_package();
  command.generated.reset();
  command.imported = ImportedMaterial{material(1), generated_at};
  world.must(command);
  return world;
}

// Somebody asks for a token with the secret every day until then.
void use_daily(World& world, SecretId id, Instant until) {
  for (; world.now + Days{1} <= until; world.pass(Days{1})) world.ask_for_token(id);
  world.now = until;
}

// Stage, settle, move the users over, wait until the old one is quiet, activate.
SecretId rotate(World& world) {
  const auto staged = world.stage();
  world.pass(minutes{5});
  world.ask_for_token(staged);
  world.pass(hours{24});
  world.activate();
  return staged;
}

TEST(Story, ASecretFromBeforeTheCutOffEndsOnTheFixedDay) {
  for (const auto* generated :
       {"2019-08-01", "2026-03-25", "2026-03-26", "2026-03-26T23:59:59.999Z"}) {
    auto world = imported_world(instant(generated));
    EXPECT_EQ(world.secret(kFirst).expires_at, kFixedEnd) << generated;
    use_daily(world, kFirst, kFixedEnd - kMoment);
    EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
    world.pass(kMoment);
    EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kExpired);
  }
}

TEST(Story, ASecretFromAfterTheCutOffLives180Days) {
  const auto generated_at = instant("2026-03-27");
  const auto world = imported_world(generated_at);
  EXPECT_EQ(world.secret(kFirst).expires_at, instant("2026-09-23"));
}

TEST(Story, ThePackageThatNobodyUsesFallsDormantBeforeTheDay) {
  auto world = imported_world(instant("2021-05-05"));
  world.now = kAnnounced + Days{180} - kMoment;
  EXPECT_EQ(world.status(kFirst), SecretStatus::kActive);
  world.pass(kMoment);
  EXPECT_LT(world.now, kFixedEnd);
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kDormant);
  const auto staged = world.stage();
  world.pass(minutes{5});
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
  world.activate();
  EXPECT_EQ(world.status(staged), SecretStatus::kActive);
}

TEST(Story, TheOneThatMissedTheDayComesBackThroughAStagedSecret) {
  auto world = imported_world(instant("2021-05-05"));
  use_daily(world, kFirst, kFixedEnd);
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kExpired);
  const auto staged = world.stage();
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kSettling);
  world.pass(minutes{5});
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
  world.activate();
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
}

TEST(Story, ARotationInTimeHasNoRefusedRequest) {
  auto world = imported_world(instant("2021-05-05"));
  use_daily(world, kFirst, instant("2026-09-28"));
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
  const auto staged = world.stage();
  world.pass(minutes{5});
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
  EXPECT_EQ(world.refusal(ActivateSecret{default_slot(), {}, false, ""}).code, Code::kRefused);
  world.pass(hours{24});
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
  world.activate();
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kEnded);
}

TEST(Story, RotationsAtTheDeadlineAllEndInTheSecondWave) {
  for (const auto before_deadline : {Duration{Days{14}}, Duration{Days{2}}, Duration{hours{25}}}) {
    auto world = imported_world(instant("2021-05-05"));
    use_daily(world, kFirst, kFixedEnd - before_deadline);
    const auto second = rotate(world);
    EXPECT_LT(world.now, kFixedEnd);
    EXPECT_EQ(world.secret(second).expires_at, kSecondWave - before_deadline);
    use_daily(world, second, world.secret(second).expires_at);
    EXPECT_EQ(world.ask_for_token(second), Refusal::kExpired);
  }
  auto last = imported_world(instant("2021-05-05"));
  use_daily(last, kFirst, kFixedEnd);
  const auto staged = last.stage();
  EXPECT_EQ(last.secret(staged).expires_at, kSecondWave);
}

TEST(Story, TheSecondWaveIsMetByRotatingInTheRenewalWindow) {
  auto world = imported_world(instant("2021-05-05"));
  use_daily(world, kFirst, kFixedEnd - Days{2});
  auto current = rotate(world);
  for (int wave = 0; wave < 4; ++wave) {
    use_daily(world, current, renewal_window(world.secret(current)).opens_at);
    EXPECT_EQ(world.ask_for_token(current), Refusal::kNone);
    world.pass(minutes{5});
    current = rotate(world);
    EXPECT_EQ(world.ask_for_token(current), Refusal::kNone);
  }
  EXPECT_GT(world.now, kSecondWave + Days{180});
}

TEST(Story, ASecretImportedAfterTheDayArrivesExpired) {
  const auto world = imported_world(instant("2021-05-05"), instant("2026-11-24"));
  EXPECT_EQ(world.status(kFirst), SecretStatus::kExpired);
  EXPECT_EQ(world.secret(kFirst).ended_at, kFixedEnd);
}

}  // namespace
}  // namespace rekey::credential::testing

#include <gmock/gmock.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

using ::testing::HasSubstr;

const ActivateSecret kActivate{default_slot(), std::nullopt, false, ""};
const ActivateSecret kForce{default_slot(), std::nullopt, true, "the old value leaked"};

Policy standard_with(const std::vector<PolicySetting>& settings) {
  return with_settings(standard_policy(), settings).value();
}

World marketing_cloud_world_with_staged() {
  auto world = world_with(marketing_cloud_policy());
  world.pass(hours{48});
  world.stage();
  return world;
}

TEST(Activate, UnderTheStandardProfileTheOldSecretLivesOnThroughTheOverlap) {
  auto world = world_with(standard_policy());
  const auto staged = world.stage();
  world.remember_use(kFirst);
  const auto events = world.must(kActivate);
  EXPECT_EQ(kinds_of(events), "SecretActivated");
  EXPECT_EQ(body_of<SecretActivated>(events[0]).superseded_id, kFirst);
  EXPECT_EQ(world.secret(kFirst).overlap_ends_at, world.now + Days{7});
  EXPECT_EQ(world.secret(kFirst).superseded_at, world.now);
  EXPECT_EQ(world.secret(staged).activated_at, world.now);
  EXPECT_EQ(world.status(kFirst), SecretStatus::kSuperseded);
  world.pass(Days{7} - kMoment);
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
  world.pass(kMoment);
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kEnded);
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
}

TEST(Activate, TheOverlapNeverReachesPastTheOldSecretsOwnEnd) {
  auto world = world_with(standard_policy());
  world.pass(Days{89});
  world.remember_use(kFirst);
  world.pass(Days{88});
  world.stage();
  world.activate();
  EXPECT_EQ(world.secret(kFirst).overlap_ends_at, world.secret(kFirst).expires_at);
}

TEST(Activate, AnOverlapUntilExpiryEndsWithTheOldSecret) {
  auto world = world_with(standard_with({{"overlap", "until_expiry"}}));
  world.stage();
  world.activate();
  EXPECT_EQ(world.secret(kFirst).overlap_ends_at, world.secret(kFirst).expires_at);
}

TEST(Activate, WithoutOverlapTheOldSecretEndsAtOnce) {
  auto world = marketing_cloud_world_with_staged();
  world.pass(minutes{5});
  EXPECT_EQ(world.ask_for_token(SecretId{2}), Refusal::kNone);
  const auto events = world.must(kActivate);
  EXPECT_EQ(kinds_of(events), "SecretEnded SecretActivated");
  EXPECT_EQ(body_of<SecretEnded>(events[0]).reason, EndReason::kSuperseded);
  EXPECT_EQ(body_of<SecretActivated>(events[1]).superseded_id, kFirst);
  EXPECT_FALSE(body_of<SecretActivated>(events[1]).overlap_ends_at.has_value());
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kEnded);
  EXPECT_EQ(world.ask_for_token(SecretId{2}), Refusal::kNone);
  EXPECT_EQ(world.secret(kFirst).ended_at, world.now);
}

TEST(Activate, BeforeTheSettleTimeIsOverItIsTooEarly) {
  auto world = marketing_cloud_world_with_staged();
  world.pass(minutes{5} - kMoment);
  const auto error = world.refusal(kForce);
  EXPECT_EQ(error.code, Code::kTooEarly);
  EXPECT_THAT(error.detail, HasSubstr("can be activated at 2026-11-26T12:05:00Z"));
  world.pass(kMoment);
  EXPECT_TRUE(world.run(kActivate).has_value());
}

TEST(Activate, NothingStagedIsRefused) {
  auto world = world_with(standard_policy());
  const auto error = world.refusal(kActivate);
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_THAT(error.detail, HasSubstr("nothing is staged in the default slot"));
  EXPECT_EQ(world.refusal(ActivateSecret{SlotTag{"aB3dE6"}, {}, false, ""}).code, Code::kNotFound);
}

TEST(Activate, AnUnexpectedStagedSecretIsAConflict) {
  auto world = world_with(standard_policy());
  auto command = kActivate;
  command.expected = SecretId{3};
  EXPECT_EQ(world.refusal(command).code, Code::kConflict);
  world.stage();
  const auto error = world.refusal(command);
  EXPECT_EQ(error.code, Code::kConflict);
  EXPECT_THAT(error.detail, HasSubstr("sec_3 is not what is staged"));
  EXPECT_THAT(error.detail, HasSubstr("sec_2 is"));
  command.expected = SecretId{2};
  EXPECT_TRUE(world.run(command).has_value());
}

TEST(Activate, TwoActivationsInASlotAreKeptApart) {
  auto world = world_with(standard_with({{"activation_interval", "5m"}}));
  world.stage();
  world.activate();
  world.stage();
  world.pass(minutes{5} - kMoment);
  const auto error = world.refusal(kForce);
  EXPECT_EQ(error.code, Code::kTooEarly);
  EXPECT_THAT(error.detail, HasSubstr("activate at 2026-11-24T12:05:00Z"));
  world.pass(kMoment);
  EXPECT_TRUE(world.run(kActivate).has_value());
}

TEST(Activate, IsRefusedWhileTheOldSecretIsInUseAndNoOverlapFollows) {
  auto world = marketing_cloud_world_with_staged();
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
  world.pass(hours{24} - kMoment);
  const auto error = world.refusal(kActivate);
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_THAT(error.detail, HasSubstr("sec_1 in the default slot"));
  EXPECT_THAT(error.detail, HasSubstr("last used at 2026-11-26T12:00:00Z"));
  EXPECT_THAT(error.detail, HasSubstr("--force --reason"));
  EXPECT_EQ(world.status(kFirst), SecretStatus::kActive);
  world.pass(kMoment);
  EXPECT_TRUE(world.run(kActivate).has_value());
}

TEST(Activate, MayBeForcedWithAReasonThatTheEventKeeps) {
  auto world = marketing_cloud_world_with_staged();
  world.pass(hours{1});
  world.remember_use(kFirst);
  auto without_reason = kForce;
  without_reason.reason.clear();
  EXPECT_EQ(world.refusal(without_reason).code, Code::kInvalidArgument);
  const auto events = world.must(kForce);
  EXPECT_EQ(body_of<SecretActivated>(events.back()).forced_reason, "the old value leaked");
}

TEST(Activate, UseOfTheOldSecretDoesNotMatterWhileAnOverlapFollows) {
  auto world = world_with(standard_policy());
  world.stage();
  world.remember_use(kFirst);
  EXPECT_TRUE(world.run(kActivate).has_value());
}

TEST(Activate, ASlotHoldsOneSupersededSecretAndTheOneBeforeEnds) {
  auto world = world_with(standard_policy());
  const auto second = world.stage();
  world.activate();
  world.pass(Days{1});
  world.stage();
  const auto events = world.must(kActivate);
  EXPECT_EQ(kinds_of(events), "SecretEnded SecretActivated");
  EXPECT_EQ(world.status(kFirst), SecretStatus::kEnded);
  EXPECT_EQ(world.status(second), SecretStatus::kSuperseded);
}

TEST(Activate, ASupersededSecretInUseIsNotPushedOutUnasked) {
  auto world = world_with(standard_policy());
  world.stage();
  world.activate();
  world.stage();
  world.remember_use(kFirst);
  EXPECT_EQ(world.refusal(kActivate).code, Code::kRefused);
  EXPECT_TRUE(world.run(kForce).has_value());
}

TEST(Activate, AnActiveSecretThatHadLapsedIsWrittenDownAsWhatItWas) {
  auto world = world_with(marketing_cloud_policy());
  world.pass(Days{179});
  world.remember_use(kFirst);
  const auto staged = world.stage();
  world.pass(Days{1});
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kExpired);
  EXPECT_EQ(world.ask_for_token(staged), Refusal::kNone);
  const auto events = world.must(kActivate);
  EXPECT_EQ(kinds_of(events), "SecretEnded SecretActivated");
  EXPECT_EQ(body_of<SecretEnded>(events[0]).reason, EndReason::kExpired);
  EXPECT_FALSE(body_of<SecretActivated>(events[1]).superseded_id.has_value());
}

TEST(Activate, SlotsMoveAtTheirOwnPace) {
  const SlotTag other{"aB3dE6"};
  auto world = world_with(standard_policy());
  const auto in_other = world.stage(other);
  const auto in_default = world.stage();
  world.activate(other);
  EXPECT_EQ(world.status(in_other), SecretStatus::kActive);
  EXPECT_EQ(world.status(in_default), SecretStatus::kStaged);
  EXPECT_EQ(world.status(kFirst), SecretStatus::kActive);
}

TEST(Activate, TheAdminPackageFollowsTheSameRules) {
  World world;
  world.policy = marketing_cloud_policy();
  auto command = create_package();
  command.is_admin = true;
  command.scopes = {std::string(kAdminScope)};
  world.must(command);
  world.pass(minutes{5});
  world.stage();
  EXPECT_EQ(world.refusal(kActivate).code, Code::kTooEarly);
  world.pass(minutes{5});
  world.remember_use(kFirst);
  EXPECT_EQ(world.refusal(kActivate).code, Code::kRefused);
}

TEST(Activate, APackagesOwnOverlapIsFollowed) {
  World world;
  auto command = create_package();
  command.policy_overrides = {{"overlap", "1h"}};
  world.must(command);
  world.stage();
  world.activate();
  EXPECT_EQ(world.secret(kFirst).overlap_ends_at, world.now + hours{1});
}

}  // namespace
}  // namespace rekey::credential::testing

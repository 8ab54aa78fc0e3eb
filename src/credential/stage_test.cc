#include <fmt/format.h>
#include <gmock/gmock.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

using ::testing::HasSubstr;

StageSecret stage_in(const SlotTag& slot, std::int64_t id) {
  return {slot, material(id), "run-7", false};
}
const SlotTag kExtraSlot{"aB3dE6"};

TEST(Stage, AStagedSecretSettlesAndCountsItsLifeFromGeneration) {
  auto world = world_with(marketing_cloud_policy());
  world.pass(minutes{5});
  const auto id = world.stage();
  const auto& secret = world.secret(id);
  EXPECT_EQ(secret.phase, Phase::kStaged);
  EXPECT_EQ(secret.origin, Origin::kGenerated);
  EXPECT_EQ(secret.generated_at, world.now);
  EXPECT_EQ(secret.usable_from, world.now + minutes{5});
  EXPECT_EQ(secret.expires_at, world.now + Days{180});
  EXPECT_EQ(secret.dormancy, Days{180});
  EXPECT_EQ(world.status(id), SecretStatus::kSettling);
  world.pass(minutes{5} - kMoment);
  EXPECT_EQ(world.ask_for_token(id), Refusal::kSettling);
  world.pass(kMoment);
  EXPECT_EQ(world.ask_for_token(id), Refusal::kNone);
}

TEST(Stage, UnderTheStandardProfileAStagedSecretWorksAtOnce) {
  auto world = world_with(standard_policy());
  const auto id = world.stage();
  EXPECT_EQ(world.status(id), SecretStatus::kStaged);
  EXPECT_EQ(world.ask_for_token(id), Refusal::kNone);
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
}

TEST(Stage, ASecretCarriesTheLabelOfTheRunThatStagedIt) {
  auto world = world_with(standard_policy());
  world.must(stage_in(default_slot(), 2));
  EXPECT_EQ(world.secret(SecretId{2}).label, "run-7");
}

TEST(Stage, AnUnactivatedStagedSecretIsReplacedAndTheEventSaysSo) {
  auto world = world_with(standard_policy());
  const auto first = world.stage();
  const auto events = world.must(stage_in(default_slot(), 3));
  EXPECT_EQ(kinds_of(events), "SecretEnded SecretIssued");
  EXPECT_EQ(body_of<SecretEnded>(events[0]).secret_id, first);
  EXPECT_EQ(body_of<SecretEnded>(events[0]).reason, EndReason::kReplaced);
  EXPECT_EQ(world.ask_for_token(first), Refusal::kReplaced);
}

TEST(Stage, IfVacantRefusesToReplaceAndNamesWhatIsThere) {
  auto world = world_with(standard_policy());
  world.must(stage_in(default_slot(), 2));
  auto command = stage_in(default_slot(), 3);
  command.if_vacant = true;
  const auto error = world.refusal(command);
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_THAT(error.detail, HasSubstr("sec_2"));
  EXPECT_THAT(error.detail, HasSubstr("label \"run-7\""));
  EXPECT_EQ(world.status(SecretId{2}), SecretStatus::kStaged);
}

TEST(Stage, ALapsedStagedSecretLeavesItsPlaceVacant) {
  auto world = world_with(standard_policy());
  const auto lapsed = world.stage();
  world.remember_use(kFirst);
  world.pass(Days{90});
  auto command = stage_in(default_slot(), 3);
  command.if_vacant = true;
  const auto events = world.must(command);
  EXPECT_EQ(kinds_of(events), "SecretEnded SecretEnded SecretIssued");
  EXPECT_EQ(world.secret(lapsed).end_reason, EndReason::kDormant);
  EXPECT_EQ(world.status(SecretId{3}), SecretStatus::kStaged);
}

TEST(Stage, TwoGenerationsInASlotAreKeptApart) {
  auto world = world_with(marketing_cloud_policy());
  world.pass(minutes{5} - kMoment);
  const auto error = world.refusal(stage_in(default_slot(), 2));
  EXPECT_EQ(error.code, Code::kTooEarly);
  EXPECT_THAT(error.detail, HasSubstr("stage again at 2026-11-24T12:05:00Z"));
  world.pass(kMoment);
  EXPECT_TRUE(world.run(stage_in(default_slot(), 2)).has_value());
}

TEST(Stage, AnUnknownSlotIsOpenedWherePolicyAllows) {
  auto world = world_with(standard_policy());
  EXPECT_EQ(kinds_of(world.must(stage_in(kExtraSlot, 2))), "SlotOpened SecretIssued");
  EXPECT_EQ(world.secret(SecretId{2}).slot, kExtraSlot);
  EXPECT_EQ(kinds_of(world.must(stage_in(kExtraSlot, 3))), "SecretEnded SecretIssued");
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone);
}

TEST(Stage, AnUnknownSlotIsRefusedUnderMarketingCloud) {
  auto world = world_with(marketing_cloud_policy());
  const auto error = world.refusal(stage_in(kExtraSlot, 2));
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_THAT(error.detail, HasSubstr("slot aB3dE6 of client abcdefgh0123456789ijklmn"));
}

TEST(Stage, ASlotThatIsOpenKeepsItsWayOnWhenPolicyTurnsStrict) {
  auto world = world_with(standard_policy());
  world.must(stage_in(kExtraSlot, 2));
  world.policy.allows_extra_slots = false;
  EXPECT_TRUE(world.run(stage_in(kExtraSlot, 3)).has_value());
}

TEST(Stage, ThereAreAtMostSixtyFourSlots) {
  auto world = world_with(standard_policy());
  for (int i = 1; i < 64; ++i) world.stage(SlotTag{fmt::format("Slot{:02}", i)});
  EXPECT_EQ(world.refusal(stage_in(kExtraSlot, 900)).code, Code::kLimitReached);
}

TEST(Stage, PastTheLiveLimitTheRefusalSaysWhenAPlaceFrees) {
  auto world = world_with(with_settings(standard_policy(), {{"live_limit", "2"}}).value());
  world.stage();
  world.activate();
  const auto error = world.refusal(stage_in(default_slot(), 3));
  EXPECT_EQ(error.code, Code::kLimitReached);
  EXPECT_THAT(error.detail, HasSubstr("has 2 live secrets (sec_1 superseded, sec_2 active)"));
  EXPECT_THAT(error.detail, HasSubstr("a place frees at 2026-12-01T12:00:00Z"));
  world.now = instant("2026-12-01T12:00:00Z");
  EXPECT_EQ(kinds_of(world.must(stage_in(default_slot(), 3))), "SecretEnded SecretIssued");
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kEnded);
}

TEST(Stage, ADisabledPackageMayPrepareItsReturn) {
  auto world = world_with(standard_policy());
  world.must(SetEnabled{false});
  EXPECT_TRUE(world.run(stage_in(default_slot(), 2)).has_value());
}

TEST(Stage, ADeletedPackageIsRefusedAndAnUnknownOneIsNotFound) {
  auto world = world_with(standard_policy());
  world.must(DeletePackage{});
  EXPECT_EQ(world.refusal(stage_in(default_slot(), 2)).code, Code::kRefused);
  World empty;
  EXPECT_EQ(empty.refusal(stage_in(default_slot(), 2)).code, Code::kNotFound);
}

TEST(Stage, AnIdOrAValueThatWasUsedBeforeIsRefused) {
  auto world = world_with(standard_policy());
  EXPECT_EQ(world.refusal(stage_in(default_slot(), 1)).code, Code::kAlreadyExists);
  auto same_value = stage_in(default_slot(), 2);
  same_value.material.fingerprint = fingerprint_of(1);
  EXPECT_EQ(world.refusal(same_value).code, Code::kAlreadyExists);
}

}  // namespace
}  // namespace rekey::credential::testing

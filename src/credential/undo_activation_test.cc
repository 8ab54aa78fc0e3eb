#include <gmock/gmock.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

using ::testing::HasSubstr;

const UndoActivation kUndo{default_slot(), std::nullopt, "the wrong package"};

struct Activated {
  World world;
  SecretId fresh;
};
Activated activated_world(const Policy& policy = standard_policy()) {
  auto world = world_with(policy);
  const auto fresh = world.stage();
  world.activate();
  return {std::move(world), fresh};
}

TEST(UndoActivation, WithinTheOverlapEverythingIsAsBeforeTheActivation) {
  auto world = world_with(standard_policy());
  const auto fresh = world.stage();
  const auto before = world.state.secrets;
  world.activate();
  world.pass(Days{7} - kMoment);
  const auto events = world.must(kUndo);
  EXPECT_EQ(kinds_of(events), "ActivationUndone");
  EXPECT_EQ(body_of<ActivationUndone>(events[0]).reason, "the wrong package");
  EXPECT_EQ(world.state.secrets, before);
  world.pass(Days{30});
  EXPECT_EQ(world.ask_for_token(kFirst), Refusal::kNone) << "its own end counts again";
  EXPECT_EQ(world.ask_for_token(fresh), Refusal::kNone) << "whoever holds it is not refused";
}

TEST(UndoActivation, WhatWasUndoneCanBeActivatedAnew) {
  auto [world, fresh] = activated_world();
  world.must(kUndo);
  world.activate();
  EXPECT_EQ(world.status(fresh), SecretStatus::kActive);
  EXPECT_EQ(world.status(kFirst), SecretStatus::kSuperseded);
  EXPECT_EQ(world.secret(kFirst).overlap_ends_at, world.now + Days{7});
}

TEST(UndoActivation, WhenTheOverlapIsOverItIsRefused) {
  auto [world, fresh] = activated_world();
  world.pass(Days{7});
  const auto refusal = world.refusal(kUndo);
  EXPECT_EQ(refusal.code, Code::kRefused);
  EXPECT_THAT(refusal.detail, HasSubstr("the overlap is over"));
  EXPECT_EQ(world.status(fresh), SecretStatus::kActive);
}

TEST(UndoActivation, WithoutAnOverlapItIsRefused) {
  auto [world, fresh] =
      activated_world(with_settings(standard_policy(), {{"overlap", "0"}}).value());
  EXPECT_EQ(world.refusal(kUndo).code, Code::kRefused);
  EXPECT_EQ(world.status(fresh), SecretStatus::kActive);
}

TEST(UndoActivation, WhenTheOldOneWasRevokedItIsRefused) {
  auto [world, fresh] = activated_world();
  world.must(RevokeSecret{kFirst, "it leaked"});
  EXPECT_EQ(world.refusal(kUndo).code, Code::kRefused);
}

TEST(UndoActivation, AnotherActivationSinceThenIsNotTakenForIt) {
  auto [world, fresh] = activated_world();
  const UndoActivation of_fresh{default_slot(), fresh, "the wrong one"};
  world.stage();
  world.activate();
  const auto refusal = world.refusal(of_fresh);
  EXPECT_EQ(refusal.code, Code::kConflict);
  EXPECT_THAT(refusal.detail, HasSubstr("sec_3 is"));
}

TEST(UndoActivation, AnImportThatBecameActiveSinceThenStays) {
  auto [world, fresh] = activated_world();
  world.must(RevokeSecret{fresh, "a test"});
  const auto imported = SecretId{++world.last_id};
  world.must(ImportSecret{default_slot(), {material(world.last_id), world.now}, ""});
  EXPECT_EQ(world.refusal(kUndo).code, Code::kRefused);
  EXPECT_EQ(world.status(imported), SecretStatus::kActive);
  EXPECT_EQ(world.status(kFirst), SecretStatus::kSuperseded);
}

TEST(UndoActivation, WhatWasStagedSinceThenStandsInTheWay) {
  auto [world, fresh] = activated_world();
  const auto next = world.stage();
  EXPECT_THAT(world.refusal(kUndo).detail, HasSubstr("revoke sec_3 first"));
  world.must(RevokeSecret{next, "in the way"});
  world.must(kUndo);
  EXPECT_EQ(world.status(fresh), SecretStatus::kStaged);
}

TEST(UndoActivation, NeedsAReason) {
  auto [world, fresh] = activated_world();
  EXPECT_EQ(world.refusal(UndoActivation{default_slot(), fresh, ""}).code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::credential::testing

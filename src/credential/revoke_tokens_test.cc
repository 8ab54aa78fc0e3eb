#include <gmock/gmock.h>

#include "credential/lifecycle_test_support.h"

namespace rekey::credential::testing {
namespace {

using ::testing::HasSubstr;

TEST(RevokeTokens, OfAnIntegrationSaysUntilWhenAndEndsNoSecret) {
  auto world = world_with(standard_policy());
  const auto fresh = world.stage();
  const auto secrets = world.state.secrets;
  world.pass(Days{1});
  const auto events = world.must(RevokeTokens{std::nullopt, "a log was copied"});
  EXPECT_EQ(kinds_of(events), "TokensRevoked");
  EXPECT_EQ(body_of<TokensRevoked>(events[0]).reason, "a log was copied");
  EXPECT_EQ(world.state.tokens_revoked_at, world.now);
  EXPECT_EQ(world.state.secrets, secrets);
  EXPECT_EQ(world.ask_for_token(fresh), Refusal::kNone);
}

TEST(RevokeTokens, OfASecretLeavesThoseOfTheOthersAlone) {
  auto world = world_with(standard_policy());
  const auto fresh = world.stage();
  world.must(RevokeTokens{kFirst, "a log was copied"});
  EXPECT_EQ(world.secret(kFirst).tokens_revoked_at, world.now);
  EXPECT_EQ(world.secret(fresh).tokens_revoked_at, std::nullopt);
  EXPECT_EQ(world.state.tokens_revoked_at, std::nullopt);
}

TEST(RevokeTokens, OfASecretThatHasEndedWorksAsWell) {
  auto world = world_with(standard_policy());
  world.must(RevokeSecret{kFirst, "lost"});
  world.must(RevokeTokens{kFirst, "its tokens too"});
  EXPECT_EQ(world.secret(kFirst).tokens_revoked_at, world.now);
}

TEST(RevokeTokens, AsksForAReasonAndASecretThatIsThere) {
  auto world = world_with(standard_policy());
  EXPECT_EQ(world.refusal(RevokeTokens{std::nullopt, ""}).code, Code::kInvalidArgument);
  const auto error = world.refusal(RevokeTokens{SecretId{9}, "x"});
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.detail, HasSubstr("sec_9"));
}

}  // namespace
}  // namespace rekey::credential::testing

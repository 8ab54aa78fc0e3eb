#include "rotation/inventory/seen_as.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

SeenAs network(const std::string& text) {
  SeenAs pattern;
  pattern.network = text;
  return pattern;
}
SeenAs agent(const std::string& text) {
  SeenAs pattern;
  pattern.user_agent = text;
  return pattern;
}
SeenAs slot(const std::string& text) {
  SeenAs pattern;
  pattern.slot = text;
  return pattern;
}
const Caller kShop{"10.1.2.3", "shop/2.1", "-", false};

TEST(SeenAs, ANetworkMatchesTheAddressesAndBlocksInsideIt) {
  EXPECT_TRUE(matches(network("10.1.0.0/16"), kShop));
  EXPECT_TRUE(matches(network("10.1.2.3"), kShop));
  EXPECT_FALSE(matches(network("10.2.0.0/16"), kShop));
  EXPECT_TRUE(matches(network("10.0.0.0/8"), {"10.1.2.0/24", "", "-", false}));
  EXPECT_FALSE(matches(network("10.1.2.3"), {"10.1.2.0/24", "", "-", false}));
}

TEST(SeenAs, AUserAgentMatchesExactlyOrByItsBeginning) {
  EXPECT_TRUE(matches(agent("shop/2.1"), kShop));
  EXPECT_TRUE(matches(agent("shop/*"), kShop));
  EXPECT_FALSE(matches(agent("shop/2"), kShop));
}

TEST(SeenAs, EveryConditionHasToHold) {
  SeenAs both = agent("shop/*");
  both.slot = "abc123";
  EXPECT_FALSE(matches(both, kShop));
  EXPECT_TRUE(matches(slot("-"), kShop));
}

TEST(SeenAs, TheLumpedRowMatchesNoConsumer) {
  EXPECT_FALSE(matches(slot("-"), {"", "", "-", true}));
}

TEST(SeenAs, PatternsOverlapWhereOneCallerCouldMatchBoth) {
  EXPECT_TRUE(can_overlap(agent("shop/*"), agent("shop/2.1")));
  EXPECT_TRUE(can_overlap(agent("shop/*"), agent("sh*")));
  EXPECT_FALSE(can_overlap(agent("shop/*"), agent("crm/*")));
  EXPECT_TRUE(can_overlap(network("10.0.0.0/8"), network("10.1.0.0/16")));
  EXPECT_FALSE(can_overlap(network("10.1.0.0/16"), network("10.2.0.0/16")));
  EXPECT_TRUE(can_overlap(network("10.0.0.0/8"), agent("shop/*")));
  EXPECT_FALSE(can_overlap(slot("abc123"), slot("-")));
}

TEST(SeenAs, APatternThatSaysNothingIsRefused) {
  EXPECT_FALSE(check(SeenAs{}));
  EXPECT_FALSE(check(agent("*")));
  EXPECT_FALSE(check(network("10.1.0.0/99")));
  EXPECT_FALSE(check(network("shop.example")));
  EXPECT_TRUE(check(network("2001:db8::/32")));
}

}  // namespace
}  // namespace rekey::rotation

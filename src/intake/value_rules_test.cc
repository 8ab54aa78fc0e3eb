#include "intake/value_rules.h"

#include <gtest/gtest.h>

namespace rekey::intake {
namespace {

const ValueRules kRules{.least_characters = 2,
                        .most_characters = 3,
                        .characters = "abc_",
                        .characters_words = "a, b, c and _"};

TEST(ValueRules, AValueOfTheRightLengthAndCharactersFits) {
  EXPECT_TRUE(check_value(kRules, base::Secret("a_")).has_value());
  EXPECT_TRUE(check_value(kRules, base::Secret("abc")).has_value());
}

TEST(ValueRules, AWrongLengthIsToldWithTheRightOne) {
  for (const char* value : {"", "a", "abca"}) {
    const auto status = check_value(kRules, base::Secret(value));
    ASSERT_FALSE(status.has_value()) << value;
    EXPECT_NE(status.error().detail.find("2 to 3 characters"), std::string::npos);
  }
}

TEST(ValueRules, AForeignCharacterIsToldAndTheValueIsNotRepeated) {
  const auto status = check_value(kRules, base::Secret("zz"));
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().detail.find("a, b, c and _ only"), std::string::npos);
  EXPECT_EQ(status.error().detail.find("zz"), std::string::npos);
}

TEST(ValueRules, OneLengthIsSaidAsOne) {
  auto rules = kRules;
  rules.least_characters = rules.most_characters = 64;
  EXPECT_EQ(describe(rules), "64 characters: a, b, c and _");
}

}  // namespace
}  // namespace rekey::intake

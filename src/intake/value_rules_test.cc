#include "intake/value_rules.h"

#include <gtest/gtest.h>

namespace rekey::intake {
namespace {

constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

TEST(ValueRules, AreSaidInOneLine) {
  EXPECT_EQ(describe({.lengths = {64}, .characters = std::string("_-0123456789") + kLetters}),
            "64 characters: letters, digits, - and _");
  EXPECT_EQ(describe({.lengths = {24, 64}, .characters = kLetters}),
            "24 or 64 characters: letters");
}

TEST(ValueRules, APartOfTheAlphabetIsNotCalledLetters) {
  EXPECT_EQ(describe_characters("abcdefghijklmnopqrstuvwxyz0123456789"),
            "small letters and digits");
  EXPECT_EQ(describe_characters("cabb"), "a, b and c");
  EXPECT_EQ(describe_characters("x"), "x");
}

}  // namespace
}  // namespace rekey::intake

#include "rotation/machine/damage.h"

#include <gtest/gtest.h>

#include <string>

namespace rekey::rotation {
namespace {

constexpr std::string_view kWritten = "canary-Kx7Qw2Zt9Lm4Np8Rv3Bc6Df1";

TEST(Damage, WhatAStoreMakesOfAValueIsACopyOfIt) {
  const std::string whole(kWritten);
  for (const std::string& found :
       {std::string(), std::string(" \n"), whole.substr(0, whole.size() - 1), whole.substr(0, 8),
        whole.substr(3), whole + "\n", "\"" + whole + "\"", "SECRET=" + whole,
        std::string("CANARY-KX7QW2ZT9LM4NP8RV3BC6DF1"),
        std::string("Y2FuYXJ5LUt4N1F3Mlp0OUxtNE5wOFJ2M0JjNkRmMQ==")}) {
    EXPECT_TRUE(is_damaged_copy(found, kWritten)) << found;
  }
}

TEST(Damage, WhatSomebodyElsePutThereIsNot) {
  for (const std::string_view found :
       {kWritten, std::string_view("CHANGEME"), std::string_view("canary-"),
        std::string_view("canary-Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8"),
        std::string_view("vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX")}) {
    EXPECT_FALSE(is_damaged_copy(found, kWritten)) << found;
  }
}

TEST(Damage, AVeryShortValueIsNobodysCopy) {
  EXPECT_FALSE(is_damaged_copy("abc", "abcd"));
  EXPECT_FALSE(is_damaged_copy("abcd-x", "abcd"));
}

}  // namespace
}  // namespace rekey::rotation

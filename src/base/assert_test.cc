#include "base/assert.h"

#include <gtest/gtest.h>

namespace rekey::base {
namespace {

TEST(AssertTest, GoesOnWhereTheInvariantHolds) {
  int evaluated = 0;
  REKEY_ASSERT(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(AssertDeathTest, EndsTheProcessAndSaysWhichInvariantBroke) {
  EXPECT_DEATH(REKEY_ASSERT(1 + 1 == 3),
               R"(rekey: broken invariant: 1 \+ 1 == 3 \(.*assert_test\.cc:[0-9]+\))");
}

}  // namespace
}  // namespace rekey::base

#include "base/id.h"

#include <gtest/gtest.h>

#include <concepts>
#include <map>
#include <string>
#include <unordered_set>

namespace rekey::base {
namespace {

using AppleId = NumberId<struct AppleTag>;
using PearId = NumberId<struct PearTag>;
using AppleName = TextId<struct AppleNameTag>;
using PearName = TextId<struct PearNameTag>;

static_assert(!std::equality_comparable_with<AppleId, PearId>);
static_assert(!std::convertible_to<AppleId, PearId>);
static_assert(!std::convertible_to<std::int64_t, AppleId>);
static_assert(!std::convertible_to<AppleId, std::int64_t>);
static_assert(!std::equality_comparable_with<AppleName, PearName>);
static_assert(!std::convertible_to<std::string, AppleName>);

TEST(IdTest, NumbersOrderAsNumbersAndZeroMeansNone) {
  EXPECT_EQ(AppleId{}, AppleId{0});
  EXPECT_LT(AppleId{9}, AppleId{10});
}

TEST(IdTest, CanBeKeysOfAnyMap) {
  const std::unordered_set<AppleId> numbers{AppleId{1}, AppleId{2}, AppleId{1}};
  EXPECT_EQ(numbers.size(), 2u);
  const std::unordered_set<AppleName> names{AppleName{"a"}, AppleName{"b"}, AppleName{"a"}};
  EXPECT_EQ(names.size(), 2u);
  const std::map<AppleName, int> ordered{{AppleName{"b"}, 2}, {AppleName{"a"}, 1}};
  EXPECT_EQ(ordered.begin()->second, 1);
}

}  // namespace
}  // namespace rekey::base

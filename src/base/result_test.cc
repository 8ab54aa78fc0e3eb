#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace rekey::base {
namespace {

constexpr Code kAllCodes[] = {
    Code::kInvalidArgument, Code::kNotFound,        Code::kAlreadyExists,
    Code::kConflict,        Code::kTooEarly,        Code::kLimitReached,
    Code::kRefused,         Code::kUnauthenticated, Code::kForbidden,
    Code::kExpired,         Code::kUnsupported,     Code::kUnavailable,
    Code::kTimeout,         Code::kCorrupt,         Code::kIo,
    Code::kInternal,
};

TEST(CodeTest, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Code code : kAllCodes) names.insert(name_of(code));
  EXPECT_EQ(names.size(), std::size(kAllCodes));
  EXPECT_EQ(name_of(Code::kInvalidArgument), "invalid_argument");
}

TEST(CodeTest, OnlyWhatMayPassByItselfIsRetryable) {
  for (const Code code : kAllCodes) {
    const bool passes =
        code == Code::kConflict || code == Code::kUnavailable || code == Code::kTimeout;
    EXPECT_EQ(is_retryable(code), passes) << name_of(code);
  }
}

TEST(ErrorTest, ContextStandsBeforeTheDetailAndKeepsTheCode) {
  const auto error = with_context("reading /x", Error{Code::kIo, "permission denied"});
  EXPECT_EQ(error.code, Code::kIo);
  EXPECT_EQ(error.detail, "reading /x: permission denied");
}

Result<std::unique_ptr<int>> boxed(int number) {
  if (number < 0) return fail(Code::kInvalidArgument, "negative");
  return std::make_unique<int>(number);
}

Status check_small(int number) {
  if (number > 9) return fail(Code::kLimitReached, "too large");
  return {};
}

Result<int> sum_of_small(int a, int b) {
  REKEY_TRY(const auto first, boxed(a));
  REKEY_TRY(const auto second, boxed(b));
  REKEY_CHECK(check_small(*first));
  REKEY_CHECK(check_small(*second));
  return *first + *second;
}

TEST(ResultTest, TryTakesTheValueAlsoWhereItOnlyMoves) {
  EXPECT_EQ(sum_of_small(2, 3).value(), 5);
}

TEST(ResultTest, TryPassesTheFirstErrorUp) {
  EXPECT_EQ(sum_of_small(-1, 3).error().detail, "negative");
  EXPECT_EQ(sum_of_small(2, -1).error().code, Code::kInvalidArgument);
}

TEST(ResultTest, CheckPassesAnErrorUp) {
  EXPECT_EQ(sum_of_small(10, 3).error().code, Code::kLimitReached);
  EXPECT_EQ(sum_of_small(3, 10).error().detail, "too large");
}

}  // namespace
}  // namespace rekey::base

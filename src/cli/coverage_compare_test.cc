// What two scans of the same roots could not read, told once.
#include "cli/coverage_compare.h"

#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

using discovery::Certificate;
using discovery::Problem;
using discovery::Unread;

Certificate with(std::vector<Problem> problems) {
  Certificate one;
  for (const Problem& problem : problems) ++one.unread[problem.reason];
  one.problems = std::move(problems);
  return one;
}

TEST(WithProblemsOf, CountsWhatEitherHasMetOnce) {
  const Certificate values =
      with({{Unread::kBroken, "a.zip", "damaged"}, {Unread::kLimit, "a secret", "no window"}});
  const Certificate shapes = with({{Unread::kBroken, "a.zip", "damaged"},
                                   {Unread::kBroken, "b.txt", "damaged"},
                                   {Unread::kLimit, "c.txt", "too many layers"}});
  const Certificate both = with_problems_of(values, shapes);
  EXPECT_EQ(both.problems.size(), 4u);
  EXPECT_EQ(both.unread.at(Unread::kBroken), 2u);
  EXPECT_EQ(both.unread.at(Unread::kLimit), 2u);
  EXPECT_FALSE(both.is_complete());
}

TEST(WithProblemsOf, ACountThatNoListCanHoldStays) {
  Certificate values = with({{Unread::kBroken, "a.zip", "damaged"}});
  values.unread[Unread::kBroken] = 900;
  EXPECT_EQ(with_problems_of(values, with({{Unread::kBroken, "b.zip", "damaged"}}))
                .unread.at(Unread::kBroken),
            900u);
}

TEST(WithProblemsOf, WhatWasReadIsWhatTheFirstSays) {
  Certificate values;
  values.files_read = 7;
  Certificate shapes;
  shapes.files_read = 8;
  const Certificate both = with_problems_of(values, shapes);
  EXPECT_EQ(both.files_read, 7u);
  EXPECT_TRUE(both.is_complete());
}

}  // namespace
}  // namespace rekey::cli

#include "discovery/coverage.h"

#include <gtest/gtest.h>

namespace rekey::discovery {
namespace {

TEST(Coverage, AProblemIsToldOnce) {
  Coverage coverage;
  coverage.problem(Unread::kBroken, "b", "first");
  coverage.problem(Unread::kBroken, "b", "again");
  coverage.problem(Unread::kLimit, "b", "another");
  coverage.problem(Unread::kBroken, "a", "first");
  const Certificate certificate = coverage.certificate();
  EXPECT_FALSE(certificate.is_complete());
  EXPECT_EQ(certificate.unread.at(Unread::kBroken), 2U);
  ASSERT_EQ(certificate.problems.size(), 3U);
  EXPECT_EQ(certificate.problems[0], (Problem{Unread::kBroken, "a", "first"}));
  EXPECT_EQ(certificate.problems[1], (Problem{Unread::kBroken, "b", "first"}));
}

TEST(Coverage, ListsAreBoundedAndCountsAreNot) {
  Coverage coverage;
  for (int i = 0; i < 1000; ++i) {
    coverage.problem(Unread::kUnreadable, "x" + std::to_string(i), "no");
    coverage.leave_out(LeftOut::kIgnored, std::to_string(999 - i));
  }
  const Certificate certificate = coverage.certificate();
  EXPECT_EQ(certificate.unread.at(Unread::kUnreadable), 1000U);
  EXPECT_EQ(certificate.problems.size(), Coverage::kProblemsKept);
  EXPECT_EQ(certificate.left_out.at(LeftOut::kIgnored), 1000U);
  // The first in order, whichever came first.
  EXPECT_EQ(certificate.left_out_examples.at(LeftOut::kIgnored),
            (std::vector<std::string>{"0", "1", "10", "100", "101"}));
}

TEST(Coverage, WhatARuleLeavesOutIsNoProblem) {
  Coverage coverage;
  coverage.leave_out(LeftOut::kLink, "a");
  EXPECT_TRUE(coverage.certificate().is_complete());
}

}  // namespace
}  // namespace rekey::discovery

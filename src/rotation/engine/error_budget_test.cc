#include "rotation/engine/error_budget.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

const base::Result<Outcome> kClosed = Outcome{Ending::kClosed, "run-1", "retired", false};
const base::Result<Outcome> kWaits = Outcome{Ending::kParked, "run-1", "approve it", true};
const base::Result<Outcome> kStopped = Outcome{Ending::kParked, "run-1", "no evidence", false};
const base::Result<Outcome> kForbidden = base::fail(base::Code::kRefused, "a file is missing");
const base::Result<Outcome> kTaken = base::fail(base::Code::kConflict, "at work elsewhere");
const base::Result<Outcome> kFailed = base::fail(base::Code::kUnavailable, "nobody answers");

void note(ErrorBudget& budget, const base::Result<Outcome>& ended, int times) {
  for (int i = 0; i < times; ++i) budget.note(ended);
}

TEST(ErrorBudget, AfterTooManyStopsInARowNoOtherIsBegun) {
  ErrorBudget budget;
  note(budget, kStopped, kStopsInARow - 1);
  EXPECT_TRUE(budget.try_begin());
  budget.note(kFailed);
  EXPECT_FALSE(budget.try_begin());
  EXPECT_NE(budget.why_not().find("nobody answers"), std::string::npos) << budget.why_not();
}

TEST(ErrorBudget, OneThatClosesOrWaitsForAPersonShowsThatAllIsWell) {
  for (const base::Result<Outcome>& good : {kClosed, kWaits}) {
    ErrorBudget budget;
    note(budget, kFailed, kStopsInARow - 1);
    budget.note(good);
    note(budget, kFailed, kStopsInARow - 1);
    EXPECT_TRUE(budget.try_begin());
    note(budget, kFailed, 1);
    EXPECT_FALSE(budget.try_begin());
    budget.note(good);
    EXPECT_TRUE(budget.try_begin());
  }
}

TEST(ErrorBudget, APlanThatIsRefusedSaysNothingOfTheOthers) {
  ErrorBudget budget;
  note(budget, kForbidden, 3 * kStopsInARow);
  EXPECT_TRUE(budget.try_begin());
  note(budget, kFailed, kStopsInARow);
  budget.note(kForbidden);
  EXPECT_FALSE(budget.try_begin());
}

TEST(ErrorBudget, WhatAnotherProcessWorksOnSaysNothingOfTheOthers) {
  ErrorBudget budget;
  note(budget, kFailed, kStopsInARow - 1);
  note(budget, kTaken, 3 * kStopsInARow);
  EXPECT_TRUE(budget.try_begin());
  budget.note(kFailed);
  EXPECT_FALSE(budget.try_begin()) << "nor is it a sign that all is well";
}

TEST(ErrorBudget, OneMoreMayTryAloneAndItsStopIsEnough) {
  ErrorBudget budget;
  note(budget, kFailed, 3 * kStopsInARow);
  budget.allow_one();
  EXPECT_TRUE(budget.try_begin());
  EXPECT_FALSE(budget.try_begin()) << "none beside it";
  budget.allow_one();
  EXPECT_FALSE(budget.try_begin()) << "it is still out";
  budget.note(kFailed);
  EXPECT_FALSE(budget.try_begin());
  budget.allow_one();
  EXPECT_TRUE(budget.try_begin());
  budget.note(kClosed);
  EXPECT_TRUE(budget.try_begin() && budget.try_begin());
}

}  // namespace
}  // namespace rekey::rotation

// One step of one member, inside the transaction that also keeps that it was done.
#pragma once

#include <string>

#include "base/result.h"
#include "engagement/call.h"
#include "engagement/journeys/member.h"
#include "engagement/journeys/plan.h"
#include "storage/sqlite.h"

namespace rekey::engagement::journeys {

struct StepWork {
  storage::Connection& tables;
  const Tools& tools;
  base::Instant now;
  const Plan& plan;
  const std::vector<contacts::Attribute>& attributes;  // of the member's contact
};

struct StepEnd {
  std::string next;     // a step's key; empty: the journey is over
  std::string problem;  // why it could not be done; the member leaves
};
// Of any kind but a wait.
[[nodiscard]] base::Result<StepEnd> run_step(StepWork& work, const Member& member,
                                             const Step& step);

// When the wait that the member has just begun is over; kInvalidArgument where it waits for what is
// no date.
[[nodiscard]] base::Result<base::Instant> end_of_wait(const StepWork& work, const Member& member,
                                                      const Step& step);

}  // namespace rekey::engagement::journeys

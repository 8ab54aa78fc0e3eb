// What a plan learns from usage: who else asks for tokens, and how often each consumer does.
#pragma once

#include "base/time.h"
#include "rotation/machine/evidence.h"
#include "rotation/plan/plan.h"

namespace rekey::rotation {

// With what the inventory's own sources tell. One that cannot be read is a problem of the plan.
[[nodiscard]] UsageReport with_declared_sources(Plan& plan, const PlanRequest& request,
                                                UsageReport issuers);

// Callers of those secrets that no consumer claims and no waiver lets go.
[[nodiscard]] std::vector<UnknownUse> unclaimed_use(const Inventory& inventory,
                                                    const std::vector<std::string>& outgoing,
                                                    const UsageReport& usage);

// Warns of callers that no consumer claims, and of clocks that differ.
void warn_about_usage(Plan& plan, const PlanRequest& request, const UsageReport& usage);

// Fills in the rhythm of each planned consumer, and gives the inventory with the intervals that
// count in place of those that are declared. `token_life`: 0 where nobody told it.
[[nodiscard]] Inventory find_rhythms(Plan& plan, const PlanRequest& request,
                                     const UsageReport& usage, base::Duration token_life);

}  // namespace rekey::rotation

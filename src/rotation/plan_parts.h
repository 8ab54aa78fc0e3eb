// What plan.cc asks of plan_steps.cc.
#pragma once

#include <optional>

#include "rotation/plan.h"

namespace rekey::rotation {

// Puts the steps of a new run into the plan, and their worst case.
void list_steps(Plan& plan, const Inventory& inventory,
                const std::optional<base::Duration>& overlap, base::Instant now);

}  // namespace rekey::rotation

// What a plan learns from a search of the declared roots: places that hold the secret and that no
// consumer covers. Whoever reads the secret there would be cut off.
#pragma once

#include <string>

#include "rotation/plan/plan.h"

namespace rekey::rotation {

// Nothing where no roots are declared, or nobody is there to search. An uncovered place is a
// problem, or a warning where nothing is accepted any more; what could not be read is a warning.
void search_roots(Plan& plan, const PlanRequest& request);

// In a sentence: what was searched, and what came of it.
[[nodiscard]] std::string describe_search(const Plan& plan);

}  // namespace rekey::rotation

// An inventory that was edited while its run is open: who joins, what may change, what may not.
//
// Pure. A consumer that was left out joins the open run, or, where the old secret has ended, is
// none of it: nothing of the run can harm it any more. How one is reloaded and recognised may be
// mended; one that is part of the run can neither vanish nor move to another sink.
#pragma once

#include <string>
#include <vector>

#include "rotation/inventory.h"
#include "rotation/machine.h"

namespace rekey::rotation {

struct Reconciliation {
  std::vector<Consumer> joining;
  std::vector<Consumer> amended;
  // What they are now, where that is not what the run knows.
  std::optional<std::vector<PlannedWorkflow>> workflows{};
  std::optional<RunRules> rules{};    // the same
  std::vector<std::string> left_out;  // names of those who come into the next run
  std::vector<std::string> problems;  // the run cannot go on while there is one
};

[[nodiscard]] Reconciliation reconcile(const RunState& state, const Inventory& inventory);
// A sentence for each that is left out.
[[nodiscard]] std::vector<std::string> describe_left_out(const Reconciliation& changes,
                                                         const RunState& state);
// What the plan will be once these changes are taken in: its digest, its rules.
[[nodiscard]] RunState with_changes(RunState state, const Reconciliation& changes,
                                    base::Instant now);

}  // namespace rekey::rotation

// An inventory that was edited while its run is open: who joins, what may change, what may not.
//
// Pure. A consumer that was left out joins the open run, or, where the old secret has ended, is
// none of it: nothing of the run can harm it any more. How one is reloaded and recognised may be
// mended; one that is part of the run can neither vanish nor move to another sink.
#pragma once

#include <string>
#include <vector>

#include "rotation/inventory/inventory.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

struct Reconciliation {
  std::vector<Consumer> joining;
  std::vector<Consumer> amended;
  // What they are now, where that is not what the run knows.
  std::optional<std::vector<PlannedWorkflow>> workflows{};
  std::optional<RunRules> rules{};    // the same
  std::vector<std::string> left_out;  // names of those who come into the next run
  std::vector<std::string> kept{};    // as kept_rules() has it
  std::vector<std::string> problems;  // the run cannot go on while there is one
};

// Ok where the inventory names the issuer, at the address, that the run began with, or the journal
// is one of before that was kept. Another one would know none of the run's secrets, and whoever
// asks it would take each for dead.
[[nodiscard]] base::Status check_issuer(const RunState& state, const Inventory& inventory);
// What the inventory asks less of than the run does: a sentence each, of which number and whose
// names the run keeps. Approvals may rise in an open run and not fall.
[[nodiscard]] std::vector<std::string> kept_rules(const RunState& state,
                                                  const Inventory& inventory);

[[nodiscard]] Reconciliation reconcile(const RunState& state, const Inventory& inventory);
// A sentence for each that is left out.
[[nodiscard]] std::vector<std::string> describe_left_out(const Reconciliation& changes,
                                                         const RunState& state);
// What the plan will be once these changes are taken in: its digest, its rules.
[[nodiscard]] RunState with_changes(RunState state, const Reconciliation& changes,
                                    base::Instant now);

}  // namespace rekey::rotation

// A run in words: where it stands, what it waits for, what would unblock it, what happens next, and
// what is still possible. Pure: a function of the run's state, the time, and two facts from
// outside.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "rotation/engine/task.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// What the run's own journal does not say.
struct Surroundings {
  base::Instant now{};
  bool is_worked_on = false;                      // an engine holds its journal
  std::optional<base::Instant> old_expires_at{};  // by the inventory
};

// Sentences without a full stop at their end. Those that have nothing to say are empty: of a run
// that is over, all but the first, the old secret's and the workflows'.
struct Explanation {
  std::string stands;      // where it stands
  std::string waits_for;   // for what, or for whom
  std::string unblocks;    // what would bring it on; empty where an engine does
  std::string next;        // what happens then, and what is left after it
  std::string old_secret;  // whether it still works, and until when
  std::string giving_up;   // what `rekey run abort` would do now
  std::string workflows;   // those that failed before the rotation; also of a run that is over
};

[[nodiscard]] Explanation explain(const RunState& state, const Surroundings& around);

// What somebody has to do for a run that stands still, with the command.
[[nodiscard]] std::string how_to_go_on(const RunState& state, base::Instant now);
// As long as it is not activated, the old one; then the overlap; "has ended" and its proofs.
[[nodiscard]] std::string describe_old_secret(const RunState& state, const Surroundings& around);

}  // namespace rekey::rotation

// Places that do not hold what the run left there: what it says of them, and what is next.
// Pure. RunState::drifts is emptied when the run is started again: then each place is written anew.
// Where the old secret has ended, a place that holds it again is written anew at once, the first
// time.
#pragma once

#include <optional>
#include <string>

#include "rotation/machine/machine.h"

namespace rekey::rotation {

// The next thing to do about them; nullopt where there are none, or nothing is to be done here.
[[nodiscard]] std::optional<Action> next_for_drifts(const RunState& state);
[[nodiscard]] std::string describe_drifts(const RunState& state);
// apply()'s part.
void note_drift(RunState& state, const SinkDrifted& event);
// True where that restoring was of a drifted place, and the rest of it is done.
[[nodiscard]] bool note_drift_restored(RunState& state, const SinkRestored& event);

}  // namespace rekey::rotation

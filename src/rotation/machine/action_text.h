// In words: what a run does next, how far a consumer has come, and what is left. Pure.
#pragma once

#include <string>

#include "rotation/machine/machine.h"

namespace rekey::rotation {

// A sentence without a full stop; empty for Stop alone.
[[nodiscard]] std::string say_action(const RunState& state, const Action& action);
// "its sink is written and not read back yet".
[[nodiscard]] std::string say_step(ConsumerStep step);
// The stages that are left after the one under way, in the order of this run: "Still to come: …".
[[nodiscard]] std::string what_is_left(const RunState& state);

}  // namespace rekey::rotation

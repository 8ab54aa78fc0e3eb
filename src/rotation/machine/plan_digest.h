// The name of a plan: whoever approves a rotation approves this one. Pure.
//
// It follows from all that the run is to do and to whom: credential, order, what ends, whose
// approval is needed, the window, waves, consumers and their sinks, and whom it asks: the issuer
// and its settings, the probe, the proof, what tells usage. It does not depend on who
// begins the run, when, or what the sinks hold: what `rekey plan` shows is what the run then has.
#pragma once

#include <string>
#include <vector>

#include "rotation/machine/events.h"

namespace rekey::rotation {

// 16 hexadecimal digits of a SHA-256.
[[nodiscard]] std::string plan_digest(RunPlanned plan, const std::vector<Consumer>& consumers);

}  // namespace rekey::rotation

// The people around a run: they mend what somebody else changed, fill in forms, restart what only
// they can restart, attest what they have seen, answer for what cannot be mended, and approve.
#pragma once

#include "simulation/world.h"

namespace rekey::simulation {

// Somebody comes to a run that has stopped, and does whatever can be done for it.
void help(World& world);

}  // namespace rekey::simulation

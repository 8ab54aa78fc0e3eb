// What is so when a run was given up after the old secret had ended: nothing that the run knows is
// accepted, and somebody else's secret may be.
#pragma once

#include <string>

#include "rotation/drivers/drivers.h"
#include "rotation/drivers/issuer.h"
#include "rotation/drivers/probe.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// Asks the issuer what is accepted in the slot and, where anything is, presents what each sink
// holds. What cannot be asked is said to be unknown.
[[nodiscard]] std::string describe_given_up_without_old(const RunState& state, IssuerReader& issuer,
                                                        Probe& probe, ReaderDrivers& drivers);

}  // namespace rekey::rotation

// What is so when a run was given up: after the old secret had ended, nothing that the run knows is
// accepted, and somebody else's secret may be; places may hold what nobody accepts.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "rotation/drivers/drivers.h"
#include "rotation/drivers/issuer.h"
#include "rotation/drivers/probe.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// Asks the issuer what is accepted in the slot and, where anything is, presents what each sink
// holds. What cannot be asked is said to be unknown.
[[nodiscard]] std::string describe_given_up_without_old(const RunState& state, IssuerReader& issuer,
                                                        Probe& probe, ReaderDrivers& drivers);
// What whoever gave it up has to see to beside that: sentences, each after ". "; empty: nothing.
[[nodiscard]] std::string describe_rest_of_given_up(const RunState& state);

// ActiveSecretEnded, where the issuer does not accept the secret any more that the run has
// activated, and the run does not know it: then it can be given up though there is no way back.
[[nodiscard]] base::Result<std::optional<EventBody>> ask_for_active_end(const RunState& state,
                                                                        RunJournal& journal,
                                                                        IssuerReader& issuer,
                                                                        base::Instant now);

}  // namespace rekey::rotation

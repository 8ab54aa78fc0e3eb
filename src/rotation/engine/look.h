// A look at what people did elsewhere, at a run that stands still.
#pragma once

#include <optional>

#include "base/result.h"
#include "rotation/engine/engine.h"
#include "rotation/plan/facts.h"

namespace rekey::rotation {

// Where the integration's open run is parked or was interrupted (kInterruptedAfter), also on its
// way back, and nobody else has its journal: asks the issuer what became of the secrets; one that
// can only be asked by presenting values, where the run's secret is staged, is presented what the
// run knows, once each. At an issuer with an API it is written down where the old one, the staged
// one or the active one has ended, or somebody activated, and nothing else is done. Where people
// act, and the staged one is gone, an old one has ended, or somebody has to mend something that the
// run does not say yet, the run goes on, records what it finds, and stops where it needs a person
// again. What a person parked is looked at and stays parked by that one: what was found is written
// down, and there nothing goes on either. Each is that outcome. nullopt where everything stands as
// it stood, or there is nothing to look at. `parts` has no administrator. kUnavailable where nobody
// can be asked now; an issuer of `away` is not asked again.
[[nodiscard]] base::Result<std::optional<Outcome>> look_at_waiting_run(const Inventory& inventory,
                                                                       EngineParts& parts,
                                                                       Reporter& reporter,
                                                                       AwayIssuers* away = nullptr);

}  // namespace rekey::rotation

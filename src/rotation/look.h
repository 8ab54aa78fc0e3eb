// A look at what people did elsewhere, at a run that stands still.
#pragma once

#include <optional>

#include "base/result.h"
#include "rotation/engine.h"

namespace rekey::rotation {

// Where the integration's open run is parked or was interrupted (kInterruptedAfter), its issuer can
// only be asked by presenting values, its secret is staged and nobody else has its journal:
// presents the values that it knows, once each. Where an old one has ended, the staged one is gone,
// or a person has to mend something at the issuer that the run does not say yet, the run goes on,
// records what it finds, and stops where it needs a person again: that outcome. nullopt where
// everything stands as it stood, or there is nothing to look at.
// `parts` has no administrator. kUnavailable where nobody can be asked now.
[[nodiscard]] base::Result<std::optional<Outcome>> look_at_waiting_run(const Inventory& inventory,
                                                                       EngineParts& parts,
                                                                       Reporter& reporter);

}  // namespace rekey::rotation

// What a run knows of its integration's secrets, for issuers that tell nothing of them.
#pragma once

#include <string>

#include "base/result.h"
#include "rotation/drivers/issuer.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

// Every old value that was not refused yet, the staged one, and the one before it that was found
// refused. `journal` outlives it. An error
// means that a sealed value cannot be opened.
[[nodiscard]] base::Result<Memory> memory_of(RunJournal& journal, const std::string& run_id,
                                             const RunState& state);

}  // namespace rekey::rotation

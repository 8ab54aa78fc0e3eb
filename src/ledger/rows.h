// Reads that several files of ledger/ share, and no other room.
#pragma once

#include <optional>

#include "ledger/ledger.h"

namespace rekey::ledger {

// From the columns number, position, at, digest, signature; nullopt where a size does not fit.
[[nodiscard]] std::optional<Checkpoint> checkpoint_from(const storage::Statement& row);

}  // namespace rekey::ledger

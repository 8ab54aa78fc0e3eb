// The tables of the guarded API: docs/engagement.md describes them. Families that came later number
// their own.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::engagement::tables {

// Brings the database to this program's version.
[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);

}  // namespace rekey::engagement::tables

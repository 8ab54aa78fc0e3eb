// The authority's tables (component "authority"); docs/data-folder.md says what each is for.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

// Creates the tables or brings them to this program's version. kUnsupported for a newer file.
[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);
// For who reads alone and may not bring them there: kUnsupported for another version than that.
[[nodiscard]] base::Status check_schema(storage::Connection& connection);

}  // namespace rekey::authority::tables

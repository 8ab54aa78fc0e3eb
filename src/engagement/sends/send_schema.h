// The tables of sends: docs/engagement.md describes them.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);

}  // namespace rekey::engagement::sends

// The tables of journeys: what starts them, what they are, who is in them, and what happened.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::engagement::journeys {

[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);

}  // namespace rekey::engagement::journeys

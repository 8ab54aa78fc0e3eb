// The sends that tracking events belong to: each, told by its key within its business unit, gets a
// number of its own (SendID) with its first event, whoever writes that.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::engagement::soap {

// Brings the table tracking_send to this program's version. The table tracking_events must be
// there.
[[nodiscard]] base::Status prepare_sends_schema(storage::Connection& connection);

}  // namespace rekey::engagement::soap

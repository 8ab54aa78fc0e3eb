// The mails of the seeded shop: an order's confirmation and a welcome.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "engagement/ids.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sandbox {

// Gives how many send definitions there are. kConflict where somebody else made one of these names.
[[nodiscard]] base::Result<std::int64_t> seed_sends(storage::Connection& tables,
                                                    std::int64_t business_unit, const Ids& ids,
                                                    base::Instant now);

}  // namespace rekey::engagement::sandbox

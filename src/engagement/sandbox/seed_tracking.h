// A month of tracking for the seeded shop: every customer was welcomed, every order confirmed, and
// four newsletters went out; some bounced, many were opened, some clicked, a few unsubscribed.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sandbox {

// Over the business unit's seeded contacts ("C-1001", …), which must be there. The events of the
// same sends that are there already are taken out first. Gives the number of events.
[[nodiscard]] base::Result<std::int64_t> seed_tracking(storage::Connection& tables,
                                                       std::int64_t business_unit,
                                                       base::Instant now);

}  // namespace rekey::engagement::sandbox

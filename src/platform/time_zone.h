// Time zones by their names in the system's tz database (RFC 6557), with their summer time.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"

namespace rekey::platform {

// How many minutes the zone's clocks are ahead of UTC at that instant; east is positive. `zone`:
// "Europe/Berlin". kNotFound where the system knows no such zone.
[[nodiscard]] base::Result<int> utc_offset_minutes(const std::string& zone, base::Instant at);

}  // namespace rekey::platform

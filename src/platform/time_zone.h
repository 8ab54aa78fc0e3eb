// Time zones by their names in the system's tz database (RFC 6557), with their summer time.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::platform {

// How many minutes the zone's clocks are ahead of UTC at that instant; east is positive. `zone`:
// "Europe/Berlin". kNotFound where the system knows no such zone.
[[nodiscard]] base::Result<int> utc_offset_minutes(const std::string& zone, base::Instant at);

// From an instant on, until the next one.
struct UtcOffset {
  base::Instant from{};
  int minutes = 0;
};
// Every offset of the zone between the two instants, in their order; the first is from `from` on.
[[nodiscard]] base::Result<std::vector<UtcOffset>> utc_offsets(const std::string& zone,
                                                               base::Instant from,
                                                               base::Instant until);

}  // namespace rekey::platform

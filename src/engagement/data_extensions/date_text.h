// Dates as clients of Marketing Cloud write them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey::engagement::data_extensions {

// "2026-09-01T10:00:00" from ISO 8601 (a date, or date and time with "T" or a space, with or
// without seconds, fraction and zone, which is reckoned into UTC) and from the American form
// ("9/1/2026", "9/1/2026 10:00:00 AM", "9/1/2026 22:00"). nullopt for anything else, and for days
// that no calendar has.
[[nodiscard]] std::optional<std::string> canonical_date(std::string_view text);

}  // namespace rekey::engagement::data_extensions

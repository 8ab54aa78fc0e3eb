#include "platform/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace rekey::platform {

namespace {

using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

tl::unexpected<base::Error> unknown(const std::string& zone) {
  return base::fail(base::Code::kNotFound,
                    fmt::format("the system knows no time zone \"{}\"; write a name of its tz "
                                "database such as \"Europe/Berlin\" (package tzdata)",
                                zone));
}

}  // namespace

// Exceptions are the library's own, and those of files that it cannot read.
base::Result<int> utc_offset_minutes(const std::string& zone, base::Instant at) {
  try {
    const auto info = date::locate_zone(zone)->get_info(floor<seconds>(at));
    return static_cast<int>(floor<minutes>(info.offset).count());
  } catch (const std::exception&) {
    return unknown(zone);
  }
}

base::Result<std::vector<UtcOffset>> utc_offsets(const std::string& zone, base::Instant from,
                                                 base::Instant until) {
  try {
    const date::time_zone* known = date::locate_zone(zone);
    std::vector<UtcOffset> offsets;
    // In seconds: a last offset ends at an instant that milliseconds cannot hold.
    auto at = floor<seconds>(from);
    const auto end = floor<seconds>(until);
    while (at < end) {
      const auto info = known->get_info(at);
      offsets.push_back({base::Instant{at}, static_cast<int>(floor<minutes>(info.offset).count())});
      if (info.end <= at) break;
      at = info.end;
    }
    return offsets;
  } catch (const std::exception&) {
    return unknown(zone);
  }
}

}  // namespace rekey::platform

#include "platform/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace rekey::platform {

base::Result<int> utc_offset_minutes(const std::string& zone, base::Instant at) {
  try {
    const auto info =
        date::locate_zone(zone)->get_info(std::chrono::floor<std::chrono::seconds>(at));
    return static_cast<int>(std::chrono::floor<std::chrono::minutes>(info.offset).count());
  } catch (const std::exception&) {  // the library's own, and those of files that it cannot read
    return base::fail(base::Code::kNotFound,
                      fmt::format("the system knows no time zone \"{}\"; write a name of its tz "
                                  "database such as \"Europe/Berlin\" (package tzdata)",
                                  zone));
  }
}

}  // namespace rekey::platform

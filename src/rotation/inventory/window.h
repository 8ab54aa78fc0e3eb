// A weekly time in which something may be done: "mon-thu 08:00-16:00 Europe/Berlin".
//
// Pure. Days and times are those of the offset from UTC: a fixed one, or, where a time zone is
// named, the one that holds at the instant, as it was told (with_zone_offsets). A window whose end
// is not after its beginning ends on the next day.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::rotation {

// From an instant on, until the next one.
struct ZoneOffset {
  base::Instant from{};
  int minutes = 0;  // east of UTC
  friend bool operator==(const ZoneOffset&, const ZoneOffset&) = default;
};

struct Window {
  std::array<bool, 7> days{};              // Monday first: on which it begins
  int from_minute = 0;                     // of the day
  int to_minute = 0;                       // exclusive
  int offset_minutes = 0;                  // east of UTC
  std::string zone{};                      // "Europe/Berlin"; empty: the offset is fixed
  std::vector<ZoneOffset> zone_offsets{};  // in their order; before the first one is offset_minutes
  friend bool operator==(const Window&, const Window&) = default;
};

// "mon-fri 08:00-16:00 +01:00", "mon-fri 08:00-16:00 Europe/Berlin", "tue,thu 22:00-02:00": the
// offset is UTC where it is left out, and until the zone's are told. kInvalidArgument with an
// example.
[[nodiscard]] base::Result<Window> parse_window(std::string_view text);
// parse_window gives the same again, without the zone's offsets.
[[nodiscard]] std::string to_text(const Window& window);

// "2027-03-28T01:00:00Z +02:00" for each, as a journal keeps them: what a window means does not
// change with the zones of the machine that reads it.
[[nodiscard]] std::vector<std::string> zone_offset_texts(const Window& window);
// kInvalidArgument where one of the texts is none of those.
[[nodiscard]] base::Result<Window> with_zone_offsets(Window window,
                                                     const std::vector<std::string>& texts);

// When clocks of the window's zone show what `local` shows in UTC. An hour that summer time skips
// is taken for the one after it.
[[nodiscard]] base::Instant from_local(const Window& window, base::Instant local) noexcept;

[[nodiscard]] bool is_open(const Window& window, base::Instant at) noexcept;
// `at` where it is open, else the first instant after it at which it is.
[[nodiscard]] base::Instant next_opening(const Window& window, base::Instant at) noexcept;

}  // namespace rekey::rotation

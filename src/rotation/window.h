// A weekly time in which something may be done: "mon-thu 08:00-16:00 +01:00".
//
// Pure. Days and times are those of the fixed offset from UTC; a window whose end is not after its
// beginning ends on the next day.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace rekey::rotation {

struct Window {
  std::array<bool, 7> days{};  // Monday first: on which it begins
  int from_minute = 0;         // of the day
  int to_minute = 0;           // exclusive
  int offset_minutes = 0;      // east of UTC
  friend bool operator==(const Window&, const Window&) = default;
};

// "mon-fri 08:00-16:00 +01:00", "tue,thu 22:00-02:00": the offset is UTC where it is left out.
// kInvalidArgument with an example.
[[nodiscard]] base::Result<Window> parse_window(std::string_view text);
// parse_window gives the same again.
[[nodiscard]] std::string to_text(const Window& window);

[[nodiscard]] bool is_open(const Window& window, base::Instant at) noexcept;
// `at` where it is open, else the first instant after it at which it is.
[[nodiscard]] base::Instant next_opening(const Window& window, base::Instant at) noexcept;

}  // namespace rekey::rotation

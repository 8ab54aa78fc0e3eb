// Days on which nothing is begun: "2026-12-20..2027-01-04". Pure. Both ends are in it. Days are
// those of UTC, or of the window beside them (in_zone_of).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/inventory/window.h"

namespace rekey::rotation {

struct Freeze {
  base::Instant from{};
  base::Instant to{};  // exclusive
  std::string days{};  // as they were written, where they are not those of UTC
  friend bool operator==(const Freeze&, const Freeze&) = default;
};

// kInvalidArgument with an example. One day alone is its date.
[[nodiscard]] base::Result<Freeze> parse_freeze(std::string_view text);
// The same days where the window's clocks are.
[[nodiscard]] Freeze in_zone_of(const Freeze& freeze, const Window& window);
// parse_freeze, and in_zone_of where there is a window, give the same again.
[[nodiscard]] std::string to_text(const Freeze& freeze);
// The one in which `at` is, the last to end where several are; nullptr without one.
[[nodiscard]] const Freeze* find_freeze(const std::vector<Freeze>& freezes,
                                        base::Instant at) noexcept;

}  // namespace rekey::rotation

// Days on which nothing is begun: "2026-12-20..2027-01-04". Pure. Days are those of UTC, both ends
// are in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::rotation {

struct Freeze {
  base::Instant from{};
  base::Instant to{};  // exclusive
  friend bool operator==(const Freeze&, const Freeze&) = default;
};

// kInvalidArgument with an example. One day alone is its date.
[[nodiscard]] base::Result<Freeze> parse_freeze(std::string_view text);
// parse_freeze gives the same again.
[[nodiscard]] std::string to_text(const Freeze& freeze);
// The one in which `at` is, the last to end where several are; nullptr without one.
[[nodiscard]] const Freeze* find_freeze(const std::vector<Freeze>& freezes,
                                        base::Instant at) noexcept;

}  // namespace rekey::rotation

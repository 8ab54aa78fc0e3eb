// Instants and durations. Time is an argument: nothing here, and nothing below cli/, asks what
// time it is (platform/clock.h is the seam).
//
// An Instant is milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::base {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Days = std::chrono::days;

// A time that never comes, for "no bound": compares later than every real instant.
inline constexpr Instant kFarFuture{Duration{253'402'300'799'000}};  // 9999-12-31T23:59:59Z

[[nodiscard]] constexpr std::int64_t to_millis(Instant at) noexcept {
  return at.time_since_epoch().count();
}
[[nodiscard]] constexpr Instant from_millis(std::int64_t millis) noexcept {
  return Instant{Duration{millis}};
}

// "2027-03-29T00:00:00Z", with ".123" before the Z when the milliseconds are not zero (RFC 3339).
[[nodiscard]] std::string format_instant(Instant at);

// Reads RFC 3339 in UTC ("…Z" or a numeric offset) or a bare date "2026-09-30" (its first instant).
[[nodiscard]] Result<Instant> parse_instant(std::string_view text);

// "180d", "7d", "5m", "3s", "1h30m", "250ms", "0". Units: ms s m h d. At most 3650d.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

// The shortest exact form that parse_duration reads back: "180d", "1h30m", "0s".
[[nodiscard]] std::string format_duration(Duration duration);

// For people: "in 12 days", "3 hours ago", "now". Rounds down to the largest unit.
[[nodiscard]] std::string describe_relative(Instant at, Instant now);

}  // namespace rekey::base

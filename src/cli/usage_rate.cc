#include "cli/usage_rate.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::cli {
namespace {

// The average time between two requests of a row; nullopt where there are too few to tell.
std::optional<base::Duration> pause_of(const net::JsonValue& row) {
  constexpr std::int64_t kEnough = 3;
  const std::int64_t count = row.integer_member_or("count", 0).value_or(0);
  const auto first = base::parse_instant(row.string_member_or("first_seen", "").value_or(""));
  const auto last = base::parse_instant(row.string_member_or("last_seen", "").value_or(""));
  if (count < kEnough || !first || !last || *last < *first) return std::nullopt;
  return (*last - *first) / (count - 1);
}

// "40s": nobody needs its fractions.
std::string shown(base::Duration pause) {
  const base::Duration second = std::chrono::seconds{1};
  if (pause < second) return "0s";
  return base::format_duration(std::chrono::floor<std::chrono::seconds>(pause));
}

}  // namespace

std::optional<std::string> token_rate_warning(const net::JsonValue& usage) {
  const auto* rows = usage.find("usage");
  if (rows == nullptr) return std::nullopt;
  int callers = 0;
  base::Duration shortest = kAdvisedBetweenTokens;
  for (const auto& row : rows->items()) {
    const auto pause = pause_of(row);
    if (!pause || *pause >= kAdvisedBetweenTokens) continue;
    ++callers;
    shortest = std::min(shortest, *pause);
  }
  if (callers == 0) return std::nullopt;
  return fmt::format(
      "{} of these callers ask{} for a token more often than once in {} (the most often: every "
      "{}, on average). Marketing Cloud advises against that and may throttle it; here nothing "
      "follows.",
      callers, callers == 1 ? "s" : "", base::format_duration(kAdvisedBetweenTokens),
      shown(shortest));
}

}  // namespace rekey::cli

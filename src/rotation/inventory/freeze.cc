#include "rotation/inventory/freeze.h"

#include <fmt/format.h>

namespace rekey::rotation {
namespace {

constexpr std::size_t kDateLength = 10;
constexpr std::string_view kBetween = "..";

base::Result<base::Instant> parse_day(std::string_view text) {
  if (text.size() == kDateLength) {
    if (auto day = base::parse_instant(text)) return day;
  }
  return base::fail(base::Code::kInvalidArgument,
                    "a freeze is two days or one; write it as 2026-12-20..2027-01-04");
}

std::string day_of(base::Instant at) {
  return base::format_instant(at).substr(0, kDateLength);
}

}  // namespace

base::Result<Freeze> parse_freeze(std::string_view text) {
  const auto between = text.find(kBetween);
  REKEY_TRY(const base::Instant from, parse_day(text.substr(0, between)));
  base::Instant last = from;
  if (between != std::string_view::npos) {
    REKEY_TRY(last, parse_day(text.substr(between + kBetween.size())));
  }
  if (last < from) {
    return base::fail(base::Code::kInvalidArgument, "the last day of a freeze is before its first");
  }
  return Freeze{from, last + base::Days{1}};
}

Freeze in_zone_of(const Freeze& freeze, const Window& window) {
  const Freeze moved{from_local(window, freeze.from), from_local(window, freeze.to)};
  if (moved == freeze) return freeze;
  return {moved.from, moved.to, to_text(freeze)};
}

std::string to_text(const Freeze& freeze) {
  if (!freeze.days.empty()) return freeze.days;
  const std::string from = day_of(freeze.from);
  const std::string last = day_of(freeze.to - base::Days{1});
  return from == last ? from : fmt::format("{}{}{}", from, kBetween, last);
}

const Freeze* find_freeze(const std::vector<Freeze>& freezes, base::Instant at) noexcept {
  const Freeze* found = nullptr;
  for (const Freeze& one : freezes) {
    if (at < one.from || at >= one.to) continue;
    if (found == nullptr || found->to < one.to) found = &one;
  }
  return found;
}

}  // namespace rekey::rotation

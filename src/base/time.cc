#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace rekey::base {
namespace {

using std::chrono::floor;

// Reads exactly `digits` decimal digits at `position` and moves past them.
std::optional<int> take_number(std::string_view text, std::size_t& position, std::size_t digits) {
  if (position + digits > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[position + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  position += digits;
  return value;
}

bool take_char(std::string_view text, std::size_t& position, char expected) {
  if (position >= text.size() || text[position] != expected) return false;
  ++position;
  return true;
}

std::optional<Instant> read_date(std::string_view text, std::size_t& position) {
  const auto year = take_number(text, position, 4);
  if (!year || !take_char(text, position, '-')) return std::nullopt;
  const auto month = take_number(text, position, 2);
  if (!month || !take_char(text, position, '-')) return std::nullopt;
  const auto day = take_number(text, position, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return Instant{std::chrono::sys_days{date}};
}

std::optional<Duration> read_time_of_day(std::string_view text, std::size_t& position) {
  const auto hour = take_number(text, position, 2);
  if (!hour || *hour > 23 || !take_char(text, position, ':')) return std::nullopt;
  const auto minute = take_number(text, position, 2);
  if (!minute || *minute > 59 || !take_char(text, position, ':')) return std::nullopt;
  const auto second = take_number(text, position, 2);
  if (!second || *second > 59) return std::nullopt;
  Duration result =
      std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
  if (take_char(text, position, '.')) {
    int scale = 100;
    std::size_t digits = 0;
    while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
      result += Duration{(text[position] - '0') * scale};
      scale /= 10;
      ++position;
      ++digits;
    }
    if (digits == 0) return std::nullopt;
  }
  return result;
}

std::optional<Duration> read_offset(std::string_view text, std::size_t& position) {
  if (take_char(text, position, 'Z') || take_char(text, position, 'z')) return Duration{0};
  const bool is_east = take_char(text, position, '+');
  if (!is_east && !take_char(text, position, '-')) return std::nullopt;
  const auto hours = take_number(text, position, 2);
  if (!hours || *hours > 23 || !take_char(text, position, ':')) return std::nullopt;
  const auto minutes = take_number(text, position, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const Duration offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return is_east ? offset : -offset;
}

constexpr Instant kFirstInstant{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}};
constexpr Instant kFirstInstantAfterAll{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}};

std::optional<Instant> read_instant(std::string_view text) {
  std::size_t position = 0;
  const auto date = read_date(text, position);
  if (!date) return std::nullopt;
  if (position == text.size()) return date;
  if (!take_char(text, position, 'T') && !take_char(text, position, 't') &&
      !take_char(text, position, ' ')) {
    return std::nullopt;
  }
  const auto time = read_time_of_day(text, position);
  if (!time) return std::nullopt;
  const auto offset = read_offset(text, position);
  if (!offset || position != text.size()) return std::nullopt;
  const Instant at = *date + *time - *offset;
  // An offset can lead out of the years that four digits can write.
  if (at < kFirstInstant || at >= kFirstInstantAfterAll) return std::nullopt;
  return at;
}

struct Unit {
  std::string_view name;
  Duration length;
};

constexpr std::array<Unit, 5> kUnits{{{"d", std::chrono::days{1}},
                                      {"h", std::chrono::hours{1}},
                                      {"m", std::chrono::minutes{1}},
                                      {"s", std::chrono::seconds{1}},
                                      {"ms", Duration{1}}}};
constexpr Duration kLongestDuration = std::chrono::days{3650};

std::optional<Duration> unit_named(std::string_view name) {
  for (const auto& unit : kUnits) {
    if (unit.name == name) return unit.length;
  }
  return std::nullopt;
}

}  // namespace

std::string format_instant(Instant at) {
  const auto day = floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                          time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) text += fmt::format(".{:03}", time.subseconds().count());
  return text + "Z";
}

Result<Instant> parse_instant(std::string_view text) {
  if (auto at = read_instant(text)) return *at;
  return fail(
      Code::kInvalidArgument,
      fmt::format("\"{}\" is not an instant; write it as 2026-09-30 or 2026-09-30T12:00:00Z",
                  text.substr(0, 40)));
}

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  Duration total{0};
  std::size_t position = 0;
  while (position < text.size()) {
    std::int64_t number = 0;
    const auto* begin = text.data() + position;
    const auto [end, problem] = std::from_chars(begin, text.data() + text.size(), number);
    std::size_t unit_end = static_cast<std::size_t>(end - text.data());
    const std::size_t unit_begin = unit_end;
    while (unit_end < text.size() && text[unit_end] >= 'a' && text[unit_end] <= 'z') ++unit_end;
    const auto unit = unit_named(text.substr(unit_begin, unit_end - unit_begin));
    if (problem != std::errc{} || number < 0 || !unit || number > kLongestDuration / *unit ||
        total + number * *unit > kLongestDuration) {
      position = std::string_view::npos;
      break;
    }
    total += number * *unit;
    position = unit_end;
  }
  if (text.empty() || position == std::string_view::npos) {
    return fail(Code::kInvalidArgument,
                fmt::format("\"{}\" is not a duration; write it as 180d, 7d, 1h30m, 5m, 3s or 0",
                            text.substr(0, 40)));
  }
  return total;
}

std::string format_duration(Duration duration) {
  std::string text;
  for (const auto& unit : kUnits) {
    if (const auto count = duration / unit.length; count > 0) {
      text += fmt::format("{}{}", count, unit.name);
      duration -= count * unit.length;
    }
  }
  return text.empty() ? "0s" : text;
}

std::string describe_relative(Instant at, Instant now) {
  const bool is_past = at < now;
  const Duration distance = is_past ? now - at : at - now;
  constexpr std::array<std::pair<std::string_view, Duration>, 4> kNames{
      {{"day", std::chrono::days{1}},
       {"hour", std::chrono::hours{1}},
       {"minute", std::chrono::minutes{1}},
       {"second", std::chrono::seconds{1}}}};
  for (const auto& [name, length] : kNames) {
    if (const auto count = distance / length; count > 0) {
      const auto words = fmt::format("{} {}{}", count, name, count == 1 ? "" : "s");
      return is_past ? words + " ago" : "in " + words;
    }
  }
  return "now";
}

}  // namespace rekey::base

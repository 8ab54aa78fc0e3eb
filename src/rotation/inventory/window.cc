#include "rotation/inventory/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"

namespace rekey::rotation {
namespace {

using std::chrono::minutes;

constexpr int kMinutesADay = 24 * 60;
constexpr int kLargestOffset = 14 * 60;
constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<int> day_of(std::string_view text) {
  const auto found = std::find(kDays.begin(), kDays.end(), text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<int>(found - kDays.begin());
}

// "08:30": minutes of the day, 24:00 included.
std::optional<int> minute_of(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) ||
      !is_digit(text[3]) || !is_digit(text[4])) {
    return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > kMinutesADay) return std::nullopt;
  return hour * 60 + minute;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool read_days(std::string_view text, Window& window) {
  for (const std::string_view part : split(text, ',')) {
    const auto ends = split(part, '-');
    const auto first = day_of(ends.front());
    const auto last = day_of(ends.back());
    if (!first || !last || ends.size() > 2) return false;
    for (int day = *first;; day = (day + 1) % 7) {
      window.days[static_cast<std::size_t>(day)] = true;
      if (day == *last) break;
    }
  }
  return true;
}

bool read_times(std::string_view text, Window& window) {
  const auto ends = split(text, '-');
  if (ends.size() != 2) return false;
  const auto from = minute_of(ends[0]);
  const auto to = minute_of(ends[1]);
  if (!from || !to || *from == kMinutesADay || *from == *to) return false;
  window.from_minute = *from;
  window.to_minute = *to;
  return true;
}

std::optional<int> offset_of(std::string_view text) {
  if (text == "UTC" || text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto minute = minute_of(text.substr(1));
  if (!minute || *minute > kLargestOffset) return std::nullopt;
  return text[0] == '-' ? -*minute : *minute;
}

// Of the tz database. One without a slash, such as CET, is easily taken for an offset.
bool is_zone_name(std::string_view text) {
  constexpr std::size_t kLongestName = 64;
  return text.size() <= kLongestName && text.find('/') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return base::kBase62Alphabet.find(c) != std::string_view::npos ||
                  std::string_view("/_+-").find(c) != std::string_view::npos;
         });
}

bool read_offset(std::string_view text, Window& window) {
  if (is_zone_name(text)) {
    window.zone = text;
    return true;
  }
  const auto offset = offset_of(text);
  if (offset) window.offset_minutes = *offset;
  return offset.has_value();
}

std::string clock_text(int minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::string offset_text(int offset) {
  return fmt::format("{}{}", offset < 0 ? '-' : '+', clock_text(std::abs(offset)));
}

int offset_at(const Window& window, base::Instant at) {
  int offset = window.offset_minutes;
  for (const ZoneOffset& one : window.zone_offsets) {
    if (one.from > at) break;
    offset = one.minutes;
  }
  return offset;
}

// Minutes since the Monday 00:00 that came before it, in the window's own time.
std::int64_t minute_of_week(const Window& window, base::Instant at) {
  const std::int64_t local =
      std::chrono::floor<minutes>(at.time_since_epoch()).count() + offset_at(window, at);
  constexpr std::int64_t kWeek = 7 * kMinutesADay;
  constexpr std::int64_t kFirstMonday = 4 * kMinutesADay;  // 1970-01-05
  return ((local - kFirstMonday) % kWeek + kWeek) % kWeek;
}

int length_of(const Window& window) {
  const int length = window.to_minute - window.from_minute;
  return length > 0 ? length : length + kMinutesADay;
}

}  // namespace

base::Result<Window> parse_window(std::string_view text) {
  Window window;
  const auto words = split(text, ' ');
  const bool is_good = (words.size() == 2 || words.size() == 3) && read_days(words[0], window) &&
                       read_times(words[1], window) &&
                       (words.size() == 2 || read_offset(words[2], window));
  if (is_good) return window;
  return base::fail(
      base::Code::kInvalidArgument,
      "a window is days, times and, if it is not UTC, a time zone or an offset, as in "
      "\"mon-thu 08:00-16:00 Europe/Berlin\" or \"tue,thu 22:00-02:00 +01:00\"");
}

std::string to_text(const Window& window) {
  std::vector<std::string_view> days;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    if (window.days[day]) days.push_back(kDays[day]);
  }
  std::string text = fmt::format("{} {}-{}", fmt::join(days, ","), clock_text(window.from_minute),
                                 clock_text(window.to_minute));
  if (!window.zone.empty()) return text + " " + window.zone;
  if (window.offset_minutes != 0) text += " " + offset_text(window.offset_minutes);
  return text;
}

std::vector<std::string> zone_offset_texts(const Window& window) {
  std::vector<std::string> texts;
  for (const ZoneOffset& one : window.zone_offsets) {
    texts.push_back(fmt::format("{} {}", base::format_instant(one.from), offset_text(one.minutes)));
  }
  return texts;
}

base::Result<Window> with_zone_offsets(Window window, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const auto words = split(text, ' ');
    const auto from = base::parse_instant(words.front());
    const auto offset = offset_of(words.back());
    if (words.size() != 2 || !from || !offset) {
      return base::fail(base::Code::kInvalidArgument, "a zone's offset cannot be read");
    }
    window.zone_offsets.push_back({*from, *offset});
  }
  return window;
}

base::Instant from_local(const Window& window, base::Instant local) noexcept {
  const base::Instant near = local - minutes{offset_at(window, local)};
  return local - minutes{offset_at(window, near)};
}

bool is_open(const Window& window, base::Instant at) noexcept {
  const std::int64_t now = minute_of_week(window, at);
  constexpr std::int64_t kWeek = 7 * kMinutesADay;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    if (!window.days[day]) continue;
    const std::int64_t begins = static_cast<std::int64_t>(day) * kMinutesADay + window.from_minute;
    const std::int64_t since = (now - begins + kWeek) % kWeek;
    if (since < length_of(window)) return true;
  }
  return false;
}

base::Instant next_opening(const Window& window, base::Instant at) noexcept {
  if (is_open(window, at)) return at;
  base::Instant candidate = std::chrono::ceil<minutes>(at);
  for (int minute = 0; minute <= 7 * kMinutesADay; ++minute, candidate += minutes{1}) {
    if (is_open(window, candidate)) return candidate;
  }
  return base::kFarFuture;  // a window without a day
}

}  // namespace rekey::rotation

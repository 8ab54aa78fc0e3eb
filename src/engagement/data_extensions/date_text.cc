#include "engagement/data_extensions/date_text.h"

#include <fmt/format.h>

#include <chrono>

#include "base/text.h"
#include "base/time.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

struct Moment {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Takes pieces off the front of a text; once something does not fit, nothing does any more.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // A number of `least` to `most` digits.
  int number(std::size_t least, std::size_t most) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < most && digits < rest_.size() && is_digit(rest_[digits])) {
      value = value * 10 + (rest_[digits] - '0');
      ++digits;
    }
    if (digits < least) return fail();
    rest_.remove_prefix(digits);
    return value;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!base::equal_ignoring_case(rest_.substr(0, word.size()), word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip_digits() {
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  }
  [[nodiscard]] bool has_read_all() const { return is_good_ && rest_.empty(); }
  [[nodiscard]] bool has_more() const { return is_good_ && !rest_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  int fail() {
    is_good_ = false;
    return 0;
  }

  std::string_view rest_;
  bool is_good_ = true;
};

void read_time(Reader& reader, Moment& moment) {
  moment.hour = reader.number(1, 2);
  reader.expect(':');
  moment.minute = reader.number(2, 2);
  if (!reader.take(':')) return;
  moment.second = reader.number(2, 2);
  if (reader.take('.')) reader.skip_digits();
}

// Minutes east of UTC.
int read_zone(Reader& reader) {
  if (reader.take('Z') || reader.take('z')) return 0;
  const bool is_east = reader.take('+');
  if (!is_east) reader.expect('-');
  const int hours = reader.number(2, 2);
  reader.take(':');
  const int minutes = reader.number(2, 2);
  return (is_east ? 1 : -1) * (hours * 60 + minutes);
}

std::optional<std::string> text_of(const Moment& moment, int minutes_east) {
  using namespace std::chrono;
  const year_month_day day{year{moment.year}, month{static_cast<unsigned>(moment.month)},
                           std::chrono::day{static_cast<unsigned>(moment.day)}};
  const bool is_possible = day.ok() && moment.year >= 1753 && moment.hour < 24 &&
                           moment.minute < 60 && moment.second < 60;
  if (!is_possible) return std::nullopt;
  const base::Instant at = sys_days{day} + hours{moment.hour} + minutes{moment.minute} +
                           seconds{moment.second} - minutes{minutes_east};
  return stamp(at);
}

std::optional<std::string> read_iso(std::string_view text) {
  Reader reader(text);
  Moment moment;
  int minutes_east = 0;
  moment.year = reader.number(4, 4);
  reader.expect('-');
  moment.month = reader.number(1, 2);
  reader.expect('-');
  moment.day = reader.number(1, 2);
  if (reader.has_more()) {
    if (!reader.take('T') && !reader.take('t')) reader.expect(' ');
    read_time(reader, moment);
    if (reader.has_more()) minutes_east = read_zone(reader);
  }
  if (!reader.has_read_all()) return std::nullopt;
  return text_of(moment, minutes_east);
}

void apply_half_of_day(Reader& reader, Moment& moment) {
  const bool is_before_noon = reader.take_word("AM");
  if (!is_before_noon && !reader.take_word("PM")) return;
  if (moment.hour < 1 || moment.hour > 12) {
    moment.hour = 99;
    return;
  }
  moment.hour = moment.hour % 12 + (is_before_noon ? 0 : 12);
}

std::optional<std::string> read_american(std::string_view text) {
  Reader reader(text);
  Moment moment;
  moment.month = reader.number(1, 2);
  reader.expect('/');
  moment.day = reader.number(1, 2);
  reader.expect('/');
  moment.year = reader.number(4, 4);
  if (reader.has_more()) {
    reader.expect(' ');
    read_time(reader, moment);
    reader.take(' ');
    apply_half_of_day(reader, moment);
  }
  if (!reader.has_read_all()) return std::nullopt;
  return text_of(moment, 0);
}

}  // namespace

std::optional<std::string> canonical_date(std::string_view text) {
  auto iso = read_iso(text);
  return iso ? iso : read_american(text);
}

}  // namespace rekey::engagement::data_extensions

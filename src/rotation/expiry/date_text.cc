#include "rotation/expiry/date_text.h"

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "base/text.h"

namespace rekey::rotation {
namespace {

constexpr std::size_t kLongestText = 64;
constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};
constexpr int kCentury = 2000;
constexpr std::size_t kMostFractionDigits = 9;

enum class Kind { kNumber, kWord, kMark };
struct Token {
  Kind kind;
  std::string_view text;
  int number = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// nullopt where a character has no place in a date.
std::optional<std::vector<Token>> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  if (text.size() > kLongestText) return std::nullopt;
  while (!text.empty()) {
    const auto end_of = [&text](auto is_member) {
      std::size_t size = 0;
      while (size < text.size() && is_member(text[size])) ++size;
      return size;
    };
    std::size_t size = 1;
    if (is_digit(text.front())) {
      size = end_of(is_digit);
      Token token{Kind::kNumber, text.substr(0, size)};
      if (size > kMostFractionDigits) return std::nullopt;
      std::from_chars(token.text.data(), token.text.data() + size, token.number);
      tokens.push_back(token);
    } else if (is_letter(text.front())) {
      size = end_of(is_letter);
      tokens.push_back({Kind::kWord, text.substr(0, size)});
    } else if (std::string_view("/-.:,+").find(text.front()) != std::string_view::npos) {
      tokens.push_back({Kind::kMark, text.substr(0, 1)});
    } else if (text.front() != ' ') {
      return std::nullopt;
    }
    text.remove_prefix(size);
  }
  return tokens;
}

// The index of the name that the word is, or begins with at least three letters ("Sept" too).
template <std::size_t kCount>
std::optional<unsigned> index_of(std::string_view word,
                                 const std::array<std::string_view, kCount>& names) {
  if (word.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (word.size() <= names[i].size() &&
        base::equal_ignoring_case(word, names[i].substr(0, word.size()))) {
      return static_cast<unsigned>(i);
    }
  }
  return std::nullopt;
}

// 1 to 12; 0 where it is none.
int month_of(std::string_view word) {
  const auto index = index_of(word, kMonths);
  return index ? static_cast<int>(*index) + 1 : 0;
}

// Takes tokens from the front.
class Reader {
 public:
  explicit Reader(const std::vector<Token>& tokens) : tokens_(tokens) {}

  [[nodiscard]] bool is_at_end() const { return next_ == tokens_.size(); }
  std::optional<Token> number(std::size_t most_digits) {
    if (is_at_end() || tokens_[next_].kind != Kind::kNumber) return std::nullopt;
    if (tokens_[next_].text.size() > most_digits) return std::nullopt;
    return tokens_[next_++];
  }
  std::optional<std::string_view> word() {
    if (is_at_end() || tokens_[next_].kind != Kind::kWord) return std::nullopt;
    return tokens_[next_++].text;
  }
  // "Fri," or "Friday", and what stands between it and the date.
  std::optional<unsigned> weekday() {
    if (is_at_end() || tokens_[next_].kind != Kind::kWord) return std::nullopt;
    const auto found = index_of(tokens_[next_].text, kWeekdays);
    if (!found) return std::nullopt;
    ++next_;
    skip('.');
    skip(',');
    return found;
  }
  char mark() {
    if (is_at_end() || tokens_[next_].kind != Kind::kMark) return 0;
    return tokens_[next_++].text.front();
  }
  bool skip(char mark) {
    if (is_at_end() || tokens_[next_].text != std::string_view(&mark, 1)) return false;
    ++next_;
    return true;
  }
  bool skip_word(std::string_view word) {
    if (is_at_end() || !base::equal_ignoring_case(tokens_[next_].text, word)) return false;
    ++next_;
    return true;
  }

 private:
  const std::vector<Token>& tokens_;
  std::size_t next_ = 0;
};

struct Ymd {
  int year = 0;
  int month = 0;
  int day = 0;
};

using Parsed = tl::expected<Ymd, DateProblem>;
constexpr auto kUnreadable = tl::unexpected(DateProblem::kUnreadable);

// Of "27" the year of this century, once it is said which number is what.
tl::expected<int, DateProblem> year_of(const Token& token, DateOrder order) {
  if (token.text.size() == 4) return token.number;
  if (token.text.size() != 2) return kUnreadable;
  if (order == DateOrder::kUnknown) return tl::unexpected(DateProblem::kShortYear);
  return kCentury + token.number;
}

// "a/b/yyyy": by the order, or by which of the two cannot be a month.
Parsed from_numbers(int a, int b, int year, DateOrder order) {
  if (order == DateOrder::kUnknown) {
    if (a > 12) order = DateOrder::kDayFirst;
    if (b > 12) order = DateOrder::kMonthFirst;
    if (a == b) order = DateOrder::kDayFirst;
  }
  if (order == DateOrder::kUnknown) return tl::unexpected(DateProblem::kAmbiguous);
  return order == DateOrder::kDayFirst ? Ymd{year, b, a} : Ymd{year, a, b};
}

// "19 March 2027" once the day is read, and "March 19, 2027" once the month is.
Parsed read_named(Reader& in, std::optional<int> day, int month, DateOrder order) {
  if (month == 0) return kUnreadable;
  in.skip('.');
  if (!day) {
    const auto number = in.number(2);
    if (!number) return kUnreadable;
    day = number->number;
  }
  in.skip(',');
  in.skip('-');
  const auto token = in.number(4);
  if (!token) return kUnreadable;
  const auto year = year_of(*token, order);
  if (!year) return tl::unexpected(year.error());
  return Ymd{*year, month, *day};
}

Parsed read_date(Reader& in, DateOrder order) {
  if (const auto word = in.word()) return read_named(in, std::nullopt, month_of(*word), order);
  const auto first = in.number(4);
  if (!first) return kUnreadable;
  const char separator = in.mark();
  if (separator == 0 || separator == '-' || separator == '.') {
    if (const auto word = in.word()) {
      if (separator == '-') in.skip('-');
      if (first->text.size() > 2) return kUnreadable;
      return read_named(in, first->number, month_of(*word), order);
    }
  }
  const auto second = in.number(2);
  if (separator == 0 || !second || in.mark() != separator) return kUnreadable;
  const auto third = in.number(4);
  if (!third) return kUnreadable;
  if (first->text.size() == 4 && third->text.size() <= 2) {
    return Ymd{first->number, second->number, third->number};
  }
  if (first->text.size() > 2) return kUnreadable;
  const auto year = year_of(*third, order);
  if (!year) return tl::unexpected(year.error());
  // With dots the day comes first wherever people write so.
  return from_numbers(first->number, second->number, *year,
                      separator == '.' ? DateOrder::kDayFirst : order);
}

using Time = tl::expected<base::Duration, DateProblem>;

// "+02:00", "-0530", "+1": what has to be taken from the time to have UTC.
Time read_offset(Reader& in, bool is_east) {
  const auto first = in.number(4);
  if (!first || first->text.size() == 3) return kUnreadable;
  int hours = first->number;
  int minutes = 0;
  if (first->text.size() == 4) {
    hours = first->number / 100;
    minutes = first->number % 100;
  } else if (in.skip(':')) {
    const auto second = in.number(2);
    if (!second || second->text.size() != 2) return kUnreadable;
    minutes = second->number;
  }
  if (hours > 14 || minutes > 59) return kUnreadable;
  const base::Duration offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return is_east ? offset : -offset;
}

// Nothing, "Z", "UTC", "GMT", "+02:00", "UTC+2".
Time read_zone(Reader& in) {
  if (const auto word = in.word()) {
    const bool is_utc = base::equal_ignoring_case(*word, "Z") ||
                        base::equal_ignoring_case(*word, "UTC") ||
                        base::equal_ignoring_case(*word, "GMT");
    const bool is_name = word->size() > 1 && word->size() <= 5;
    if (!is_utc) return is_name ? tl::unexpected(DateProblem::kZone) : kUnreadable;
  }
  Time offset{base::Duration{0}};
  if (in.skip('+')) {
    offset = read_offset(in, true);
  } else if (in.skip('-')) {
    offset = read_offset(in, false);
  }
  return in.is_at_end() ? offset : Time(kUnreadable);
}

// ":30" and ":30.125" behind "10:15".
tl::expected<int, DateProblem> read_seconds(Reader& in) {
  if (!in.skip(':')) return 0;
  const auto seconds = in.number(2);
  if (!seconds || seconds->number > 59) return kUnreadable;
  if ((in.skip('.') || in.skip(',')) && !in.number(kMostFractionDigits)) return kUnreadable;
  return seconds->number;
}

// What follows the date, or nothing: "10:15", "10:15:30 PM", "T10:15:30Z" without the T.
Time read_time(Reader& in) {
  in.skip(',');
  in.skip_word("T");
  in.skip_word("at");
  if (in.is_at_end()) return base::Duration{0};
  const auto hour = in.number(2);
  if (!hour || in.mark() != ':') return kUnreadable;
  const auto minute = in.number(2);
  if (!minute || minute->text.size() != 2 || minute->number > 59) return kUnreadable;
  const auto second = read_seconds(in);
  if (!second) return kUnreadable;
  int hours = hour->number;
  const bool is_pm = in.skip_word("PM");
  if (is_pm || in.skip_word("AM")) {
    if (hours < 1 || hours > 12) return kUnreadable;
    hours = hours % 12 + (is_pm ? 12 : 0);
  }
  if (hours > 23) return kUnreadable;
  const auto offset = read_zone(in);
  if (!offset) return offset;
  return std::chrono::hours{hours} + std::chrono::minutes{minute->number} +
         std::chrono::seconds{*second} - *offset;
}

}  // namespace

tl::expected<base::Instant, DateProblem> parse_date_text(std::string_view text, DateOrder order) {
  if (const auto exact = base::parse_instant(text)) return *exact;
  const auto tokens = tokens_of(text);
  if (!tokens) return kUnreadable;
  Reader in(*tokens);
  const auto weekday = in.weekday();
  const auto date = read_date(in, order);
  if (!date) return tl::unexpected(date.error());
  const std::chrono::year_month_day day{std::chrono::year{date->year},
                                        std::chrono::month{static_cast<unsigned>(date->month)},
                                        std::chrono::day{static_cast<unsigned>(date->day)}};
  if (!day.ok() || date->year < 2000) return kUnreadable;
  if (weekday &&
      std::chrono::weekday{*weekday} != std::chrono::weekday{std::chrono::sys_days{day}}) {
    return tl::unexpected(DateProblem::kWeekday);
  }
  const auto time = read_time(in);
  if (!time) return tl::unexpected(time.error());
  return base::Instant{std::chrono::sys_days{day}} + *time;
}

DateOrder order_told_by(std::string_view text) {
  const auto alone = parse_date_text(text, DateOrder::kUnknown);
  if (!alone && alone.error() == DateProblem::kShortYear) return DateOrder::kUnknown;
  const bool fits_day = parse_date_text(text, DateOrder::kDayFirst).has_value();
  const bool fits_month = parse_date_text(text, DateOrder::kMonthFirst).has_value();
  if (fits_day == fits_month) return DateOrder::kUnknown;
  return fits_day ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
}

}  // namespace rekey::rotation

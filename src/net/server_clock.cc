#include "net/server_clock.h"

#include <fmt/format.h>

namespace rekey::net {
namespace {

constexpr std::array<std::string_view, 7> kDayNames{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonthNames{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

void ServerClock::read() {
  now_ = std::chrono::steady_clock::now();
  const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (second == second_) return;
  second_ = second;
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  fmt::format_to_n(
      line_.data(), line_.size(), "Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
      kDayNames[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
      kMonthNames[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace rekey::net

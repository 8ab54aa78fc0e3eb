// Dates as a web page shows them, in the forms that Setup pages and spreadsheets use. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace rekey::rotation {

// Which number of "3/4/2027" is the month.
enum class DateOrder { kUnknown, kMonthFirst, kDayFirst };

enum class DateProblem {
  kUnreadable,
  kAmbiguous,  // two numbers that could both be the month, and no order to decide by
  kShortYear,  // "19" and "27" could both be the year, and no order to decide by
  kZone,       // a zone's name that stands for several offsets, such as CST
  kWeekday,    // the day is not the weekday that is written before it
};

// "2027-03-19", "2027-03-19T10:00:00.000Z", "2027-03-19 10:00", "3/19/2027 10:15 AM", "19.03.2027",
// "Fri, Mar 19, 2027", "19 March 2027 10:15 UTC"; with an order also "3/19/27", a year of this
// century. A date without a time means its first instant, a time without a zone means UTC, parts of
// a second are dropped: all err towards the earlier end.
[[nodiscard]] tl::expected<base::Instant, DateProblem> parse_date_text(std::string_view text,
                                                                       DateOrder order);

// What "19/3/2027" tells of the order of others in the same table; kUnknown where it tells nothing.
[[nodiscard]] DateOrder order_told_by(std::string_view text);

}  // namespace rekey::rotation

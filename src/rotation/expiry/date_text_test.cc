#include "rotation/expiry/date_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

namespace rekey::rotation {
namespace {

std::string read(std::string_view text, DateOrder order = DateOrder::kUnknown) {
  const auto at = parse_date_text(text, order);
  if (at) return base::format_instant(*at);
  switch (at.error()) {
    case DateProblem::kUnreadable:
      return "unreadable";
    case DateProblem::kAmbiguous:
      return "ambiguous";
    case DateProblem::kShortYear:
      return "short year";
    case DateProblem::kZone:
      return "zone";
    case DateProblem::kWeekday:
      return "weekday";
  }
  return "";
}

TEST(DateText, ReadsTheFormsOfPagesAndSpreadsheets) {
  for (const std::string_view text :
       {"2027-03-19", "2027/03/19", "3/19/2027", "03/19/2027", "19.03.2027", "19.3.2027",
        "19/03/2027", "Mar 19, 2027", "March 19 2027", "19 March 2027", "19-Mar-2027",
        "Fri, Mar 19, 2027", "Friday 19 March 2027", "Fri. 19. Mar. 2027", "3/19/2027 12:00 AM",
        "2027-03-19 00:00", "2027-03-19 00:00:00.0", "2027-03-19T00:00:00.00",
        "2027-03-19T00:00:00Z"}) {
    EXPECT_EQ(read(text), "2027-03-19T00:00:00Z") << text;
  }
}

TEST(DateText, ReadsTimes) {
  EXPECT_EQ(read("3/19/2027 1:05 PM"), "2027-03-19T13:05:00Z");
  EXPECT_EQ(read("Mar 19, 2027, 12:30 PM"), "2027-03-19T12:30:00Z");
  EXPECT_EQ(read("19.03.2027 17:45:10"), "2027-03-19T17:45:10Z");
  EXPECT_EQ(read("2027-03-19 17:45:10 UTC"), "2027-03-19T17:45:10Z");
  EXPECT_EQ(read("2027-03-19T17:45:10+02:00"), "2027-03-19T15:45:10Z");
  EXPECT_EQ(read("2027-03-19 17:45:10.999 GMT"), "2027-03-19T17:45:10Z");
  EXPECT_EQ(read("3/19/2027 5:45 PM UTC"), "2027-03-19T17:45:00Z");
  EXPECT_EQ(read("3/19/2027 5:45 PM GMT-0530"), "2027-03-19T23:15:00Z");
  EXPECT_EQ(read("3/19/2027 17:45 UTC+2"), "2027-03-19T15:45:00Z");
}

TEST(DateText, TakesNoZoneNameThatStandsForSeveral) {
  EXPECT_EQ(read("3/19/2027 10:15 AM CST"), "zone");
  EXPECT_EQ(read("2027-03-19 10:00 CEST"), "zone");
}

TEST(DateText, TakesAShortYearOnlyWhereTheOrderIsSaid) {
  EXPECT_EQ(read("3/19/27"), "short year");
  EXPECT_EQ(read("19-Mar-27"), "short year");
  EXPECT_EQ(order_told_by("3/19/27"), DateOrder::kUnknown);
  EXPECT_EQ(read("3/19/27", DateOrder::kMonthFirst), "2027-03-19T00:00:00Z");
  EXPECT_EQ(read("19/3/27 10:15", DateOrder::kDayFirst), "2027-03-19T10:15:00Z");
  EXPECT_EQ(read("19.03.27", DateOrder::kDayFirst), "2027-03-19T00:00:00Z");
  EXPECT_EQ(read("19-Mar-27", DateOrder::kDayFirst), "2027-03-19T00:00:00Z");
  EXPECT_EQ(read("19/3/27", DateOrder::kMonthFirst), "unreadable");
}

TEST(DateText, DoesNotBelieveADateThatContradictsItsWeekday) {
  EXPECT_EQ(read("Mon, Mar 19, 2027"), "weekday");
  EXPECT_EQ(read("Fri, 3/4/2027", DateOrder::kMonthFirst), "weekday");
}

TEST(DateText, DoesNotGuessWhichNumberIsTheMonth) {
  EXPECT_EQ(read("3/4/2027"), "ambiguous");
  EXPECT_EQ(read("3/4/2027", DateOrder::kMonthFirst), "2027-03-04T00:00:00Z");
  EXPECT_EQ(read("3/4/2027", DateOrder::kDayFirst), "2027-04-03T00:00:00Z");
  EXPECT_EQ(read("4/4/2027"), "2027-04-04T00:00:00Z");
  EXPECT_EQ(read("19/3/2027", DateOrder::kMonthFirst), "unreadable");
  EXPECT_EQ(order_told_by("3/4/2027"), DateOrder::kUnknown);
  EXPECT_EQ(order_told_by("3/19/2027"), DateOrder::kMonthFirst);
  EXPECT_EQ(order_told_by("19/3/2027"), DateOrder::kDayFirst);
  EXPECT_EQ(order_told_by("2027-03-04"), DateOrder::kUnknown);
}

TEST(DateText, RefusesWhatIsNoDate) {
  for (const std::string_view text :
       {"", "never", "2027", "2027-02-30", "13/13/2027", "19/3/7", "Mar 2027", "19 mars 2027",
        "Foo 19, 2027", "3/19/2027 25:00", "3/19/2027 13:00 PM", "3/19/2027 x", "1999-01-01 00:00",
        "3-19/2027", "2027-03-19 10:00+99:00", "2027-03-19 10:00:00.", "in 12 days",
        "99999-01-01"}) {
    EXPECT_EQ(read(text), "unreadable") << text;
  }
}

RC_GTEST_PROP(DateTextProperty, ReadsBackEveryDayInEveryForm, ()) {
  const auto day = std::chrono::sys_days{std::chrono::days{*rc::gen::inRange(11'000, 40'000)}};
  const std::chrono::year_month_day date(day);
  const int y = static_cast<int>(date.year());
  const unsigned m = static_cast<unsigned>(date.month());
  const unsigned d = static_cast<unsigned>(date.day());
  const std::string wanted = base::format_instant(base::Instant{day});
  RC_ASSERT(read(fmt::format("{:04}-{:02}-{:02}", y, m, d)) == wanted);
  RC_ASSERT(read(fmt::format("{}/{}/{}", m, d, y), DateOrder::kMonthFirst) == wanted);
  RC_ASSERT(read(fmt::format("{}/{}/{}", d, m, y), DateOrder::kDayFirst) == wanted);
  RC_ASSERT(read(fmt::format("{:02}.{:02}.{}", d, m, y)) == wanted);
}

RC_GTEST_PROP(DateTextProperty, NeverFallsOverAnyText, (const std::string& text)) {
  static_cast<void>(read(text));
  static_cast<void>(order_told_by(text));
}

}  // namespace
}  // namespace rekey::rotation

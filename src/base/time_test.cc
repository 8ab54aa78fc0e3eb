#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rekey::base {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// 0000-01-01 to 9999-12-31: what four digits of a year can write.
constexpr std::int64_t kFirstMillis = -62'167'219'200'000;
constexpr std::int64_t kLastMillis = 253'402'300'799'999;

std::int64_t millis_of(std::string_view text) {
  return to_millis(parse_instant(text).value());
}

RC_GTEST_PROP(InstantTest, ReadsBackWhatItWrites, ()) {
  const auto at = from_millis(*rc::gen::inRange(kFirstMillis, kLastMillis + 1));
  RC_ASSERT(parse_instant(format_instant(at)).value() == at);
}

RC_GTEST_PROP(InstantTest, TextsSortAsTheirInstants, ()) {
  const auto whole_second =
      rc::gen::map(rc::gen::inRange<std::int64_t>(kFirstMillis / 1000, kLastMillis / 1000),
                   [](std::int64_t count) { return from_millis(count * 1000); });
  const auto a = *whole_second;
  const auto b = *whole_second;
  RC_ASSERT((format_instant(a) < format_instant(b)) == (a < b));
}

TEST(InstantTest, WritesMillisecondsOnlyWhereThereAreSome) {
  EXPECT_EQ(format_instant(from_millis(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_instant(from_millis(7)), "1970-01-01T00:00:00.007Z");
  EXPECT_EQ(format_instant(from_millis(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_instant(kFarFuture), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_instant(from_millis(1'709'164'800'000)), "2024-02-29T00:00:00Z");
}

TEST(InstantTest, ADateIsItsFirstInstant) {
  EXPECT_EQ(millis_of("2026-09-30"), millis_of("2026-09-30T00:00:00Z"));
  EXPECT_EQ(millis_of("2026-09-30"), 1'790'726'400'000);
}

TEST(InstantTest, ReadsTheFormsOfRfc3339) {
  const auto expected = millis_of("2026-09-30T12:00:00Z");
  EXPECT_EQ(millis_of("2026-09-30t12:00:00z"), expected);
  EXPECT_EQ(millis_of("2026-09-30 12:00:00Z"), expected);
  EXPECT_EQ(millis_of("2026-09-30T14:30:00+02:30"), expected);
  EXPECT_EQ(millis_of("2026-09-29T23:00:00-13:00"), expected);
  EXPECT_EQ(millis_of("2026-09-30T12:00:00.5Z"), expected + 500);
  EXPECT_EQ(millis_of("2026-09-30T12:00:00.123999999Z"), expected + 123);
}

TEST(InstantTest, RefusesEverythingElse) {
  for (const std::string text : {"",
                                 "2026",
                                 "2026-9-30",
                                 "2026-09-31",
                                 "2025-02-29",
                                 "2026-13-01",
                                 "2026-00-10",
                                 "2026-09-30T",
                                 "2026-09-30T12:00Z",
                                 "2026-09-30T24:00:00Z",
                                 "2026-09-30T12:60:00Z",
                                 "2026-09-30T12:00:60Z",
                                 "2026-09-30T12:00:00",
                                 "2026-09-30T12:00:00.Z",
                                 "2026-09-30T12:00:00+0200",
                                 "2026-09-30T12:00:00+24:00",
                                 "2026-09-30T12:00:00Zx",
                                 " 2026-09-30",
                                 "+026-09-30",
                                 "0000-01-01T00:00:00+00:01",
                                 "9999-12-31T23:59:59-00:01"}) {
    const auto read = parse_instant(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument);
  }
}

RC_GTEST_PROP(InstantTest, NoTextCrashesIt, (const std::string& text)) {
  if (const auto at = parse_instant(text)) RC_ASSERT(parse_instant(format_instant(*at)) == *at);
  if (const auto length = parse_duration(text)) RC_ASSERT(*length >= Duration{0});
}

RC_GTEST_PROP(DurationTest, ReadsBackWhatItWrites, ()) {
  const Duration length{*rc::gen::inRange<std::int64_t>(0, Duration{days{3650}}.count() + 1)};
  RC_ASSERT(parse_duration(format_duration(length)).value() == length);
}

TEST(DurationTest, IsWrittenInItsShortestExactForm) {
  EXPECT_EQ(format_duration(days{180}), "180d");
  EXPECT_EQ(format_duration(hours{1} + minutes{30}), "1h30m");
  EXPECT_EQ(format_duration(hours{24}), "1d");
  EXPECT_EQ(format_duration(milliseconds{250}), "250ms");
  EXPECT_EQ(format_duration(Duration{0}), "0s");
}

TEST(DurationTest, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("0").value(), Duration{0});
  EXPECT_EQ(parse_duration("0s").value(), Duration{0});
  EXPECT_EQ(parse_duration("1h30m").value(), minutes{90});
  EXPECT_EQ(parse_duration("90m").value(), minutes{90});
  EXPECT_EQ(parse_duration("1d1h1m1s1ms").value(),
            days{1} + hours{1} + minutes{1} + seconds{1} + milliseconds{1});
  EXPECT_EQ(parse_duration("3650d").value(), days{3650});
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const std::string text :
       {"", "5", "d", "-1d", "+1d", "1.5h", "1 d", " 1d", "1d ", "1D", "1y", "1w", "1md", "00",
        "3651d", "3650d1ms", "99999999999999999999d", "9223372036854775807ms", "never"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument);
  }
}

TEST(RelativeTest, RoundsDownToTheLargestUnit) {
  const auto now = parse_instant("2026-11-24").value();
  EXPECT_EQ(describe_relative(now + days{12} + hours{23}, now), "in 12 days");
  EXPECT_EQ(describe_relative(now + days{1}, now), "in 1 day");
  EXPECT_EQ(describe_relative(now + hours{23} + minutes{59}, now), "in 23 hours");
  EXPECT_EQ(describe_relative(now - hours{3} - minutes{59}, now), "3 hours ago");
  EXPECT_EQ(describe_relative(now - minutes{1}, now), "1 minute ago");
  EXPECT_EQ(describe_relative(now + seconds{2}, now), "in 2 seconds");
  EXPECT_EQ(describe_relative(now + milliseconds{999}, now), "now");
  EXPECT_EQ(describe_relative(now, now), "now");
}

}  // namespace
}  // namespace rekey::base

#include "rotation/inventory/window.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rekey::rotation {
namespace {

base::Instant at(std::string_view text) {
  return base::parse_instant(text).value();
}
Window window(std::string_view text) {
  return parse_window(text).value();
}

TEST(Window, IsOpenOnItsDaysBetweenItsTimesInItsOwnOffset) {
  const Window office = window("mon-thu 08:00-16:00 +01:00");
  EXPECT_TRUE(is_open(office, at("2026-11-23T07:00:00Z")));  // a Monday, 08:00 there
  EXPECT_FALSE(is_open(office, at("2026-11-23T06:59:59Z")));
  EXPECT_TRUE(is_open(office, at("2026-11-26T14:59:59Z")));  // Thursday
  EXPECT_FALSE(is_open(office, at("2026-11-26T15:00:00Z")));
  EXPECT_FALSE(is_open(office, at("2026-11-27T10:00:00Z")));  // Friday
}

TEST(Window, OneThatPassesMidnightBelongsToTheDayOnWhichItBegins) {
  const Window night = window("sun 22:00-02:00");
  EXPECT_TRUE(is_open(night, at("2026-11-22T23:00:00Z")));
  EXPECT_TRUE(is_open(night, at("2026-11-23T01:59:00Z")));
  EXPECT_FALSE(is_open(night, at("2026-11-22T01:00:00Z")));
}

TEST(Window, TheNextOpeningIsNowOrTheFirstMinuteOfOne) {
  const Window office = window("tue,thu 09:00-17:00");
  EXPECT_EQ(next_opening(office, at("2026-11-25T12:00:00Z")), at("2026-11-26T09:00:00Z"));
  EXPECT_EQ(next_opening(office, at("2026-11-26T09:30:00Z")), at("2026-11-26T09:30:00Z"));
  EXPECT_EQ(next_opening(office, at("2026-11-26T17:00:00Z")), at("2026-12-01T09:00:00Z"));
}

TEST(Window, OneOfATimeZoneFollowsItsSummerTime) {
  Window office = window("mon-fri 08:00-16:00 Europe/Berlin");
  EXPECT_EQ(office.zone, "Europe/Berlin");
  office.zone_offsets = {{at("2026-10-25T01:00:00Z"), 60}, {at("2027-03-28T01:00:00Z"), 120}};
  EXPECT_FALSE(is_open(office, at("2027-03-26T06:30:00Z"))) << "a Friday in winter, 07:30 there";
  EXPECT_TRUE(is_open(office, at("2027-03-29T06:30:00Z"))) << "a Monday in summer, 08:30 there";
  EXPECT_EQ(next_opening(office, at("2027-03-26T15:00:00Z")), at("2027-03-29T06:00:00Z"));
  EXPECT_EQ(to_text(office), "mon,tue,wed,thu,fri 08:00-16:00 Europe/Berlin");
  const auto again = with_zone_offsets(window(to_text(office)), zone_offset_texts(office));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, office);
  EXPECT_FALSE(with_zone_offsets(office, {"2027-03-28T01:00:00Z"}));
}

TEST(Window, WhatIsNoneIsRefusedWithAnExample) {
  for (const std::string_view text :
       {"", "mon", "mon 08:00", "mon 08:00-08:00", "mun 08:00-09:00", "mon 08:00-25:00",
        "mon 8:00-9:00", "mon 08:00-09:00 CET", "mon 08:00-09:00 Europe/Ber;lin",
        "mon 08:00-09:00 +15:00", "mon-tue-wed 08:00-09:00"}) {
    const auto parsed = parse_window(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().detail.find("mon-thu 08:00-16:00"), std::string::npos);
  }
}

RC_GTEST_PROP(Window, ItsTextGivesItAgain, ()) {
  Window one;
  for (auto& day : one.days) day = *rc::gen::arbitrary<bool>();
  one.days[*rc::gen::inRange<std::size_t>(0, 7)] = true;
  one.from_minute = *rc::gen::inRange(0, 1440);
  one.to_minute = *rc::gen::suchThat(rc::gen::inRange(0, 1441),
                                     [&](int minute) { return minute != one.from_minute; });
  one.offset_minutes = *rc::gen::inRange(-840, 841);
  RC_ASSERT(window(to_text(one)) == one);
}

}  // namespace
}  // namespace rekey::rotation

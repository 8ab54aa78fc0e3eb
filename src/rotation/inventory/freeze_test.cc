#include "rotation/inventory/freeze.h"

#include <gtest/gtest.h>

namespace rekey::rotation {
namespace {

base::Instant at(std::string_view text) {
  return base::parse_instant(text).value();
}

TEST(Freeze, IsFromTheFirstDayToTheEndOfTheLast) {
  const std::vector<Freeze> freezes{parse_freeze("2026-12-20..2027-01-04").value(),
                                    parse_freeze("2027-01-04").value()};
  EXPECT_EQ(find_freeze(freezes, at("2026-12-19T23:59:59Z")), nullptr);
  EXPECT_EQ(find_freeze(freezes, at("2026-12-20T00:00:00Z")), freezes.data());
  EXPECT_EQ(find_freeze(freezes, at("2027-01-04T23:59:59Z")), freezes.data());
  EXPECT_EQ(find_freeze(freezes, at("2027-01-05T00:00:00Z")), nullptr);
  for (const Freeze& freeze : freezes) EXPECT_EQ(parse_freeze(to_text(freeze)).value(), freeze);
}

TEST(Freeze, ItsDaysAreThoseOfTheWindowBesideIt) {
  const Freeze utc = parse_freeze("2027-03-27..2027-03-28").value();
  EXPECT_EQ(in_zone_of(utc, parse_window("mon 08:00-16:00").value()), utc);
  const Freeze east = in_zone_of(utc, parse_window("mon 08:00-16:00 +05:30").value());
  EXPECT_EQ(east.from, at("2027-03-26T18:30:00Z"));
  EXPECT_EQ(east.to, at("2027-03-28T18:30:00Z"));
  EXPECT_EQ(to_text(east), "2027-03-27..2027-03-28");
  // Summer time begins in the night to the second day.
  const auto berlin =
      with_zone_offsets(parse_window("mon 08:00-16:00 Europe/Berlin").value(),
                        {"2026-10-25T01:00:00Z +01:00", "2027-03-28T01:00:00Z +02:00"});
  ASSERT_TRUE(berlin) << berlin.error().detail;
  const Freeze there = in_zone_of(utc, *berlin);
  EXPECT_EQ(there.from, at("2027-03-26T23:00:00Z"));
  EXPECT_EQ(there.to, at("2027-03-28T22:00:00Z"));
}

TEST(Freeze, WhatIsNoneIsRefusedWithAnExample) {
  for (const std::string_view text :
       {"", "christmas", "2026-12-20..", "..2027-01-04", "2026-12-20T10:00:00Z..2027-01-04",
        "2027-01-04..2026-12-20", "2026-12-20..2027-01-04..2027-01-05"}) {
    EXPECT_FALSE(parse_freeze(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::rotation

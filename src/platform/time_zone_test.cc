#include "platform/time_zone.h"

#include <gtest/gtest.h>

namespace rekey::platform {
namespace {

int offset_of(const std::string& zone, std::string_view at) {
  return utc_offset_minutes(zone, base::parse_instant(at).value()).value();
}

TEST(TimeZone, SummerTimeBeginsAndEndsAtItsInstant) {
  EXPECT_EQ(offset_of("Europe/Berlin", "2026-03-29T00:59:59Z"), 60);
  EXPECT_EQ(offset_of("Europe/Berlin", "2026-03-29T01:00:00Z"), 120);
  EXPECT_EQ(offset_of("Europe/Berlin", "2026-10-25T00:59:59Z"), 120);
  EXPECT_EQ(offset_of("Europe/Berlin", "2026-10-25T01:00:00Z"), 60);
}

TEST(TimeZone, WestOfGreenwichIsNegativeAndHalfHoursCount) {
  EXPECT_EQ(offset_of("America/New_York", "2026-01-15T12:00:00Z"), -300);
  EXPECT_EQ(offset_of("Asia/Kolkata", "2026-01-15T12:00:00Z"), 330);
  EXPECT_EQ(offset_of("UTC", "2026-07-15T12:00:00Z"), 0);
}

TEST(TimeZone, ANameThatTheSystemDoesNotKnowIsSaid) {
  for (const std::string name : {"Europe/Atlantis", "", "../../etc/passwd", "/etc/passwd"}) {
    const auto offset = utc_offset_minutes(name, base::Instant{});
    ASSERT_FALSE(offset) << name;
    EXPECT_EQ(offset.error().code, base::Code::kNotFound);
  }
}

TEST(TimeZone, TellsEveryOffsetOfATime) {
  const auto at = [](std::string_view text) { return base::parse_instant(text).value(); };
  const auto offsets = utc_offsets("Europe/Berlin", at("2026-12-01"), at("2027-12-01"));
  ASSERT_TRUE(offsets) << offsets.error().detail;
  ASSERT_EQ(offsets->size(), 3u);
  EXPECT_EQ((*offsets)[0].from, at("2026-12-01"));
  EXPECT_EQ((*offsets)[0].minutes, 60);
  EXPECT_EQ((*offsets)[1].from, at("2027-03-28T01:00:00Z"));
  EXPECT_EQ((*offsets)[1].minutes, 120);
  EXPECT_EQ((*offsets)[2].from, at("2027-10-31T01:00:00Z"));
  EXPECT_EQ(utc_offsets("Etc/UTC", at("2026-12-01"), at("2027-12-01"))->size(), 1u);
  EXPECT_FALSE(utc_offsets("Europe/Nowhere", at("2026-12-01"), at("2027-12-01")));
}

}  // namespace
}  // namespace rekey::platform

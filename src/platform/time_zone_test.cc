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

}  // namespace
}  // namespace rekey::platform

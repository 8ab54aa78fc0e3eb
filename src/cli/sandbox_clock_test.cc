#include "cli/sandbox_clock.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"

namespace rekey::cli {
namespace {

class SandboxClockTest : public ::testing::Test {
 protected:
  [[nodiscard]] base::Result<std::unique_ptr<SandboxClock>> open() {
    return SandboxClock::open(clock_, files_, temp_ / "sandbox.clock");
  }
  platform::TempFolder temp_;
  platform::SystemFiles files_;
  platform::SetClock clock_{*base::parse_instant("2026-11-24T10:00:00Z")};
};

TEST_F(SandboxClockTest, ShowsTheSystemsTimeUntilItIsMoved) {
  const auto clock = open().value();
  EXPECT_EQ(clock->now(), clock_.now());
  EXPECT_EQ(files_.facts(temp_ / "sandbox.clock").error().code, base::Code::kNotFound);
}

TEST_F(SandboxClockTest, IsWhereItWasAfterARestart) {
  const base::Duration monotonic = clock_.monotonic();
  {
    const auto clock = open().value();
    EXPECT_EQ(clock->advance(base::Days{100}).value(), clock_.now() + base::Days{100});
    EXPECT_EQ(clock->advance(base::Days{70}).value(), clock_.now() + base::Days{170});
    EXPECT_EQ(clock->monotonic(), monotonic);
  }
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(open().value()->now(), clock_.now() + base::Days{170});
}

TEST_F(SandboxClockTest, DoesNotGoBackAndNotWithoutEnd) {
  const auto clock = open().value();
  EXPECT_FALSE(clock->advance(base::Duration{-1}));
  EXPECT_FALSE(clock->advance(base::Days{36'501}));
  EXPECT_EQ(clock->now(), clock_.now());
}

TEST_F(SandboxClockTest, RefusesAFileThatSaysSomethingElse) {
  ASSERT_TRUE(files_.create(temp_ / "sandbox.clock", "soon\n", 0600));
  EXPECT_EQ(open().error().code, base::Code::kCorrupt);
}

}  // namespace
}  // namespace rekey::cli

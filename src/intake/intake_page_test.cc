#include "intake/intake_page.h"

#include <gtest/gtest.h>

namespace rekey::intake {
namespace {

using base::Code;
using base::Duration;

class IntakePageTest : public ::testing::Test {
 protected:
  base::Result<IntakePage> start(std::string host = "127.0.0.1") {
    return IntakePage::start({.listen_address = "127.0.0.1",
                              .port = 0,
                              .host = std::move(host),
                              .certificate_pem = {},
                              .key_pem = {},
                              .lasts = std::chrono::minutes{15},
                              .address = key_.address("run 1"),
                              .rules = {},
                              .card = {},
                              .accept = [](std::string_view) { return base::Status(); }},
                             clock_);
  }
  crypto::IntakeKey key_ = crypto::make_intake_key();
  platform::SetClock clock_{base::from_millis(1'790'000'000'000)};
};

TEST_F(IntakePageTest, TheInvitationNamesLinkAndFingerprint) {
  const auto page = start("intake.example");
  ASSERT_TRUE(page.has_value()) << page.error().detail;
  const auto& invitation = page->invitation();
  EXPECT_TRUE(invitation.link.reveal().starts_with("https://intake.example:"));
  EXPECT_TRUE(invitation.is_self_signed);
  EXPECT_EQ(invitation.certificate_fingerprint.size(), 32u * 3 - 1);
}

TEST_F(IntakePageTest, WaitingEndsWithTheLinksTimeAndBeforeItAtTheTimeGiven) {
  auto page = start();
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->wait(clock_.monotonic()).error().code, Code::kTimeout);
  clock_.advance(std::chrono::minutes{15});
  EXPECT_EQ(page->wait(clock_.monotonic()).error().code, Code::kExpired);
}

TEST_F(IntakePageTest, WaitingEndsWhenThePageIsStopped) {
  auto page = start();
  ASSERT_TRUE(page.has_value());
  page->stop();
  EXPECT_EQ(page->wait(clock_.monotonic() + Duration{1}).error().code, Code::kUnavailable);
}

TEST_F(IntakePageTest, AHostThatIsNoneIsRefused) {
  const auto page = start("https://intake.example");
  ASSERT_FALSE(page.has_value());
  EXPECT_EQ(page.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::intake

#include "intake/intake_page.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "net/server_fixture.h"

namespace rekey::intake {
namespace {

using base::Code;
using base::Duration;

// A TLS record of application data, before any handshake (RFC 8446 section 5.1).
constexpr std::string_view kTooSoon{"\x17\x03\x01\0\1a", 6};

class IntakePageThreaded : public ::testing::Test {
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
  static std::uint16_t port_of(const IntakePage& page) {
    const auto link = std::string(page.invitation().link.reveal());
    return static_cast<std::uint16_t>(std::stoi(link.substr(link.find(':', 6) + 1)));
  }
  crypto::IntakeKey key_ = crypto::make_intake_key();
  platform::SetClock clock_{base::from_millis(1'790'000'000'000)};
};

TEST_F(IntakePageThreaded, TheInvitationNamesLinkAndFingerprint) {
  const auto page = start("intake.example");
  ASSERT_TRUE(page.has_value()) << page.error().detail;
  const auto& invitation = page->invitation();
  EXPECT_TRUE(invitation.link.reveal().starts_with("https://intake.example:"));
  EXPECT_TRUE(invitation.is_self_signed);
  EXPECT_EQ(invitation.certificate_fingerprint.size(), 32u * 3 - 1);
}

TEST_F(IntakePageThreaded, TheLinkWritesAnAddressAsBrowsersDo) {
  const auto page = start("2001:db8::7");
  ASSERT_TRUE(page.has_value()) << page.error().detail;
  EXPECT_TRUE(page->invitation().link.reveal().starts_with("https://[2001:db8::7]:"));
  EXPECT_EQ(page->invitation().until, "2026-09-21 14:28 UTC");
}

TEST_F(IntakePageThreaded, WaitingEndsWithTheLinksTimeAndBeforeItAtTheTimeGiven) {
  auto page = start();
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->wait(clock_.monotonic()).error().code, Code::kTimeout);
  clock_.advance(std::chrono::minutes{15});
  EXPECT_EQ(page->wait(clock_.monotonic()).error().code, Code::kExpired);
}

TEST_F(IntakePageThreaded, WaitingEndsWhenThePageIsStopped) {
  auto page = start();
  ASSERT_TRUE(page.has_value());
  page->stop();
  EXPECT_EQ(page->wait(clock_.monotonic() + Duration{1}).error().code, Code::kUnavailable);
}

TEST_F(IntakePageThreaded, WhoComesWhileTheRoomIsFullIsHungUpOnAndOthersAreHeardWhenThereIsRoom) {
  auto page = start();
  ASSERT_TRUE(page.has_value());
  std::vector<net::RawClient> silent;
  for (std::size_t i = 0; i < kMostConnections; ++i) silent.emplace_back(port_of(*page));
  net::RawClient late(port_of(*page));
  EXPECT_EQ(late.read_to_end(), "");
  silent.clear();
  const auto is_heard = [&] {
    net::RawClient next(port_of(*page));
    next.send(kTooSoon);
    return !next.read_to_end().empty();  // TLS answers it with an alert
  };
  bool is_any_heard = false;
  for (int i = 0; i < 1000 && !is_any_heard; ++i) is_any_heard = is_heard();
  EXPECT_TRUE(is_any_heard);
}

TEST_F(IntakePageThreaded, ItEndsWhileSomebodyStaysSilent) {
  auto page = std::optional(start().value());
  net::RawClient silent(port_of(*page));
  net::RawClient next(port_of(*page));
  ASSERT_TRUE(next.send(kTooSoon));
  next.read_to_end();  // it was served, and so the silent one before it
  page.reset();
  EXPECT_EQ(silent.read_to_end().find("HTTP"), std::string::npos);
}

TEST_F(IntakePageThreaded, AHostThatIsNoneIsRefused) {
  const auto page = start("https://intake.example");
  ASSERT_FALSE(page.has_value());
  EXPECT_EQ(page.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::intake

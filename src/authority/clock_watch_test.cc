#include "authority/clock_watch.h"

#include <gtest/gtest.h>

#include "authority/service_test_support.h"
#include "net/http_date.h"

namespace rekey::authority {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Instant kNow = *base::parse_instant("2026-11-24T10:00:00Z");

CallerNetwork network(std::uint8_t number) {
  CallerNetwork one;
  one.bytes[15] = number;
  return one;
}

TEST(ClockWatch, AStepIsWhatMonotonicTimeDidNotMake) {
  ClockWatch watch;
  EXPECT_EQ(watch.look({kNow, seconds{50}}), base::Duration{0}) << "nothing to compare with";
  EXPECT_EQ(watch.look({kNow + seconds{1}, seconds{51}}), base::Duration{0});
  EXPECT_EQ(watch.look({kNow + seconds{62}, seconds{52}}), base::Duration{0}) << "being steered";
  EXPECT_EQ(watch.look({kNow + hours{3}, seconds{53}}), hours{3} - seconds{63});
  EXPECT_EQ(watch.look({kNow, seconds{54}}), base::Duration{0}) << "back is the ledger's matter";
}

TEST(ClockWatch, OneCallerWithAWrongClockIsOutvoted) {
  ClockWatch watch;
  EXPECT_FALSE(watch.ahead_of_callers());
  watch.note_caller(network(1), kNow - hours{1}, kNow);
  EXPECT_EQ(watch.ahead_of_callers(), hours{1});
  watch.note_caller(network(2), kNow + seconds{1}, kNow);
  watch.note_caller(network(3), kNow, kNow);
  EXPECT_EQ(watch.ahead_of_callers(), seconds{0});
  for (int i = 0; i < 100; ++i) watch.note_caller(network(1), kNow - hours{1}, kNow);
  EXPECT_EQ(watch.ahead_of_callers(), seconds{0}) << "one network has one vote";
}

TEST(ClockWatch, AClockThatIsMovedOnPurposeIsNoMatter) {
  ClockWatch watch(ClockWatch::Of::kPlayed);
  EXPECT_EQ(watch.look({kNow, seconds{50}}), base::Duration{0});
  EXPECT_EQ(watch.look({kNow + hours{900}, seconds{51}}), base::Duration{0});
  watch.note_caller(network(1), kNow, kNow + hours{900});
  EXPECT_FALSE(watch.ahead_of_callers());
}

TEST(ClockWatch, OnlyTheLastNetworksCount) {
  ClockWatch watch;
  for (std::uint8_t i = 0; i < 200; ++i) watch.note_caller(network(i), kNow - minutes{i}, kNow);
  EXPECT_EQ(watch.ahead_of_callers(), minutes{192});
}

TEST(ClockWatch, TheSentencesNameBothTimes) {
  const std::string behind = describe_clock_behind(kNow, kNow + hours{49});
  for (const char* part :
       {"2026-11-24T10:00:00Z", "2026-11-26T11:00:00Z", "2d1h", "set the clock"}) {
    EXPECT_NE(behind.find(part), std::string::npos) << behind;
  }
  EXPECT_NE(describe_clock_after(kNow + hours{49}, kNow).find("2d1h earlier"), std::string::npos);
  EXPECT_NE(describe_ahead_of_callers(-minutes{5}).find("5m behind"), std::string::npos);
  EXPECT_NE(describe_ahead_of_callers(minutes{5}).find("5m ahead of"), std::string::npos);
}

class ClockServiceTest : public ServiceTest {};

TEST_F(ClockServiceTest, AClockBehindTheLedgerNamesBothTimesAndIssuesNoTokens) {
  const Answer created = create_package();
  const std::string client_id = created.at("integration.client_id");
  const std::string value = created.at("secret.value");
  service_.stop();
  clock_.advance(-base::Duration{hours{2}});
  ASSERT_TRUE(service_.start());
  const Answer ready = service_.send(net::Method::kGet, "/readyz", "");
  EXPECT_EQ(ready.status, 503);
  for (const char* part : {"2026-11-24T08:00:00Z", "2026-11-24T10:00:00Z", "2h later"}) {
    EXPECT_NE(ready.text.find(part), std::string::npos) << ready.text;
  }
  EXPECT_EQ(service_.token(client_id, value).status, 503);
  clock_.advance(hours{2});
  service_.stop();
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(service_.send(net::Method::kGet, "/readyz", "").status, 200);
  EXPECT_EQ(service_.token(client_id, value).status, 200);
}

TEST_F(ClockServiceTest, StatusTellsHowFarItSeemsAheadOfItsAdministrators) {
  EXPECT_EQ(service_.get("/status").at("clock.ahead_of_callers_seconds"), "");
  const auto with_date = [&](base::Instant theirs) {
    return service_.send_dated(net::Method::kGet, "/api/v1/status", service_.admin_token(), theirs);
  };
  EXPECT_EQ(with_date(clock_.now() - minutes{7}).at("clock.ahead_of_callers_seconds"), "420");
  EXPECT_EQ(with_date(clock_.now() + minutes{7}).at("clock.ahead_of_callers_seconds"), "-420");
  const auto stranger =
      service_.send_dated(net::Method::kGet, "/api/v1/status", "nobody", clock_.now() - hours{9});
  EXPECT_EQ(stranger.status, 401);
  EXPECT_EQ(service_.get("/status").at("clock.ahead_of_callers_seconds"), "-420");
}

}  // namespace
}  // namespace rekey::authority

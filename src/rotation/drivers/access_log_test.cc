#include "rotation/drivers/access_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::seconds;

const Instant kStart = base::parse_instant("2026-11-28T23:50:00Z").value();

AccessLog combined() {
  AccessLog log;
  log.name = "the log";
  log.format = parse_log_pattern(kCombinedPattern, LogTime::kClf).value();
  log.token_path = "/v2/token";
  log.covers_all = true;
  log.heartbeat = seconds{60};
  log.lag = seconds{2};
  return log;
}

// A line of nginx, that many seconds after the start.
std::string line(int second, const std::string& agent = "shop/1", int status = 200,
                 const std::string& path = "/v2/token") {
  return fmt::format(
      "10.0.0.1 - - [28/Nov/2026:23:{:02}:{:02} +0000] \"POST {} HTTP/1.1\" {} 512 "
      "\"-\" \"{}\"\n",
      50 + second / 60, second % 60, path, status, agent);
}

UsageReport read(const std::string& text, const AccessLog& log = combined()) {
  auto report = read_access_log(text, log);
  EXPECT_TRUE(report) << (report ? "" : report.error().detail);
  return report.value_or(UsageReport{});
}

TEST(AccessLog, LinesOfOneCallerAreOneRow) {
  const UsageReport report = read(line(0) + line(10) + line(40) + line(50, "cron/1"));
  ASSERT_EQ(report.rows.size(), 2u);
  const UsageRow& shop = report.rows[1];
  EXPECT_EQ(shop.caller, (Caller{"10.0.0.1", "shop/1", "-", false}));
  EXPECT_EQ(shop.secret_id, "");
  EXPECT_EQ(shop.count, 3);
  EXPECT_EQ(shop.first_seen, kStart);
  EXPECT_EQ(shop.last_seen, kStart + seconds{40});
  EXPECT_EQ(shop.longest_gap, Duration(seconds{30}));
  EXPECT_FALSE(report.sources[0].names_secrets);
}

TEST(AccessLog, WhatIsNoTokenIsNoUse) {
  AccessLog log = combined();
  log.own_user_agent = "rekey-rotation/1";
  const UsageReport report =
      read(line(0, "shop/1", 401) + line(1, "shop/1", 200, "/v2/userinfo") +
               line(2, "rekey-rotation/1") + line(3, "shop/1", 200, "/v2/token?x=1"),
           log);
  ASSERT_EQ(report.rows.size(), 1u);
  EXPECT_EQ(report.rows[0].count, 1);
}

TEST(AccessLog, ItIsCompleteFromItsFirstLineToItsLastLessTheLag) {
  const UsageReport report = read(line(0) + line(30, "health", 200, "/up"));
  EXPECT_EQ(report.sources[0].complete_since, kStart + seconds{2});
  EXPECT_EQ(report.sources[0].as_of, kStart + seconds{28});
  EXPECT_TRUE(is_telling(report.sources[0]));
  const UsageSource empty = read("").sources[0];
  EXPECT_EQ(empty.complete_since, empty.as_of) << "no data is not quiet";
  EXPECT_EQ(describe(empty), empty.name + ", which has told nothing yet");
}

TEST(AccessLog, AfterAPauseAStrangeLineOrDisorderItIsCompleteOnlyFromThereOn) {
  const auto since = [](const std::string& text) {
    return read(text).sources[0].complete_since - kStart;
  };
  EXPECT_EQ(since(line(0) + line(60) + line(90)), seconds{2});
  EXPECT_EQ(since(line(0) + line(61) + line(90)), seconds{63});
  EXPECT_EQ(since(line(0) + "logger restarted\n" + line(10) + line(30)), seconds{12});
  EXPECT_EQ(since(line(20) + line(17) + line(30) + line(50)), seconds{32});
  EXPECT_EQ(since(line(20) + line(18) + line(30)), seconds{22}) << "within the lag";
  EXPECT_NE(describe(read(line(0) + line(61) + line(90)).sources[0])
                .find("after a pause longer than its heartbeat"),
            std::string::npos);
}

TEST(AccessLog, ALineThatIsStillBeingWrittenIsLeftForTheNextLook) {
  const std::string half = line(30).substr(0, 40);
  EXPECT_EQ(read(line(0) + half).sources[0].as_of, kStart - seconds{2});
}

TEST(AccessLog, WhereNoLineIsOfTheFormatTheInventoryIsWrong) {
  const auto report = read_access_log("a\nb\n", combined());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, base::Code::kInvalidArgument);
  EXPECT_NE(report.error().detail.find("none of its 2 lines"), std::string::npos);
}

TEST(AccessLog, AQuotationMarkBehindABackslashEndsNothing) {
  const auto entry = parse_log_line(
      R"(10.0.0.1 - - [28/Nov/2026:23:50:00 +0100] "POST / HTTP/1.1" 200 1 "-" "a\" \"b")",
      combined().format);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->user_agent, R"(a\" \"b)");
  EXPECT_EQ(entry->at, kStart - std::chrono::hours{1});
}

TEST(AccessLog, ALineCanNameTheClientAndTheSecret) {
  AccessLog log = combined();
  log.format =
      parse_log_pattern("{time} {client_id} {secret_id} {status} {user_agent}", LogTime::kIso)
          .value();
  log.token_path.clear();
  log.client_id = "client";
  const UsageReport report = read(
      "2026-11-28T23:50:00Z client sec_1 200 shop\n2026-11-28T23:50:01Z another sec_9 200 shop\n"
      "2026-11-28T23:50:09Z client - 200 shop\n",
      log);
  ASSERT_EQ(report.rows.size(), 2u);
  EXPECT_EQ(report.rows[0].secret_id, "") << "a dash is nothing";
  EXPECT_EQ(report.rows[1].secret_id, "sec_1");
  EXPECT_TRUE(report.sources[0].names_secrets);
  const UsageReport unsure = read(
      "2026-11-28T23:50:00Z client sec_1 200 shop\n2026-11-28T23:50:05Z - sec_1 200 shop\n"
      "2026-11-28T23:50:09Z client sec_1 200 shop\n",
      log);
  EXPECT_EQ(unsure.sources[0].begins_after, "a line that names no client");
}

TEST(AccessLog, JsonLinesAreReadByTheirMembers) {
  AccessLog log = combined();
  log.format = {};
  log.format.time = LogTime::kUnix;
  log.format.members = {{LogField::kTime, "ts"},
                        {LogField::kUserAgent, "request.headers.User-Agent"},
                        {LogField::kStatus, "status"},
                        {LogField::kPath, "request.uri"}};
  const UsageReport report = read(
      R"({"ts":1796000000.25,"status":200,"request":{"uri":"/v2/token","headers":{"User-Agent":"a"}}})"
      "\n"
      R"({"ts":"1796000001","status":200,"request":{"uri":"/v2/token","headers":{"User-Agent":"a"}}})"
      "\n",
      log);
  ASSERT_EQ(report.rows.size(), 1u);
  EXPECT_EQ(report.rows[0].first_seen, base::from_millis(1'796'000'000'250));
  EXPECT_EQ(report.rows[0].count, 2);
}

TEST(AccessLog, APatternThatCannotBeReadByIsRefusedInWords) {
  for (const auto& [pattern, what] :
       {std::pair{"{network} {status}", "lacks {time}"},
        std::pair{"{time}{status}", "without a text"}, std::pair{"{time} {user", "without its }"},
        std::pair{"{time} {agent}", "none of {time}"}}) {
    const auto format = parse_log_pattern(pattern, LogTime::kClf);
    ASSERT_FALSE(format) << pattern;
    EXPECT_NE(format.error().detail.find(what), std::string::npos) << format.error().detail;
  }
}

RC_GTEST_PROP(AccessLog, WhateverStrangersWriteIntoALineItNeverHidesTheNextOne,
              (std::string agent)) {
  std::erase(agent, '\n');
  const std::string odd = "10.0.0.9 - - [28/Nov/2026:23:50:10 +0000] \"GET " + agent +
                          " HTTP/1.1\" 404 0 \"-\" \"" + agent + "\"\n";
  const UsageReport report = read(line(0) + odd + line(20));
  RC_ASSERT(report.sources[0].as_of == kStart + seconds{18});
  const auto shop = std::find_if(report.rows.begin(), report.rows.end(), [](const UsageRow& row) {
    return row.caller.user_agent == "shop/1" && row.caller.network == "10.0.0.1";
  });
  RC_ASSERT(shop != report.rows.end() && shop->count == 2);
}

}  // namespace
}  // namespace rekey::rotation

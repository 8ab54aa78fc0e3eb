#include "cli/notice_settings.h"

#include "cli/notice_example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace rekey::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kLeast =
    "version: 1\n"
    "fallback: [team]\n"
    "recipients:\n"
    "  - {name: team, mail: [team@example.com]}\n"
    "mail: {host: smtp.example.com, from: rekey@example.com}\n";

std::string error_of(std::string_view text) {
  const auto config = parse_notice_config(text, "n/notices.yaml");
  return config ? "" : config.error().detail;
}

TEST(NoticeSettings, TheLeastThatIsNeeded) {
  const auto config = parse_notice_config(kLeast, "n/notices.yaml");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->state_folder, "n/.rekey");
  EXPECT_EQ(config->calendar_file, "");
  EXPECT_EQ(config->settings.mail.port, 587);
  EXPECT_EQ(config->settings.mail.security, net::SmtpSecurity::kStartTls);
  EXPECT_EQ(config->settings.rules.days_before_end.size(), 8u);
}

TEST(NoticeSettings, ReadsTheExample) {
  std::ifstream file(REKEY_SOURCE_DIR "/examples/notices.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ASSERT_FALSE(text.empty());
  const auto config = parse_notice_config(text, "/etc/rekey/notices.yaml");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->calendar_file, "/etc/rekey/secrets.ics");
  EXPECT_EQ(config->settings.mail.password_file, "/etc/rekey/smtp.password");
  const auto& quiet = config->settings.recipients.at(1).quiet_hours;
  ASSERT_TRUE(quiet.has_value());
  EXPECT_EQ(quiet->from_minute, 20 * 60);
  EXPECT_EQ(quiet->until_minute, 7 * 60 + 30);
  EXPECT_EQ(quiet->time_zone, "Europe/Berlin");
  EXPECT_EQ(config->settings.webhooks.at(0).shape, notice::WebhookShape::kSlack);
  EXPECT_EQ(config->settings.rules.days_before_dormancy, std::vector<int>{30});
}

TEST(NoticeSettings, ReadsTheFirstFileThatIsWritten) {
  const auto config = parse_notice_config(kFirstNotices, "/etc/rekey/notices.yaml");
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  EXPECT_EQ(config->settings.fallback, std::vector<std::string>{"team"});
  // Its examples hold too, once they are no comments any more.
  std::string text(kFirstNotices);
  for (const std::string_view key :
       {"webhooks: [chat]", "quiet_hours:", "- name: payments-team", "  mail: [payments",
        "username:", "password_file:", "rules:", "  days_before_end:", "  days_before_dormancy:",
        "webhooks:\n", "  - name: chat", "    shape:", "    url_file:", "heartbeat:", "  url:"}) {
    const std::string commented = "# " + std::string(key);
    const auto place = text.find(commented);
    ASSERT_NE(place, std::string::npos) << key;
    text.erase(place, 2);
  }
  const auto full = parse_notice_config(text, "/etc/rekey/notices.yaml");
  ASSERT_TRUE(full.has_value()) << full.error().detail << text;
  EXPECT_EQ(full->settings.webhooks.size(), 1u);
  EXPECT_EQ(full->settings.recipients.size(), 2u);
}

TEST(NoticeSettings, TellsEveryMistakeWithItsPlace) {
  const std::string error = error_of(
      "version: 2\n"
      "fallback: [team]\n"
      "recipients:\n"
      "  - {name: team, webhook: [desk]}\n"
      "  - {quiet_hours: {from: \"25:00\", until: \"07:00\", utc_offset: \"1\"}}\n"
      "mail: {host: smtp.example.com, from: rekey@example.com, port: 010, security: ssl}\n"
      "heartbeat: {silence_after: soon}\n");
  EXPECT_THAT(error, HasSubstr("n/notices.yaml:1:10: version must be 1"));
  EXPECT_THAT(error,
              HasSubstr(":4:18: unknown key webhook in a recipient; did you mean webhooks?"));
  EXPECT_THAT(error, HasSubstr("from must be a time of day"));
  EXPECT_THAT(error, HasSubstr("utc_offset must be such as"));
  EXPECT_THAT(error, HasSubstr("a recipient lacks the key name"));
  EXPECT_THAT(error, HasSubstr("port must be a whole number from 1 to 65535"));
  EXPECT_THAT(error, HasSubstr("security ssl is not known; "));
  EXPECT_THAT(error, HasSubstr("silence_after must be a time"));
}

TEST(NoticeSettings, TellsWhatTheRulesOfNoticesForbid) {
  const std::string error = error_of(std::string(kLeast) + "rules: {days_before_end: [4000]}\n");
  EXPECT_THAT(error, HasSubstr("n/notices.yaml: "));
  EXPECT_THAT(error, HasSubstr("4000"));
}

}  // namespace
}  // namespace rekey::cli

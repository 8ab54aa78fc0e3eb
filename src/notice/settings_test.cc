#include "notice/settings.h"

#include <gtest/gtest.h>

#include "notice/notice_test_support.h"
#include "notice/recipients.h"

namespace rekey::notice {
namespace {

void expect_complaint(const Settings& settings, const std::string& words) {
  const auto status = check(settings);
  ASSERT_FALSE(status) << words;
  EXPECT_EQ(status.error().code, base::Code::kInvalidArgument);
  EXPECT_NE(status.error().detail.find(words), std::string::npos) << status.error().detail;
}

TEST(Settings, TheDefaultsWithAFallbackAreRight) {
  const auto status = check(two_teams());
  EXPECT_TRUE(status) << status.error().detail;
}

TEST(Settings, EachMistakeIsToldWithItsPlace) {
  expect_complaint({}, "fallback: name at least one");
  Settings settings = two_teams();
  settings.fallback = {"ops@example.org"};
  expect_complaint(settings, "neither a recipient nor an address");
  settings = two_teams();
  settings.recipients[0].mail = {"no address"};
  expect_complaint(settings, "recipient \"payments\": \"no address\" is not a mail address");
  expect_complaint(settings, "mail.host is not set");
  settings = two_teams();
  settings.recipients[0].webhooks = {"chat"};
  expect_complaint(settings, "there is no webhook \"chat\"");
  settings = two_teams();
  settings.recipients[1].commands.clear();
  expect_complaint(settings, "recipient \"admins\": can be told nothing");
  settings = two_teams();
  settings.recipients[1].name = "payments";
  expect_complaint(settings, "recipients: \"payments\" is there twice");
  settings = two_teams();
  settings.webhooks = {webhook_to("chat", "http://example.org/", WebhookShape::kRekey)};
  expect_complaint(settings, "webhook \"chat\": the url must begin with https://");
  expect_complaint(settings, "needs a secret_file");
  settings.webhooks = {webhook_to("chat", "", WebhookShape::kRekey)};
  expect_complaint(settings, "needs either url or url_file");
  settings = two_teams();
  settings.mail.host = "mail.example.org";
  settings.mail.username = "mailer";
  expect_complaint(settings, "mail.from");
  expect_complaint(settings, "username and password_file go together");
  settings = two_teams();
  settings.retry.give_up_after = std::chrono::minutes{1};
  expect_complaint(settings, "retry");
  settings = two_teams();
  settings.commands[0].timeout = base::Duration{0};
  expect_complaint(settings, "command \"pay\": the timeout");
  settings = two_teams();
  settings.heartbeat.url = "http://monitor.example.org/";
  expect_complaint(settings, "heartbeat.url");
}

TEST(Recipients, ANameLeadsToEachOfItsWaysOnce) {
  Settings settings = two_teams();
  settings.mail.host = "mail.example.org";
  settings.recipients[0].mail = {"pay@example.org", "boss@example.org"};
  const auto resolved = resolve(settings, {"payments", "pay@example.org", "payments", "admins"});
  ASSERT_EQ(resolved.routes.size(), 4U);
  EXPECT_EQ(resolved.routes[0].address, "pay@example.org");
  EXPECT_EQ(resolved.routes[2].channel, "command/pay");
  EXPECT_TRUE(resolved.unknown.empty());
  EXPECT_EQ(kind_of_channel("webhook/ops"), "webhook");
}

TEST(Recipients, TheFallbackIsToldWhereNoNameLeadsAnywhere) {
  const auto resolved = resolve(two_teams(), {"nobody", "x@example.org"});
  ASSERT_EQ(resolved.routes.size(), 1U);
  EXPECT_EQ(resolved.routes[0].channel, "command/adm");
  EXPECT_EQ(resolved.unknown.size(), 2U);
}

TEST(Recipients, OnesOwnQuietHoursWinOverTheGeneralOnes) {
  Settings settings = two_teams();
  settings.quiet_hours = QuietHours{1, 2, 0};
  settings.recipients[0].quiet_hours = QuietHours{3, 4, 0};
  EXPECT_EQ(resolve(settings, {"payments"}).routes.at(0).quiet_hours, (QuietHours{3, 4, 0}));
  EXPECT_EQ(resolve(settings, {"admins"}).routes.at(0).quiet_hours, (QuietHours{1, 2, 0}));
}

}  // namespace
}  // namespace rekey::notice

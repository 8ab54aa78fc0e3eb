#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

#include "base/text.h"
#include "crypto/hmac.h"
#include "net/json.h"
#include "net/server_fixture.h"
#include "net/smtp_test_support.h"
#include "notice/channels/command.h"
#include "notice/channels/email.h"
#include "notice/channels/registry.h"
#include "notice/channels/webhook.h"
#include "notice/notice_test_support.h"
#include "platform/temp_folder.h"

namespace rekey::notice {
namespace {

using base::Code;
using std::chrono::days;

Message two_items() {
  auto subject = secret_ending("1", kStart + days{7});
  subject.package = "Zahlungen <Süd> & \"Nord\"";
  subject.contact = "Ada";
  subject.link = "https://docs.example.org/rotate";
  auto parked = occasion(SubjectKind::kRunParked, "2", kStart);
  parked.detail = "Two writes were refused.";
  Message message;
  const std::vector<Subject> subjects{subject, parked};
  for (const Due& due : due_now(
           subjects, [](std::string_view) { return false; }, Rules{}, kStart)) {
    message.items.push_back(make_item(due, subjects[due.subject]));
  }
  return message;
}

Outgoing outgoing() {
  return {"ntc_0123456789abcdef", 1, kStart, kStart, "ops@example.org", two_items()};
}

class ChannelTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
  }
  Channel& channel(const Settings& settings, const std::string& name) {
    channels_ = make_channels(settings, files_);
    return *channels_.at(name);
  }

  platform::TempFolder folder_;
  platform::SystemFiles files_;
  Channels channels_;
};

TEST_F(ChannelTest, AMailArrivesWithBothTextsUnderTheDeliverysId) {
  net::TestMailServer server;
  Settings settings;
  settings.mail.host = "127.0.0.1";
  settings.mail.port = server.port();
  settings.mail.security = net::SmtpSecurity::kNone;
  settings.mail.username = "mailer";
  settings.mail.password_file = folder_ / "password";
  settings.mail.from = "rekey@example.org";
  write("password", "a password\n");
  const auto status = channel(settings, "email").deliver(outgoing());
  ASSERT_TRUE(status) << status.error().detail;
  ASSERT_EQ(server.mails().size(), 1U);
  const net::ReceivedMail mail = server.mails()[0];
  EXPECT_EQ(mail.to, "<ops@example.org>");
  EXPECT_TRUE(mail.login.ends_with("a password"));
  for (const std::string part :
       {"Message-ID: <ntc_0123456789abcdef@example.org>", "Auto-Submitted: auto-generated",
        "List-Id: <rekey.example.org>", "Subject: Alarm: The rotation for \"Payments\" is parked",
        "Importance: high", "Date: Wed, 25 Nov 2026 12:00:00 +0000", "text/plain", "text/html",
        "Next: rekey status", "Zahlungen &lt;S=C3=BCd&gt;"}) {
    EXPECT_NE(mail.data.find(part), std::string::npos) << part << "\n" << mail.data;
  }
  for (const std::string part : {"<img", "src=3D", "@import", "url(", "<script", "<style"}) {
    EXPECT_EQ(mail.data.find(part), std::string::npos) << part;
  }
  std::remove((folder_ / "password").c_str());
  EXPECT_EQ(channel(settings, "email").deliver(outgoing()).error().code, Code::kNotFound);
}

// What a webhook's receiver sees.
struct Received {
  std::string id;
  std::string timestamp;
  std::string signature;
  std::string body;
};

class WebhookTest : public ChannelTest {
 protected:
  Settings settings_for(WebhookShape shape) {
    WebhookSettings webhook;
    webhook.name = "ops";
    webhook.url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/hook";
    webhook.shape = shape;
    if (shape == WebhookShape::kRekey) webhook.secret_file = folder_ / "secret";
    write("secret", "whsec_" + base::base64_encode(base::bytes_of(key_)) + "\n");
    Settings settings;
    settings.webhooks = {webhook};
    return settings;
  }

  base::Status deliver(WebhookShape shape) {
    return channel(settings_for(shape), "webhook/ops").deliver(outgoing());
  }

  void receive(net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    const std::lock_guard lock(mutex_);
    received_ = {std::string(request.header("webhook-id")),
                 std::string(request.header("webhook-timestamp")),
                 std::string(request.header("webhook-signature")), std::string(request.body)};
    exchange.respond(status_, "text/plain", "", {});
  }

  std::mutex mutex_;
  int status_ = 204;
  Received received_;
  std::string key_ = std::string(32, 'k');
  net::TestServer server_{[this](net::Exchange& exchange) { receive(exchange); }};
};

TEST_F(WebhookTest, ThePayloadArrivesSignedAsTheSpecificationSays) {
  const auto status = deliver(WebhookShape::kRekey);
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(received_.id, "ntc_0123456789abcdef");
  EXPECT_EQ(received_.timestamp, "1795608000");
  crypto::HmacSha256 sign(key_);
  EXPECT_EQ(received_.signature,
            "v1," + base::base64_encode(
                        sign(received_.id + "." + received_.timestamp + "." + received_.body)));
  const auto json = net::parse_json(received_.body).value();
  EXPECT_EQ(json.string_member("type").value(), "rekey.notice.v1");
  EXPECT_EQ(json.string_member("urgency").value(), "alarm");
  ASSERT_EQ(json.find("notices")->items().size(), 2U);
  const auto& item = json.find("notices")->items()[1];
  EXPECT_EQ(item.string_member("rule").value(), "7d");
  EXPECT_EQ(item.string_member("at").value(), "2026-12-02T12:00:00Z");
  EXPECT_EQ(item.string_member("package").value(), "Zahlungen <Süd> & \"Nord\"");
  EXPECT_EQ(from_json(received_.body).value(), two_items());
}

TEST_F(WebhookTest, TheAnswerSaysWhetherToTryAgain) {
  const auto code_after = [&](int status) {
    status_ = status;
    const auto result = deliver(WebhookShape::kRekey);
    EXPECT_FALSE(result) << status;
    return result ? Code::kInternal : result.error().code;
  };
  for (const int status : {408, 425, 429, 500, 503}) {
    EXPECT_EQ(code_after(status), Code::kUnavailable) << status;
  }
  for (const int status : {302, 400, 401, 404, 410}) {
    EXPECT_EQ(code_after(status), Code::kRefused) << status;
  }
}

TEST_F(WebhookTest, SlackIsGivenBlocksAndTeamsACard) {
  ASSERT_TRUE(deliver(WebhookShape::kSlack));
  const auto slack = net::parse_json(received_.body).value();
  EXPECT_EQ(slack.string_member("text").value(),
            "Alarm: The rotation for \"Payments\" is parked, and 1 more");
  EXPECT_EQ(slack.find("blocks")->items().size(), 3U);
  EXPECT_NE(received_.body.find("Zahlungen &lt;Süd&gt; &amp;"), std::string::npos);
  EXPECT_EQ(received_.signature, "");
  ASSERT_TRUE(deliver(WebhookShape::kTeams));
  const auto teams = net::parse_json(received_.body).value();
  EXPECT_EQ(teams.string_member("type").value(), "message");
  const auto& card = teams.find("attachments")->items().at(0);
  EXPECT_EQ(card.string_member("contentType").value(), "application/vnd.microsoft.card.adaptive");
  EXPECT_EQ(card.find("content")->string_member("type").value(), "AdaptiveCard");
  EXPECT_EQ(card.find("content")->find("body")->items().size(), 7U);
}

TEST_F(WebhookTest, AChatThatTakesLittleIsToldHowMuchIsLeftOut) {
  Message message = two_items();
  while (message.items.size() < kMaxItems) message.items.push_back(message.items[1]);
  for (Item& item : message.items) item.detail = std::string(300, 'd');
  EXPECT_NE(slack_body(message, kStart).find("And 10 more"), std::string::npos);
  EXPECT_NE(teams_body(message, kStart).find("And 38 more"), std::string::npos);
  EXPECT_LT(teams_body(message, kStart).size(), 28U * 1024);
  EXPECT_LE(net::parse_json(slack_body(message, kStart))->find("blocks")->items().size(), 50U);
}

TEST_F(WebhookTest, AUrlThatIsASecretComesFromAFileAndShowsInNoError) {
  Settings settings = settings_for(WebhookShape::kSlack);
  write("url", "http://127.0.0.1:1/T000/canary\n");
  settings.webhooks[0].url_file = folder_ / "url";
  settings.webhooks[0].url.clear();
  const auto refused = channel(settings, "webhook/ops").deliver(outgoing());
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().detail.find("canary"), std::string::npos) << refused.error().detail;
  write("url", "ftp://127.0.0.1/canary\n");
  const auto odd = channel(settings, "webhook/ops").deliver(outgoing());
  EXPECT_EQ(odd.error().code, Code::kInvalidArgument);
  EXPECT_EQ(odd.error().detail.find("canary"), std::string::npos) << odd.error().detail;
}

TEST(WebhookSignature, DependsOnAllThatItCoversAndRefusesSecretsThatAreNone) {
  const std::string key(24, 'k');
  const base::Secret bare(base::base64_encode(base::bytes_of(key)));
  const base::Secret prefixed("whsec_" + std::string(bare.reveal()));
  EXPECT_EQ(sign_webhook(bare, "msg_1", 1, "{}").value(),
            sign_webhook(prefixed, "msg_1", 1, "{}").value());
  EXPECT_NE(sign_webhook(bare, "msg_1", 2, "{}").value(),
            sign_webhook(bare, "msg_1", 1, "{}").value());
  for (const std::string text : {"whsec_", "whsec_????", "whsec_c2hvcnQ="}) {
    EXPECT_EQ(sign_webhook(base::Secret(text), "msg_1", 1, "{}").error().code,
              Code::kInvalidArgument);
  }
}

TEST_F(ChannelTest, ACommandIsGivenThePayloadOnStandardInput) {
  Settings settings;
  settings.commands = {{"page", {"tee", folder_ / "out"}, std::chrono::seconds{30}},
                       {"later", {"sh", "-c", "echo full; exit 75"}, std::chrono::seconds{30}},
                       {"never", {"sh", "-c", "exit 1"}, std::chrono::seconds{30}},
                       {"gone", {"rekey-no-such-program"}, std::chrono::seconds{30}}};
  ASSERT_TRUE(channel(settings, "command/page").deliver(outgoing()));
  const base::Secret written = files_.read(folder_ / "out", 100'000).value();
  EXPECT_EQ(from_json(written.reveal()).value(), two_items());
  const auto later = channel(settings, "command/later").deliver(outgoing());
  EXPECT_EQ(later.error().code, Code::kUnavailable);
  EXPECT_NE(later.error().detail.find("full"), std::string::npos);
  EXPECT_EQ(channel(settings, "command/never").deliver(outgoing()).error().code, Code::kRefused);
  EXPECT_EQ(channel(settings, "command/gone").deliver(outgoing()).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace rekey::notice

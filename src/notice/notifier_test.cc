#include "notice/notifier.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "net/json.h"
#include "net/server_fixture.h"
#include "net/smtp_test_support.h"
#include "notice/notice_test_support.h"
#include "platform/faulty_files.h"
#include "platform/temp_folder.h"

namespace rekey::notice {
namespace {

using base::Code;
using base::Instant;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// A receiver that keeps what it is given, and can be told to fail.
struct Inbox {
  std::vector<Outgoing> received;
  std::optional<base::Error> failure;

  base::Status take(const Outgoing& outgoing) {
    if (failure) return tl::unexpected(*failure);
    received.push_back(outgoing);
    return {};
  }
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const Outgoing& outgoing : received) {
      for (const Item& item : outgoing.message.items) keys.push_back(item.key);
    }
    return keys;
  }
};

// The program dies here.
struct Death {};

class NotifierTest : public ::testing::Test {
 protected:
  void open() {
    notifier_.reset();
    Channels channels;
    channels.emplace("command/pay", std::make_unique<FunctionChannel>([this](const auto& outgoing) {
                       return pay_.take(outgoing);
                     }));
    channels.emplace("command/adm", std::make_unique<FunctionChannel>([this](const auto& outgoing) {
                       return adm_.take(outgoing);
                     }));
    auto notifier = Notifier::open_over(
        settings_, files_, folder_ / "state", std::move(channels), [] { return 0.0; },
        [this](const std::string& url) -> base::Status {
          pings_.push_back(url);
          return {};
        });
    ASSERT_TRUE(notifier) << notifier.error().detail;
    notifier_ = *std::move(notifier);
  }

  PassReport pass(Instant now, const std::vector<Subject>& subjects) {
    if (!notifier_) open();
    auto report = notifier_->pass(now, subjects);
    EXPECT_TRUE(report) << report.error().detail;
    return report ? *report : PassReport{};
  }

  platform::TempFolder folder_;
  platform::SystemFiles files_;
  Settings settings_ = two_teams();
  Inbox pay_;
  Inbox adm_;
  std::vector<std::string> pings_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, SeveralSubjectsOfOneRecipientBecomeOneMessage) {
  const auto report =
      pass(kStart, {secret_ending("1", kStart + days{6}), secret_ending("2", kStart + days{2}),
                    secret_ending("3", kStart + days{120})});
  EXPECT_EQ(report.queued, 1);
  EXPECT_EQ(report.said, 2);
  EXPECT_EQ(report.delivered(), 1);
  EXPECT_EQ(report.waiting, 0);
  ASSERT_EQ(pay_.received.size(), 1U);
  EXPECT_EQ(pay_.keys(), (std::vector<std::string>{"secret/2@2026-11-27T12:00:00Z/3d",
                                                   "secret/1@2026-12-01T12:00:00Z/7d"}));
  EXPECT_TRUE(adm_.received.empty());
}

TEST_F(NotifierTest, TheSamePassAgainSaysNothing) {
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{6})};
  pass(kStart, subjects);
  EXPECT_EQ(pass(kStart, subjects).queued, 0);
  open();
  EXPECT_EQ(pass(kStart + hours{1}, subjects).queued, 0);
  EXPECT_EQ(pay_.received.size(), 1U);
}

TEST_F(NotifierTest, WhatHasNoKnownOwnerIsToldToTheFallback) {
  auto subject = secret_ending("1", kStart + days{6});
  subject.recipients = {"nobody"};
  const auto report = pass(kStart, {subject});
  EXPECT_EQ(adm_.received.size(), 1U);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_NE(report.problems[0].find("nobody"), std::string::npos);
  subject.id = "secret/2";
  subject.recipients.clear();
  EXPECT_TRUE(pass(kStart, {subject}).problems.empty());
  EXPECT_EQ(adm_.received.size(), 2U);
}

TEST_F(NotifierTest, WhatCannotBeReadIsToldToTheFallbackOnceAndTheRestAsEver) {
  open();
  const std::vector<Unread> unread{{"unread/1", "/srv/rekey.yaml: permission denied", "see it"}};
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{6})};
  const auto report = notifier_->pass(kStart, subjects, unread);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->problems, std::vector<std::string>{unread[0].detail});
  EXPECT_EQ(pay_.received.size(), 1U);
  EXPECT_EQ(adm_.keys(), std::vector<std::string>{"unread/1@2026-11-25T12:00:00Z/unread"});
  EXPECT_EQ(notifier_->pass(kStart + hours{1}, subjects, unread)->queued, 0);
  EXPECT_EQ(notifier_->tell_unread(kStart + hours{1}, unread)->queued, 0);
  // Read again, and away again: that is news.
  EXPECT_EQ(notifier_->pass(kStart + hours{2}, subjects)->queued, 0);
  EXPECT_EQ(notifier_->pass(kStart + hours{3}, subjects, unread)->queued, 1);
  EXPECT_EQ(adm_.keys().back(), "unread/1@2026-11-25T15:00:00Z/unread");
}

TEST_F(NotifierTest, TellingOfWhatCannotBeReadIsNoPass) {
  open();
  ASSERT_TRUE(notifier_->tell_unread(kStart, {{"unread/1", "away", ""}}));
  EXPECT_EQ(adm_.received.size(), 1U);
  EXPECT_FALSE(notifier_->queue().last_pass().value());
}

TEST_F(NotifierTest, QuietHoursHoldNoticesUntilTheirEnd) {
  settings_.quiet_hours = QuietHours{11 * 60, 14 * 60, 0};
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{7}),
                                      occasion(SubjectKind::kRunParked, "2", kStart)};
  const auto held = pass(kStart, subjects);
  EXPECT_EQ(held.held, 1);
  EXPECT_EQ(pay_.keys(), std::vector<std::string>{"run/2@2026-11-25T12:00:00Z/run_parked"});
  EXPECT_EQ(pass(kStart + hours{2}, subjects).held, 0);
  ASSERT_EQ(pay_.received.size(), 2U);
  EXPECT_EQ(pay_.received[1].message.items.at(0).rule, "7d");
}

TEST_F(NotifierTest, ThatNobodyGetsATokenIsSaidInQuietHoursToo) {
  settings_.quiet_hours = QuietHours{11 * 60, 14 * 60, 0};
  pass(kStart, {occasion(SubjectKind::kNoSecretWorks, "1", kStart)});
  ASSERT_EQ(pay_.received.size(), 1U);
  EXPECT_EQ(pay_.received[0].message.items.at(0).urgency, Urgency::kAlarm);
}

TEST_F(NotifierTest, AFailedDeliveryIsTriedAgainUnderTheSameId) {
  pay_.failure = base::Error{Code::kUnavailable, "away"};
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{6})};
  const auto failed = pass(kStart, subjects);
  EXPECT_EQ(failed.failed(), 1);
  EXPECT_EQ(failed.waiting, 1);
  EXPECT_EQ(failed.attempts.at(0).reason, "away");
  EXPECT_TRUE(pass(kStart + std::chrono::seconds{29}, subjects).attempts.empty());
  pay_.failure.reset();
  pass(kStart + minutes{1}, subjects);
  ASSERT_EQ(pay_.received.size(), 1U);
  EXPECT_EQ(pay_.received[0].id, failed.attempts[0].delivery_id);
  EXPECT_EQ(pay_.received[0].attempt, 2);
}

TEST_F(NotifierTest, ARetryWaitsForTheEndOfQuietHoursAsWell) {
  settings_.recipients[0].quiet_hours = QuietHours{13 * 60, 15 * 60, 0};
  pay_.failure = base::Error{Code::kUnavailable, "away"};
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{6})};
  pass(kStart, subjects);
  pay_.failure.reset();
  EXPECT_TRUE(pass(kStart + hours{2}, subjects).attempts.empty());
  EXPECT_EQ(pass(kStart + hours{3}, subjects).delivered(), 1);
}

TEST_F(NotifierTest, WhatIsGivenUpAlarmsTheFallbackInTheSamePassAndOnlyOnce) {
  pay_.failure = base::Error{Code::kRefused, "no such box"};
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{60})};
  pass(kStart, subjects);
  const auto report = pass(kStart + hours{73}, subjects);
  EXPECT_EQ(std::count_if(
                report.attempts.begin(), report.attempts.end(),
                [](const Attempt& attempt) { return attempt.state == DeliveryState::kGivenUp; }),
            1);
  std::vector<std::string> rules;
  for (const Outgoing& outgoing : adm_.received) {
    for (const Item& item : outgoing.message.items) rules.push_back(item.rule);
  }
  EXPECT_EQ(rules, (std::vector<std::string>{"watcher_silent", "undelivered"}));
  pass(kStart + hours{74}, subjects);
  EXPECT_EQ(adm_.received.size(), rules.size());
}

TEST_F(NotifierTest, ARotatedSecretTakesBackWhatWasNotYetSent) {
  settings_.sends_per_pass = 1;
  const auto other = secret_ending("2", kStart - days{1});
  auto subject = secret_ending("1", kStart + days{2});
  auto to_admins = other;
  to_admins.recipients = {"admins"};
  adm_.failure = base::Error{Code::kUnavailable, "away"};
  // One send a pass, and the alarm is first: the other notice waits.
  pass(kStart, {subject, to_admins});
  EXPECT_TRUE(pay_.received.empty());
  subject.at = kStart + days{180};
  EXPECT_EQ(pass(kStart, {subject, to_admins}).withdrawn, 1);
  EXPECT_TRUE(pay_.received.empty());
}

TEST_F(NotifierTest, ASilenceIsToldOnceFromWhenToWhen) {
  pass(kStart, {});
  pass(kStart + hours{26}, {});
  EXPECT_TRUE(adm_.received.empty());
  pass(kStart + days{4}, {});
  open();
  pass(kStart + days{4} + hours{1}, {});
  ASSERT_EQ(adm_.received.size(), 1U);
  const Item& item = adm_.received[0].message.items.at(0);
  EXPECT_EQ(item.kind, SubjectKind::kWatcherSilent);
  EXPECT_EQ(item.at, kStart + hours{26});
  EXPECT_EQ(item.until, kStart + days{4});
}

TEST_F(NotifierTest, QuietHoursFollowTheSummerTimeOfTheirZone) {
  settings_.quiet_hours = QuietHours{20 * 60, 7 * 60, 0, "Europe/Berlin"};
  const auto at = [](std::string_view text) { return base::parse_instant(text).value(); };
  const auto before = secret_ending("1", at("2026-10-29T05:30:00Z"));
  pass(at("2026-10-22T05:30:00Z"), {before});
  EXPECT_EQ(pay_.received.size(), 1U) << "07:30 in summer";
  const auto after = secret_ending("2", at("2026-11-02T05:30:00Z"));
  pass(at("2026-10-26T05:30:00Z"), {after});
  EXPECT_EQ(pay_.received.size(), 1U) << "06:30 in winter";
  pass(at("2026-10-26T06:00:00Z"), {after});
  EXPECT_EQ(pay_.received.size(), 2U);
}

TEST_F(NotifierTest, ASilenceThatIsFoundInQuietHoursIsToldAfterThem) {
  settings_.quiet_hours = QuietHours{11 * 60, 14 * 60, 0};
  settings_.heartbeat.silence_after = hours{2};
  pass(kStart - hours{3}, {});
  pass(kStart, {});
  EXPECT_TRUE(adm_.received.empty());
  pass(kStart + hours{2}, {});
  EXPECT_EQ(adm_.received.size(), 1U);
}

TEST_F(NotifierTest, ASilenceIsToldWhileItLastsAndOnlyOnce) {
  open();
  EXPECT_FALSE(notifier_->tell_silence(kStart, hours{1}).value().last_pass);
  pass(kStart, {});
  EXPECT_FALSE(notifier_->tell_silence(kStart + hours{1}, hours{1}).value().is_silent);
  EXPECT_TRUE(adm_.received.empty());
  const auto silent = notifier_->tell_silence(kStart + hours{2}, hours{1}).value();
  EXPECT_TRUE(silent.is_silent);
  EXPECT_EQ(silent.last_pass, kStart);
  ASSERT_EQ(adm_.received.size(), 1U);
  EXPECT_EQ(adm_.received[0].message.items.at(0).until, std::nullopt);
  EXPECT_TRUE(notifier_->tell_silence(kStart + hours{3}, hours{1}).value().is_silent);
  pass(kStart + days{3}, {});
  EXPECT_EQ(adm_.received.size(), 1U) << "it was told while it lasted";
  notifier_->tell_silence(kStart + days{4}, hours{1}).value();
  EXPECT_EQ(adm_.received.size(), 2U) << "another silence";
}

TEST_F(NotifierTest, WhatIsToldBetweenTwoPassesIsNotToldByTheNextOneAndCountsAsNone) {
  pass(kStart, {});
  const std::vector<Subject> runs{
      occasion(SubjectKind::kCutTooEarly, "run-1", kStart + minutes{1})};
  EXPECT_EQ(notifier_->tell(kStart + minutes{2}, runs).value().delivered(), 1);
  EXPECT_EQ(pass(kStart + minutes{15}, runs).delivered(), 0);
  EXPECT_EQ(notifier_->queue().last_pass().value(), kStart + minutes{15});
}

TEST_F(NotifierTest, TheHeartbeatIsWrittenAndTheUrlAskedAtTheEndOfEachPass) {
  settings_.heartbeat.file = folder_ / "heartbeat.json";
  settings_.heartbeat.url = "https://monitor.example.org/x";
  pay_.failure = base::Error{Code::kUnavailable, "away"};
  pass(kStart, {secret_ending("1", kStart + days{6})});
  const base::Secret content = files_.read(settings_.heartbeat.file, 1000).value();
  const auto json = net::parse_json(content.reveal()).value();
  EXPECT_EQ(json.string_member("at").value(), "2026-11-25T12:00:00Z");
  EXPECT_EQ(json.integer_member("waiting").value(), 1);
  EXPECT_EQ(json.string_member("oldest_waiting_since").value(), "2026-11-25T12:00:00Z");
  EXPECT_EQ(pings_, std::vector<std::string>{"https://monitor.example.org/x"});
}

TEST_F(NotifierTest, AHeartbeatThatCannotBeWrittenIsAProblemAndNoError) {
  settings_.heartbeat.file = folder_ / "no/such/folder/heartbeat";
  EXPECT_EQ(pass(kStart, {}).problems.size(), 1U);
}

TEST_F(NotifierTest, AClockThatStandsBehindTheLedgerStopsThePass) {
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{6})};
  pass(kStart, subjects);
  EXPECT_TRUE(notifier_->pass(kStart - minutes{4}, subjects));
  const auto refused = notifier_->pass(kStart - hours{1}, subjects);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
}

TEST_F(NotifierTest, SubjectsWithoutFormOrWithOneIdAreRefused) {
  open();
  const auto code = [&](std::vector<Subject> subjects) {
    return notifier_->pass(kStart, subjects).error().code;
  };
  EXPECT_EQ(code({secret_ending("a b", kStart)}), Code::kInvalidArgument);
  EXPECT_EQ(code({secret_ending(std::string(100, 'a'), kStart)}), Code::kInvalidArgument);
  EXPECT_EQ(code({secret_ending("1", kStart), secret_ending("1", kStart)}), Code::kInvalidArgument);
  EXPECT_EQ(code(std::vector<Subject>(kMaxSubjects + 1)), Code::kLimitReached);
}

TEST_F(NotifierTest, MoreThanAMessageHoldsGoesInTheNextOne) {
  std::vector<Subject> subjects;
  for (int i = 0; i < 120; ++i) {
    subjects.push_back(secret_ending(std::to_string(i), kStart + days{6}));
  }
  EXPECT_EQ(pass(kStart, subjects).queued, 3);
  EXPECT_EQ(pay_.keys().size(), 120U);
}

TEST_F(NotifierTest, ATestGoesByEveryWayAndIsNotKept) {
  open();
  pay_.failure = base::Error{Code::kRefused, "no"};
  const auto failed = notifier_->test("payments", kStart).value();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].reason, "no");
  EXPECT_EQ(notifier_->test("", kStart)->at(0).state, DeliveryState::kDelivered);
  EXPECT_TRUE(adm_.received.at(0).message.is_test);
  EXPECT_EQ(notifier_->test("nobody", kStart).error().code, Code::kInvalidArgument);
  EXPECT_EQ(notifier_->queue().counts()->open, 0);
}

TEST_F(NotifierTest, AChannelThatTheSettingsLostFailsAndSaysSo) {
  pay_.failure = base::Error{Code::kUnavailable, "away"};
  pass(kStart, {secret_ending("1", kStart + days{6})});
  settings_.commands = {{"adm", {"true"}, std::chrono::seconds{30}}};
  settings_.recipients = {{"admins", {}, {}, {"adm"}, {}}};
  notifier_.reset();
  notifier_ = Notifier::open(settings_, files_, folder_ / "state").value();
  const auto report = pass(kStart + hours{1}, {});
  ASSERT_EQ(report.attempts.size(), 1U);
  EXPECT_NE(report.attempts[0].reason.find("command/pay"), std::string::npos);
}

// Kills the program at a channel's door, before or after the notice went through, at any pass; and
// at any call of the file system. Whatever happens, at the end each key arrived, each was queued
// once, and a repeat has the id of the first.
class DyingNotifier {
 public:
  DyingNotifier() : faulty_(files_) {
    settings_.heartbeat.file = folder_ / "heartbeat";
    settings_.heartbeat.silence_after = base::Duration{0};
  }

  void pass(Instant now, const std::vector<Subject>& subjects, int deadly_send, bool is_after) {
    sends_left_ = deadly_send;
    dies_after_ = is_after;
    try {
      if (!notifier_) {
        Channels channels;
        for (const std::string name : {"command/pay", "command/adm"}) {
          channels.emplace(name, std::make_unique<FunctionChannel>(
                                     [this](const Outgoing& outgoing) { return take(outgoing); }));
        }
        auto opened = Notifier::open_over(
            settings_, faulty_, folder_ / "state", std::move(channels), [] { return 0.5; },
            [](const std::string&) { return base::Status{}; });
        if (!opened) throw Death{};
        notifier_ = *std::move(opened);
      }
      static_cast<void>(notifier_->pass(now, subjects));
      if (faulty_.is_crashed()) throw Death{};
    } catch (const Death&) {
      notifier_.reset();
      faulty_.restart();
    }
  }

  base::Status take(const Outgoing& outgoing) {
    const bool dies = --sends_left_ == 0;
    if (dies && !dies_after_) throw Death{};
    for (const Item& item : outgoing.message.items) ids_of_key_[item.key].insert(outgoing.id);
    if (dies) throw Death{};
    return {};
  }

  platform::TempFolder folder_;
  platform::SystemFiles files_;
  platform::FaultyFiles faulty_;
  Settings settings_ = two_teams();
  std::unique_ptr<Notifier> notifier_;
  std::map<std::string, std::set<std::string>> ids_of_key_;
  int sends_left_ = 0;
  bool dies_after_ = false;
};

using platform::Fault;

struct Blow {
  int at_file_call = 1'000'000;  // 1: making the folder, 2: the heartbeat
  Fault::Moment moment = Fault::Moment::kBeforeEffect;
  int at_send = 0;  // 0: at none
  bool is_after_send = false;
};

const std::vector<Blow> kSendBlows{{.at_send = 1},
                                   {.at_send = 1, .is_after_send = true},
                                   {.at_send = 2},
                                   {.at_send = 2, .is_after_send = true}};
const std::vector<Blow> kFileBlows{{.at_file_call = 1},
                                   {.at_file_call = 1, .moment = Fault::Moment::kAfterEffect},
                                   {.at_file_call = 2},
                                   {.at_file_call = 2, .moment = Fault::Moment::kAfterEffect}};

void expect_nothing_lost_after(const std::vector<Blow>& blows) {
  DyingNotifier killed;
  auto to_admins = occasion(SubjectKind::kRunParked, "2", kStart);
  to_admins.recipients = {"admins"};
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{3}), to_admins};
  Instant now = kStart;
  for (const Blow& blow : blows) {
    killed.faulty_.plan(
        {.at_call = blow.at_file_call, .moment = blow.moment, .kind = Fault::Kind::kCrash});
    killed.pass(now, subjects, blow.at_send, blow.is_after_send);
    EXPECT_EQ(killed.notifier_, nullptr) << "nothing died";
    now += hours{20};
  }
  killed.faulty_.plan({.at_call = 1'000'000});
  killed.pass(now, subjects, 0, false);
  ASSERT_NE(killed.notifier_, nullptr);
  EXPECT_EQ(killed.notifier_->queue().counts()->open, 0);
  // Whatever threshold stood when a pass came through, the secret was told of.
  std::set<std::string> told;
  for (const auto& [key, ids] : killed.ids_of_key_) {
    EXPECT_EQ(ids.size(), 1U) << key;
    told.insert(key.substr(0, key.find('@')));
  }
  EXPECT_EQ(told, (std::set<std::string>{"secret/1", "run/2"}));
}

TEST(KilledNotifier, LosesNothingAndQueuesNothingTwiceWhereverItDies) {
  for (const Blow& blow : kSendBlows) expect_nothing_lost_after({blow});
  for (const Blow& blow : kFileBlows) expect_nothing_lost_after({blow});
}

TEST(KilledNotifier, LosesNothingWhenItDiesInTwoPassesRunning) {
  for (const Blow& first : {kSendBlows[0], kSendBlows[1]}) {
    for (const Blow& second : kSendBlows) expect_nothing_lost_after({first, second});
  }
}

// The whole way, over a real mail server and a real HTTP endpoint.
TEST(NotifierThreaded, AMailAndAWebhookArriveOnce) {
  const platform::TempFolder folder;
  platform::SystemFiles files;
  net::TestMailServer mail_server;
  std::atomic<int> posts = 0;
  std::atomic<int> pings = 0;
  net::TestServer web_server([&](net::Exchange& exchange) {
    ++(exchange.request().method == net::Method::kPost ? posts : pings);
    exchange.respond(200, "application/json", "{}", {});
  });
  const std::string base_url = "http://127.0.0.1:" + std::to_string(web_server.port());
  Settings settings;
  settings.mail.host = "127.0.0.1";
  settings.mail.port = mail_server.port();
  settings.mail.security = net::SmtpSecurity::kNone;
  settings.mail.from = "rekey@example.org";
  settings.webhooks = {webhook_to("chat", base_url + "/a", WebhookShape::kTeams)};
  settings.recipients = {{"payments", {"pay@example.org"}, {"chat"}, {}, {}}};
  settings.fallback = {"ops@example.org"};
  settings.heartbeat.url = base_url + "/beat";
  const auto notifier = Notifier::open(settings, files, folder / "state").value();
  auto unowned = secret_ending("2", kStart - days{1});
  unowned.recipients.clear();
  const std::vector<Subject> subjects{secret_ending("1", kStart + days{6}), unowned};
  const auto report = notifier->pass(kStart, subjects).value();
  EXPECT_EQ(report.delivered(), 3);
  EXPECT_TRUE(report.problems.empty());
  ASSERT_TRUE(notifier->pass(kStart + minutes{1}, subjects));
  EXPECT_EQ(posts, 1);
  EXPECT_EQ(pings, 2);
  std::set<std::string> receivers;
  for (const auto& mail : mail_server.mails()) EXPECT_TRUE(receivers.insert(mail.to).second);
  EXPECT_EQ(receivers, (std::set<std::string>{"<pay@example.org>", "<ops@example.org>"}));
}

}  // namespace
}  // namespace rekey::notice

#include "notice/queue.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/ledger.h"
#include "notice/notice_test_support.h"
#include "platform/temp_folder.h"

namespace rekey::notice {
namespace {

using base::Code;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class QueueTest : public ::testing::Test {
 protected:
  // As after a crash: what was not committed is gone.
  void reopen() {
    queue_.reset();
    queue_ = Queue::open(files_, folder_ / "state").value();
  }

  static Message message_of(std::vector<std::string> keys) {
    Message message;
    for (std::string& key : keys) {
      Item item;
      item.subject_id = key.substr(0, key.find('@'));
      item.key = std::move(key);
      item.rule = "30d";
      item.at = kStart + days{30};
      message.items.push_back(item);
    }
    return message;
  }

  Delivery only_ready(base::Instant now) {
    auto ready = queue_->ready(now, 10).value();
    EXPECT_EQ(ready.size(), 1U);
    return ready.at(0);
  }

  // The types of the events in a destination's stream.
  std::vector<std::string> events_of(std::int64_t destination) {
    queue_.reset();
    auto database =
        storage::Connection::open(folder_ / "state/notices.db", storage::OpenMode::kReadOnly);
    std::vector<std::string> types;
    const auto events =
        ledger::read_stream(*database, "notice/" + std::to_string(destination), 0, 100).value();
    for (const auto& stored : events) {
      types.push_back(stored.event.type);
      bodies_ += stored.event.body + "\n";
    }
    return types;
  }

  platform::TempFolder folder_;
  platform::SystemFiles files_;
  std::unique_ptr<Queue> queue_ = Queue::open(files_, folder_ / "state").value();
  std::string bodies_;
};

TEST_F(QueueTest, ADeliverySurvivesACrashBetweenAnyTwoSteps) {
  const auto destination = queue_->destination_id("email", "ops@example.org").value();
  reopen();
  EXPECT_EQ(queue_->destination_id("email", "ops@example.org").value(), destination);
  const std::string id =
      queue_->enqueue(destination, message_of({"a@1/30d"}), {"a@1/60d"}, kStart).value();
  reopen();
  EXPECT_EQ(queue_->said_to(destination).value(),
            (std::set<std::string, std::less<>>{"a@1/30d", "a@1/60d"}));
  Delivery delivery = only_ready(kStart);
  EXPECT_EQ(delivery.id, id);
  EXPECT_EQ(delivery.address, "ops@example.org");
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  reopen();
  // Nobody knows whether it arrived: it is there again, at once, under the same id.
  Delivery again = only_ready(kStart);
  EXPECT_EQ(again.id, id);
  EXPECT_EQ(again.state, DeliveryState::kSending);
  EXPECT_EQ(again.attempt, 1);
  ASSERT_TRUE(queue_->begin(again, kStart));
  ASSERT_TRUE(queue_->delivered(again, kStart));
  reopen();
  EXPECT_TRUE(queue_->ready(kStart + days{9}, 10)->empty());
  EXPECT_EQ(queue_->said_to(destination)->size(), 2U);
  EXPECT_EQ(events_of(destination),
            (std::vector<std::string>{"notice_queued", "notice_sending", "notice_sending",
                                      "notice_delivered"}));
}

TEST_F(QueueTest, NothingIsQueuedTwiceForOneDestination) {
  const auto one = queue_->destination_id("command/x", "").value();
  const auto other = queue_->destination_id("command/y", "").value();
  ASSERT_TRUE(queue_->enqueue(one, message_of({"a@1/30d"}), {"a@1/60d"}, kStart));
  EXPECT_EQ(queue_->enqueue(one, message_of({"b@1/7d", "a@1/60d"}), {}, kStart).error().code,
            Code::kAlreadyExists);
  EXPECT_FALSE(queue_->said_to(one)->contains("b@1/7d"));
  EXPECT_EQ(queue_->ready(kStart, 10)->size(), 1U);
  EXPECT_TRUE(queue_->enqueue(other, message_of({"a@1/30d"}), {}, kStart));
}

TEST_F(QueueTest, AFailureIsTriedAgainAfterPausesThatGrowAndThenGivenUp) {
  const auto destination = queue_->destination_id("command/x", "").value();
  const RetryRules rules{minutes{1}, hours{1}, hours{72}};
  ASSERT_TRUE(queue_->enqueue(destination, message_of({"a@1/30d"}), {}, kStart));
  base::Instant now = kStart;
  std::vector<std::int64_t> pauses;
  for (DeliveryState state = DeliveryState::kQueued; state != DeliveryState::kGivenUp;) {
    Delivery delivery = only_ready(now);
    ASSERT_TRUE(queue_->begin(delivery, now));
    state = queue_->failed(delivery, {Code::kUnavailable, "busy"}, rules, 0.5, now).value();
    base::Instant next = now;
    while (state == DeliveryState::kFailed && queue_->ready(next, 10)->empty()) {
      next += std::chrono::seconds{15};
    }
    pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(next - now).count());
    now = next;
  }
  ASSERT_GT(pauses.size(), 10U);
  EXPECT_EQ((std::vector<std::int64_t>(pauses.begin(), pauses.begin() + 7)),
            (std::vector<std::int64_t>{45, 90, 180, 360, 720, 1440, 2700}));
  EXPECT_GE(now - kStart, hours{72});
  EXPECT_LT(now - kStart, hours{74});
  ASSERT_EQ(queue_->given_up()->size(), 1U);
  EXPECT_EQ(queue_->last_error(queue_->given_up()->at(0).id).value(), "busy");
  EXPECT_EQ(queue_->counts()->open, 0);
}

TEST_F(QueueTest, AWeekWithoutPowerDoesNotGiveUpWhatWasNeverTried) {
  const auto destination = queue_->destination_id("command/x", "").value();
  ASSERT_TRUE(queue_->enqueue(destination, message_of({"a@1/30d"}), {}, kStart));
  reopen();
  Delivery delivery = only_ready(kStart + days{7});
  ASSERT_TRUE(queue_->begin(delivery, kStart + days{7}));
  EXPECT_TRUE(queue_->delivered(delivery, kStart + days{7}));
}

TEST_F(QueueTest, WhatOnlyAPersonCanMendWaitsTheLongestPauseAtOnce) {
  const auto destination = queue_->destination_id("command/x", "").value();
  ASSERT_TRUE(queue_->enqueue(destination, message_of({"a@1/30d"}), {}, kStart));
  Delivery delivery = only_ready(kStart);
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  ASSERT_TRUE(queue_->failed(delivery, {Code::kUnauthenticated, "no"}, {}, 0.0, kStart));
  EXPECT_TRUE(queue_->ready(kStart + minutes{29}, 10)->empty());
  EXPECT_EQ(queue_->ready(kStart + minutes{30}, 10)->size(), 1U);
}

TEST_F(QueueTest, WhatIsNoLongerSoIsTakenBackIfItWasNeverSent) {
  const auto destination = queue_->destination_id("command/x", "").value();
  auto subject = secret_ending("1", kStart + days{2});
  const std::string key = "secret/1@" + base::format_instant(subject.at) + "/3d";
  ASSERT_TRUE(queue_->enqueue(destination, message_of({key}), {}, kStart));
  EXPECT_EQ(queue_->withdraw_void(std::vector{subject}, kStart).value(), 0);
  EXPECT_EQ(queue_->withdraw_void({}, kStart).value(), 0);
  subject.at = kStart + days{180};
  EXPECT_EQ(queue_->withdraw_void(std::vector{subject}, kStart).value(), 1);
  EXPECT_TRUE(queue_->ready(kStart, 10)->empty());
  EXPECT_TRUE(queue_->said_to(destination)->empty());
  // The old date again, as after a slip of the pen: it may be said.
  ASSERT_TRUE(queue_->enqueue(destination, message_of({key}), {}, kStart));
  Delivery delivery = only_ready(kStart);
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  EXPECT_EQ(queue_->withdraw_void(std::vector{subject}, kStart).value(), 0);
}

TEST_F(QueueTest, AlarmsAreReadyFirst) {
  const auto destination = queue_->destination_id("command/x", "").value();
  ASSERT_TRUE(queue_->enqueue(destination, message_of({"a@1/30d"}), {}, kStart));
  Message alarm = message_of({"b@1/expired"});
  alarm.items[0].urgency = Urgency::kAlarm;
  const std::string id = queue_->enqueue(destination, alarm, {}, kStart).value();
  EXPECT_EQ(queue_->ready(kStart, 1)->at(0).id, id);
}

TEST_F(QueueTest, TheChainHoldsNoAddressAndNoTextAndAnEndedDeliveryNone) {
  const auto destination = queue_->destination_id("email", "ada@example.org").value();
  Message message = message_of({"a@1/30d"});
  message.items[0].contact = "Ada Lovelace";
  ASSERT_TRUE(queue_->enqueue(destination, message, {}, kStart));
  Delivery delivery = only_ready(kStart);
  EXPECT_EQ(delivery.message.items.at(0).contact, "Ada Lovelace");
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  ASSERT_TRUE(
      queue_->failed(delivery, {Code::kRefused, "550 <ada@example.org> unknown"}, {}, 0, kStart));
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  ASSERT_TRUE(queue_->delivered(delivery, kStart));
  events_of(destination);
  EXPECT_NE(bodies_.find("\"reason\":\"refused\""), std::string::npos) << bodies_;
  EXPECT_EQ(bodies_.find("ada"), std::string::npos) << bodies_;
  EXPECT_EQ(bodies_.find("Ada"), std::string::npos) << bodies_;
  auto database =
      storage::Connection::open(folder_ / "state/notices.db", storage::OpenMode::kReadOnly);
  auto query = database->prepare("SELECT count(*) FROM delivery WHERE message IS NOT NULL");
  ASSERT_TRUE(query->step().value());
  EXPECT_EQ(query->integer(0), 0);
}

TEST_F(QueueTest, AnOutcomeCountsOnlyForTheAttemptThatWasBegun) {
  const auto destination = queue_->destination_id("command/x", "").value();
  ASSERT_TRUE(queue_->enqueue(destination, message_of({"a@1/30d"}), {}, kStart));
  Delivery delivery = only_ready(kStart);
  EXPECT_EQ(queue_->delivered(delivery, kStart).error().code, Code::kConflict);
  Delivery stale = delivery;
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  EXPECT_EQ(queue_->begin(stale, kStart).error().code, Code::kConflict);
  ASSERT_TRUE(queue_->delivered(delivery, kStart));
  EXPECT_EQ(queue_->delivered(delivery, kStart).error().code, Code::kConflict);
}

TEST_F(QueueTest, OneProcessAtATime) {
  const auto second = Queue::open(files_, folder_ / "state");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
}

TEST_F(QueueTest, ForgetsWhatIsLongPastButNotWhatWasSaid) {
  const auto destination = queue_->destination_id("command/x", "").value();
  ASSERT_TRUE(queue_->enqueue(destination, message_of({"a@1/30d"}), {}, kStart));
  Delivery delivery = only_ready(kStart);
  ASSERT_TRUE(queue_->begin(delivery, kStart));
  const RetryRules impatient{minutes{1}, hours{1}, base::Duration{0}};
  ASSERT_EQ(queue_->failed(delivery, {Code::kRefused, "no"}, impatient, 0, kStart).value(),
            DeliveryState::kGivenUp);
  ASSERT_TRUE(queue_->note_silence({kStart - days{3}, kStart}));
  ASSERT_TRUE(queue_->record_pass(kStart));
  EXPECT_EQ(queue_->given_up()->size(), 1U);
  EXPECT_EQ(queue_->silences()->size(), 1U);
  ASSERT_TRUE(queue_->record_pass(kStart + kMemory + days{1}));
  EXPECT_TRUE(queue_->given_up()->empty());
  EXPECT_TRUE(queue_->silences()->empty());
  EXPECT_TRUE(queue_->said_to(destination)->contains("a@1/30d"));
  ASSERT_TRUE(queue_->record_pass(kStart));
  EXPECT_EQ(queue_->last_pass().value(), kStart + kMemory + days{1});
}

}  // namespace
}  // namespace rekey::notice

#include <gtest/gtest.h>

#include "rotation/events.h"

namespace rekey::rotation {
namespace {

using base::Instant;
using std::chrono::seconds;

constexpr Instant kAt{base::Duration{1'800'000'000'123}};

base::Fingerprint fingerprint(std::uint8_t byte) {
  base::Fingerprint made;
  made.key_id = 7;
  made.digest.fill(byte);
  return made;
}

// Every kind of event once, with every member set.
std::vector<EventBody> one_of_each() {
  Consumer consumer;
  consumer.name = "shop";
  consumer.sink = {"file", "/apps/\"shop\"/.env", "dotenv", "KEY"};
  consumer.instances = 3;
  consumer.reload = {{"systemctl", "restart shop"}, seconds{7}};
  consumer.seen_as = {"10.0.0.0/8", "shop/*", "abc123", false};
  consumer.interval = seconds{90};
  const SeenAs other{std::nullopt, std::nullopt, std::nullopt, true};
  return {RunPlanned{"run-1",
                     "client",
                     "-",
                     Order::kActivateFirst,
                     false,
                     {"sec_1", "sec_2"},
                     {5, seconds{9}},
                     seconds{300},
                     kAt,
                     kAt + seconds{1}},
          ConsumerDeclared{consumer, fingerprint(1)},
          IntentRecorded{Effect::kRevoke, "sec_1"},
          IntentDropped{Effect::kActivate},
          SecretStaged{"sec_3", fingerprint(2), kAt},
          StagedValueLost{"sec_3"},
          SecretSettled{},
          StagedValueProven{},
          SinkWritten{"shop"},
          SinkReadBack{"shop"},
          ConsumerProven{"shop"},
          ConsumerReloaded{"shop", kAt},
          GatePassed{{{"shop", VerdictKind::kQuiet, 2, kAt, seconds{5}, seconds{4}, "quiet"}},
                     {{other, "R. Meyer", "a scanner"}},
                     kAt},
          GateExpired{},
          SecretActivated{"sec_3", "sec_1", kAt},
          OldSecretEnded{"lapsed"},
          OldValueRefused{fingerprint(3)},
          StepFailed{"reload shop", base::Code::kTimeout, "no answer", kAt},
          RunParked{"the gate stays shut", true},
          RunResumed{},
          RunClosed{}};
}

TEST(EventCodec, EveryEventReadsBackAsItWasWritten) {
  const std::vector<EventBody> events = one_of_each();
  ASSERT_EQ(events.size(), std::variant_size_v<EventBody>);
  for (const EventBody& event : events) {
    const std::string text = encode(event);
    const auto read = decode(name_of(event), text);
    ASSERT_TRUE(read) << name_of(event) << ": " << read.error().detail;
    EXPECT_EQ(read->index(), event.index());
    EXPECT_EQ(encode(*read), text);
  }
  const auto declared = decode("consumer_declared", encode(events[1]));
  EXPECT_EQ(std::get<ConsumerDeclared>(*declared).consumer,
            std::get<ConsumerDeclared>(events[1]).consumer);
}

TEST(EventCodec, AMissingMemberOrAnUnknownNameIsCorrupt) {
  for (const EventBody& event : one_of_each()) {
    if (encode(event) == "{}") continue;
    const auto read = decode(name_of(event), "{}");
    ASSERT_FALSE(read) << name_of(event);
    EXPECT_EQ(read.error().code, base::Code::kCorrupt);
  }
  EXPECT_FALSE(decode("secret_told", "{}"));
  EXPECT_FALSE(decode("intent_recorded", R"({"effect":"explode","subject":"x"})"));
  EXPECT_FALSE(decode("intent_recorded", "not JSON"));
}

TEST(EventCodec, EveryEventHasASentenceForPeople) {
  for (const EventBody& event : one_of_each()) EXPECT_FALSE(describe(event).empty());
}

}  // namespace
}  // namespace rekey::rotation

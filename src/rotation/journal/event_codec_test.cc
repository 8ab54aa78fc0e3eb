#include <gtest/gtest.h>

#include "rotation/machine/events.h"

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
  consumer.sinks = {{"drawer",
                     {{"cabinet", "the \"red\" one"}, {"shelf", "7"}, {"sink_location", "x"}},
                     "shelf 7 of the red cabinet"},
                    {"drawer", {{"shelf", "8"}}, "shelf 8"}};
  consumer.kind = "service";
  consumer.wave = 1;
  consumer.instances = 3;
  consumer.reload = {{"systemctl", "restart shop"},
                     seconds{7},
                     true,
                     ReloadForm::kCached,
                     seconds{3},
                     "HUP",
                     "/run/shop.pid"};
  consumer.owner = "shop@example.org";
  consumer.max_length = 80;
  consumer.is_by_hand = true;
  consumer.seen_as = {"10.0.0.0/8", "shop/*", "abc123", false};
  consumer.interval = seconds{90};
  const SeenAs other{std::nullopt, std::nullopt, std::nullopt, true};
  return {
      RunPlanned{"run-1",
                 "client",
                 "-",
                 Order::kActivateFirst,
                 false,
                 {"sec_1", "sec_2"},
                 {5, seconds{9}},
                 seconds{300},
                 kAt,
                 kAt + seconds{1},
                 true,
                 "A. Adams",
                 {2,
                  with_zone_offsets(parse_window("tue,thu 22:00-02:00 Europe/Berlin").value(),
                                    {"2026-10-25T01:00:00Z +01:00",
                                     "2027-03-28T01:00:00Z "
                                     "+02:00"})
                      .value(),
                  {"O. Ortiz"},
                  {{"canary", seconds{60}}, {"rest", {}}},
                  {parse_freeze("2026-12-20..2027-01-04").value()},
                  {{other, "R. Meyer", "a scanner"}, {consumer.seen_as, "O. Ortiz", "a bot"}}},
                 {},
                 true,
                 kAt + seconds{2}},
      ConsumerDeclared{
          consumer,
          {fingerprint(1), fingerprint(4)},
          Rhythm{seconds{1079}, seconds{2}, seconds{60}, kAt, seconds{1}, kAt + seconds{1}}},
      IntentRecorded{Effect::kWrite, "shop", 1},
      IntentDropped{Effect::kActivate},
      SecretStaged{"sec_3", fingerprint(2), kAt},
      StagedValueLost{"sec_3"},
      SecretSettled{},
      StagedValueProven{},
      SinkWritten{"shop", 1},
      SinkReadBack{"shop", 1},
      ConsumerProven{"shop"},
      ConsumerReloaded{"shop", kAt, true},
      GatePassed{{{"shop", VerdictKind::kQuiet, 2, kAt, seconds{5}, seconds{4}, "quiet",
                   "the issuer's usage, complete since noon"}},
                 {{other, "R. Meyer", "a scanner"}},
                 kAt},
      GateExpired{},
      SecretActivated{"sec_3", "sec_1", kAt, true},
      OldSecretEnded{"the issuer does not list sec_1 any more", true},
      OldValueRefused{fingerprint(3)},
      StepFailed{"reload shop", base::Code::kTimeout, "no answer", kAt},
      RunParked{"the gate stays shut", true, true, "R. Meyer", true},
      RunResumed{},
      RunClosed{},
      StagedSecretGone{"sec_3", "it was revoked", kAt, true, true},
      AbandonRequested{"R. Meyer", "the wrong one"},
      SinkRestored{"shop", 1, fingerprint(5), true},
      RestoredProven{"shop", 1},
      StagedSecretUnused{kAt},
      StagedSecretEnded{"sec_3"},
      RunAbandoned{"R. Meyer", "the wrong one", {"the place of shop (/apps/.env)"}},
      ConsumerAttested{"shop", "R. Meyer", "seen at work", true},
      RunApproved{"R. Meyer", "change 1", "0123abcd"},
      ValueHandedOut{"shop", "R. Meyer", "terminal", true},
      StagedSecretBack{"sec_3"},
      PlanAccepted{"R. Meyer", "0123abcd"},
      WavePassed{1,
                 "canary",
                 {{"shop", VerdictKind::kSeenOnNew, 2, kAt, seconds{5}, seconds{4}, "seen"}},
                 kAt},
      ConsumerWaived{"shop", "R. Meyer", "switched off last week"},
      WorkflowsDeclared{{{"orders", "one test order", "0123456789abcdef"}}},
      WorkflowRan{"orders", true, WorkflowOutcome::kFailed, "place", "status 500",
                  "cancel: status 500", fingerprint(2)},
      RulesDeclared{{1,
                     parse_window("tue,thu 22:00-02:00").value(),
                     {"O. Ortiz"},
                     {{"canary", seconds{60}}},
                     {parse_freeze("2026-12-20").value()},
                     {},
                     RunDrivers{{"rekey", {{"credential", "/etc/admin.json"}}, "the authority"},
                                {"token", {}, "a token request"},
                                {{"access-log", {{"file", "/x.log"}}, "/x.log"}}},
                     {{"/code/docs", "R. Meyer", "the manual's example"}}},
                    "R. Meyer"},
      ActivationUndone{"sec_3", "sec_1"},
      OneOldSecretEnded{"sec_1", "sec_1 expired at noon", {"shop", "crm"}},
      SinkDrifted{"shop", 1, fingerprint(2), true},
      ActiveSecretEnded{"sec_3", "sec_3 expired at noon", true},
      IssuerMoved{{"rekey", {{"credential", "/etc/new.json"}}, "the authority of /etc/new.json"},
                  "R. Meyer",
                  "it has a new address"},
      UsageUnread{kAt, "connection refused"},
      UsageReadAgain{kAt, seconds{41}}};
}

TEST(EventCodec, EveryEventReadsBackAsItWasWritten) {
  const std::vector<EventBody> events = one_of_each();
  ASSERT_EQ(events.size(), std::variant_size_v<AnyEvent>);
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
  EXPECT_EQ(std::get<ConsumerDeclared>(*declared).rhythm,
            std::get<ConsumerDeclared>(events[1]).rhythm);
}

TEST(EventCodec, EverySettingOfADriverIsKeptInItsOrderWithTheLocation) {
  const auto declared = decode("consumer_declared", encode(one_of_each()[1]));
  ASSERT_TRUE(declared) << declared.error().detail;
  const DriverSpec& sink = std::get<ConsumerDeclared>(*declared).consumer.sinks.front();
  EXPECT_EQ(sink.settings.front().second, "the \"red\" one");
  EXPECT_EQ(sink.number("shelf"), 7);
  EXPECT_EQ(sink.location, "shelf 7 of the red cabinet");
}

TEST(EventCodec, WhomARunAsksAndWhoChangedThatIsKept) {
  for (const EventBody& event : one_of_each()) {
    const auto* rules = std::get_if<RulesDeclared>(&event);
    if (rules == nullptr) continue;
    const auto read = decode("rules_declared", encode(event));
    ASSERT_TRUE(read) << read.error().detail;
    const auto& again = std::get<RulesDeclared>(*read);
    EXPECT_EQ(again.rules, rules->rules);
    EXPECT_EQ(again.rules.drivers->usage_sources[0].location, "/x.log");
    EXPECT_EQ(again.by, "R. Meyer");
    EXPECT_NE(describe(event).find("issuer rekey (the authority)"), std::string::npos);
  }
  const auto resumed = decode("run_resumed", encode(RunResumed{"R. Meyer"}));
  EXPECT_EQ(std::get<RunResumed>(*resumed).by, "R. Meyer");
  const auto taken_up = decode("run_resumed", encode(RunResumed{"R. Meyer", true}));
  EXPECT_TRUE(std::get<RunResumed>(*taken_up).is_taken_up);
  const auto old = decode("rules_declared", R"({"rules":{"approvals":1}})");
  ASSERT_TRUE(old);
  EXPECT_FALSE(std::get<RulesDeclared>(*old).rules.drivers);
  EXPECT_EQ(std::get<RunResumed>(*decode("run_resumed", "{}")).by, "");
  EXPECT_FALSE(decode("rules_declared", R"({"rules":{"drivers":{"issuer":{}}}})"));
}

TEST(EventCodec, AJournalOfTheFirstVersionIsRead) {
  const auto declared = decode(
      "consumer_declared",
      R"({"name":"shop","sink":{"kind":"file","path":"/apps/.env","format":"dotenv","key":"KEY"},)"
      R"("instances":1,"reload_command":[],"reload_timeout_ms":30000,"seen_as":{"network":null,)"
      R"("user_agent":"shop/*","slot":null,"other":false},"interval_ms":1000,"present_value":")" +
          base::to_text(fingerprint(1)) + R"("})");
  ASSERT_TRUE(declared) << declared.error().detail;
  const DriverSpec& sink = std::get<ConsumerDeclared>(*declared).consumer.sinks.front();
  EXPECT_EQ(sink, (DriverSpec{
                      "file", {{"path", "/apps/.env"}, {"format", "dotenv"}, {"key", "KEY"}}, {}}));
  EXPECT_EQ(sink.location, "/apps/.env, dotenv, KEY");
  const auto restored = decode("sink_restored", R"({"consumer":"shop"})");
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_FALSE(std::get<SinkRestored>(*restored).value);
  const auto proven = decode("restored_proven", R"({"consumer":"shop"})");
  ASSERT_TRUE(proven) << proven.error().detail;
  EXPECT_EQ(std::get<RestoredProven>(*proven).left, 0);
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

// Whole runs that turn on evidence: silence, waivers, rhythms, and an access log as its source.
#include <gtest/gtest.h>

#include "rotation/engine/by_hand.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

constexpr const char* kLog = "/logs/proxy.log";

// One that reads per call and one that is restarted, both at work before the run begins.
struct Scene {
  World world{{seconds{3}, Duration{0}, true, 2, {}, {}}};
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  EngineParts parts{world, world.files, drivers};
  RecordingReporter reporter;
  Inventory inventory;

  explicit Scene(bool is_logged = false) {
    if (is_logged) world.log_path = kLog;
    inventory.client_id = "client";
    inventory.proof = {3, seconds{2}};
    world.add_client("shop", true);
    world.add_client("nightly", false);
    for (const Client& client : world.clients) {
      Consumer consumer;
      consumer.name = client.name;
      consumer.sinks = {file_spec(client.path, "dotenv", "CLIENT_SECRET")};
      consumer.seen_as.user_agent = client.caller.user_agent;
      consumer.interval = seconds{2};
      if (!client.reads_per_call) consumer.reload = {{client.name}, seconds{2}, true};
      inventory.consumers.push_back(consumer);
    }
    work(seconds{5});
  }

  // Time passes, in steps of a second.
  void work(Duration time) {
    for (const Instant end = world.now() + time; world.now() < end;) world.sleep_for(seconds{1});
  }
  Client& nightly() { return world.clients.back(); }
  Outcome rotate() {
    auto outcome = rotate_in(inventory, journal, parts, reporter);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().detail);
    return outcome.value_or(Outcome{});
  }
  [[nodiscard]] const std::vector<RunEvent>& events() { return journal.runs.begin()->second; }
  [[nodiscard]] RunState state() { return fold(events()); }
  void say(EventBody body) {
    auto& stream = journal.runs.begin()->second;
    stream.push_back({world.now(), std::move(body)});
  }
  [[nodiscard]] Verdict last_verdict(const std::string& consumer) {
    Verdict found;
    for (const RunEvent& event : events()) {
      const auto* gate = std::get_if<GatePassed>(&event.body);
      if (gate == nullptr) continue;
      for (const Verdict& verdict : gate->verdicts) {
        if (verdict.consumer == consumer) found = verdict;
      }
    }
    return found;
  }
};

TEST(EngineEvidence, AConsumerThatDoesNotComeBackFromItsRestartIsAnAlarmAndNotAPass) {
  Scene scene;
  scene.nightly().dies_at_restart = true;
  const Outcome stopped = scene.rotate();
  EXPECT_EQ(stopped.ending, Ending::kParked);
  EXPECT_NE(stopped.message.find("nightly: it asked for tokens before the run"), std::string::npos)
      << stopped.message;
  EXPECT_NE(stopped.message.find("rekey run waive nightly"), std::string::npos) << stopped.message;
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr) << "the old secret lives on";
  // Mended by its owner, it is seen, and the run ends.
  scene.nightly().is_running = true;
  EXPECT_EQ(scene.rotate().ending, Ending::kClosed);
  EXPECT_EQ(scene.last_verdict("nightly").kind, VerdictKind::kSeenOnNew);
  EXPECT_EQ(scene.world.accepted("old-value-1"), nullptr);
}

TEST(EngineEvidence, AWaiverLetsTheRunGoOnAndStandsInItsJournal) {
  Scene scene;
  scene.nightly().dies_at_restart = true;
  ASSERT_EQ(scene.rotate().ending, Ending::kParked);
  const auto stranger = check_waiver(scene.state(), "nobody");
  EXPECT_EQ(stranger.error().code, Code::kInvalidArgument);
  EXPECT_NE(stranger.error().detail.find("it has shop, nightly"), std::string::npos);
  ASSERT_TRUE(check_waiver(scene.state(), "nightly"));
  scene.say(ConsumerWaived{"nightly", "R. Meyer", "switched off for good"});
  EXPECT_EQ(scene.rotate().ending, Ending::kClosed);
  const Verdict verdict = scene.last_verdict("nightly");
  EXPECT_EQ(verdict.kind, VerdictKind::kWaived);
  EXPECT_EQ(verdict.reason, "waived by R. Meyer: switched off for good");
  EXPECT_EQ(verdict.source, "the word of R. Meyer");
  EXPECT_EQ(scene.last_verdict("shop").source.find("the issuer's usage, complete since"), 0u);
  EXPECT_EQ(check_waiver(scene.state(), "nightly").error().code, Code::kRefused) << "it is over";
}

TEST(EngineEvidence, AWaiverIsForgottenWhenTheSinkIsWrittenAnew) {
  Scene scene;
  scene.nightly().dies_at_restart = true;
  ASSERT_EQ(scene.rotate().ending, Ending::kParked);
  RunState state =
      apply(scene.state(), {scene.world.now(), ConsumerWaived{"nightly", "R. Meyer", "off"}});
  ASSERT_TRUE(find_consumer(state, "nightly")->waiver);
  state = apply(std::move(state), {scene.world.now(), IntentRecorded{Effect::kWrite, "nightly"}});
  EXPECT_FALSE(find_consumer(state, "nightly")->waiver);
  EXPECT_EQ(check_waiver(fold({scene.events().begin(), scene.events().begin() + 3}), "nightly")
                .error()
                .code,
            Code::kRefused)
      << "it was not reloaded yet";
}

TEST(EngineEvidence, AWordThatUsageContradictsIsRefusedAndAWaiverThatNothingNeedsToo) {
  Scene scene;
  scene.nightly().dies_at_restart = true;
  ASSERT_EQ(scene.rotate().ending, Ending::kParked);
  FakeIssuer issuer(scene.world, scene.journal);
  const UsageReport usage = issuer.usage().value();
  const RunState state = scene.state();
  ASSERT_TRUE(check_word(state, "nightly"));
  const auto silent = weigh_word(state, "nightly", usage);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, Code::kRefused);
  EXPECT_NE(silent.error().detail.find("neither with the old secret nor with the new one"),
            std::string::npos)
      << silent.error().detail;
  EXPECT_TRUE(weigh_waiver(state, "nightly", usage));

  const auto seen = weigh_word(state, "shop", usage);
  ASSERT_TRUE(seen);
  EXPECT_NE(seen->find("does not need it"), std::string::npos) << *seen;
  const auto needless = weigh_waiver(state, "shop", usage);
  ASSERT_FALSE(needless);
  EXPECT_NE(needless.error().detail.find("shop needs no waiver"), std::string::npos)
      << needless.error().detail;

  UsageReport on_old = usage;
  on_old.rows.push_back(
      {state.plan.outgoing.front(), scene.nightly().caller, usage.as_of, usage.as_of, 1});
  const auto late = weigh_word(state, "nightly", on_old);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().detail.find("last used the old one 0"), std::string::npos)
      << late.error().detail;
  RunState untold = state;
  for (RunConsumer& consumer : untold.consumers) consumer.rhythm.reset();
  EXPECT_EQ(weigh_word(untold, "shop", untold_usage(scene.world.now())).value(), "")
      << "where nobody tells, the word is what counts";
}

TEST(EngineEvidence, AnIntervalThatUsageDoesNotConfirmGivesWayToTheLifeOfAToken) {
  Scene scene;
  scene.world.token_life = minutes{18};
  // Seen for longer than that it is confirmed; seen for no time at all it is not.
  scene.inventory.consumers[1].interval = minutes{2};
  ASSERT_EQ(scene.rotate().ending, Ending::kClosed);
  const RunState state = scene.state();
  EXPECT_EQ(interval_of(state.consumers[0]), seconds{2});
  EXPECT_EQ(interval_of(state.consumers[1]), minutes{18});
}

TEST(EngineEvidence, WithoutAnIntervalAndWithoutALifeOfTokensNothingBegins) {
  Scene scene;
  scene.inventory.consumers[1].interval = {};
  const auto refused = rotate_in(scene.inventory, scene.journal, scene.parts, scene.reporter);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("consumer nightly: it declares no interval"),
            std::string::npos)
      << refused.error().detail;
}

// Does something with the world when the run has told of something, and at each look after that.
class Happening final : public Reporter {
 public:
  using Deed = std::function<void()>;
  Happening(RecordingReporter& inner, std::string event, std::string consumer, Deed then,
            Deed while_it)
      : inner_(inner),
        event_(std::move(event)),
        consumer_(std::move(consumer)),
        then_(std::move(then)),
        while_(std::move(while_it)) {}
  void on_event(const RunNotice& notice) override {
    inner_.on_event(notice);
    if (notice.event == event_ && notice.consumer == consumer_) then_();
  }
  void on_progress(const Progress& progress) override {
    inner_.on_progress(progress);
    while_();
  }

 private:
  RecordingReporter& inner_;
  std::string event_;
  std::string consumer_;
  Deed then_;
  Deed while_;
};

int count_of(const RecordingReporter& reporter, std::string_view event) {
  return static_cast<int>(
      std::count_if(reporter.notices.begin(), reporter.notices.end(),
                    [&](const RunNotice& notice) { return notice.event == event; }));
}

// nightly comes back a moment after the issuer does: in between it was nobody's fault.
TEST(EngineEvidence, AnOutageOfTheIssuerIsToldOnceAndCountsAgainstNobody) {
  Scene scene;
  World& world = scene.world;
  Happening outage(
      scene.reporter, "consumer_reloaded", "nightly",
      [&] {
        world.away_from = world.now();
        world.away_until = world.now() + seconds{60};
        scene.nightly().is_running = false;
      },
      [&] {
        if (world.now() >= world.away_until + seconds{5}) scene.nightly().is_running = true;
      });
  const auto outcome = rotate_in(scene.inventory, scene.journal, scene.parts, outage);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_EQ(count_of(scene.reporter, "usage_unread"), 1);
  EXPECT_EQ(count_of(scene.reporter, "usage_read_again"), 1);
  const RunState state = scene.state();
  EXPECT_FALSE(state.usage_unread);
  ASSERT_EQ(state.outages.size(), 1U);
  EXPECT_GE(state.outages[0].length, seconds{55});
}

TEST(EngineEvidence, AnAnswerThatFailsToComeOnceIsNoOutage) {
  Scene scene;
  World& world = scene.world;
  Happening glitch(
      scene.reporter, "consumer_reloaded", "nightly",
      [&] {
        world.away_from = world.now();
        world.away_until = world.now() + seconds{3};
      },
      [] {});
  const auto outcome = rotate_in(scene.inventory, scene.journal, scene.parts, glitch);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_EQ(count_of(scene.reporter, "usage_unread"), 0);
}

TEST(EngineEvidence, APlaceThatIsPutBackIsFoundWhileTheRunWaitsForEvidence) {
  Scene scene;
  World& world = scene.world;
  scene.inventory.consumers[1].interval = std::chrono::hours{1};
  Instant put_back_at{};
  Happening sync(
      scene.reporter, "consumer_reloaded", "nightly",
      [&] {
        put_back_at = world.now();
        world.files.content["/apps/shop/.env"] = "CLIENT_SECRET=old-value-1\n";
      },
      [] {});
  const auto outcome = rotate_in(scene.inventory, scene.journal, scene.parts, sync);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("the place of shop (/apps/shop/.env, CLIENT_SECRET) holds the "
                                  "old value again"),
            std::string::npos)
      << outcome->message;
  EXPECT_NE(outcome->message.find("`rekey run abort --reason TEXT`"), std::string::npos);
  EXPECT_LE(world.now() - put_back_at, minutes{2});
}

// There nobody can have the new secret before the activation.
TEST(EngineEvidence, AWordCountsUntilTheOldSecretHasEndedInEitherOrder) {
  for (const Duration overlap : {Duration{0}, Duration{base::Days{7}}}) {
    Scene scene;
    scene.world.descriptor = {seconds{3}, overlap, overlap == Duration{0}, 3, {}, {}};
    scene.nightly().dies_at_restart = true;
    ASSERT_EQ(scene.rotate().ending, Ending::kParked);
    const RunState state = scene.state();
    EXPECT_EQ(state.is_activated, overlap > Duration{0});
    EXPECT_TRUE(check_word(state, "nightly")) << check_word(state, "nightly").error().detail;
    EXPECT_EQ(
        check_word(apply(state, {scene.world.now(), AbandonRequested{"ann", "no"}}), "nightly")
            .error()
            .code,
        Code::kRefused);
    scene.say(ConsumerWaived{"nightly", "R. Meyer", "switched off for good"});
    EXPECT_EQ(scene.rotate().ending, Ending::kClosed);
    const auto late = check_word(scene.state(), "nightly");
    ASSERT_FALSE(late);
    EXPECT_NE(late.error().detail.find("before the old one has ended"), std::string::npos)
        << late.error().detail;
  }
}

TEST(EngineEvidence, AWordIsEvidenceWhereActivationComesFirst) {
  Scene scene;
  scene.world.descriptor = {seconds{3}, Duration{base::Days{7}}, false, 3, {}, {}};
  scene.world.tells_usage = false;
  scene.inventory.consumers[1].reload.reads_at_start = false;
  ASSERT_EQ(scene.rotate().ending, Ending::kParked);
  for (const char* name : {"shop", "nightly"}) {
    ASSERT_TRUE(check_word(scene.state(), name));
    scene.say(ConsumerAttested{name, "R. Meyer", "seen at work"});
  }
  EXPECT_EQ(scene.rotate().ending, Ending::kClosed);
  EXPECT_EQ(scene.last_verdict("nightly").kind, VerdictKind::kAttested);
}

DriverSpec proxy_log(const std::string& covers) {
  const auto kinds = builtin_drivers();
  return make_spec(kinds.usage_sources.front().kind,
                   {{"file", kLog},
                    {"format", "pattern"},
                    {"pattern", "{time} {secret_id} {user_agent}"},
                    {"time_format", "iso"},
                    {"covers", covers},
                    {"heartbeat", "10s"},
                    {"lag", "1s"}});
}

TEST(EngineEvidence, AnAccessLogIsEvidenceWhereTheIssuerTellsNothing) {
  Scene scene(true);
  scene.world.tells_usage = false;
  scene.inventory.usage_sources = {proxy_log("all")};
  EXPECT_EQ(scene.rotate().ending, Ending::kClosed);
  const Verdict shop = scene.last_verdict("shop");
  EXPECT_EQ(shop.kind, VerdictKind::kSeenOnNew) << shop.reason;
  EXPECT_EQ(shop.source.find("the access log /logs/proxy.log, complete since"), 0u) << shop.source;
}

TEST(EngineEvidence, ALogThatTellsOfSomeRequestsIsNoProofThatNobodyUsesTheOldSecret) {
  Scene scene(true);
  scene.world.tells_usage = false;
  scene.inventory.usage_sources = {proxy_log("some")};
  scene.inventory.consumers[1].reload.reads_at_start = false;
  const Outcome stopped = scene.rotate();
  EXPECT_EQ(stopped.ending, Ending::kParked);
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
}

TEST(EngineEvidence, ASourceThatCannotBeReadIsAProblemOfThePlan) {
  Scene scene;
  scene.inventory.usage_sources = {proxy_log("all")};
  const auto refused = rotate_in(scene.inventory, scene.journal, scene.parts, scene.reporter);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("usage, access-log: /logs/proxy.log is missing"),
            std::string::npos)
      << refused.error().detail;
}

}  // namespace
}  // namespace rekey::rotation

#include "rotation/engine/look.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"
#include "rotation/engine/fakes_test_support.h"
#include "rotation/engine/schedule.h"
#include "rotation/engine/waiting.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

// Nobody answers; that somebody asked is what counts here.
class DeafDrivers final : public Drivers {
 public:
  explicit DeafDrivers(FakeDrivers& fakes) : fakes_(fakes) {}
  int asked = 0;

  const DriverRegistry& registry() const noexcept override { return fakes_.registry(); }
  base::Result<std::unique_ptr<IssuerReader>> issuer_reader(const Inventory&) override {
    ++asked;
    return base::fail(Code::kUnavailable, "nobody answers");
  }
  base::Result<std::unique_ptr<Issuer>> issuer(const Inventory& one) override {
    return fakes_.issuer(one);
  }
  base::Result<std::unique_ptr<SinkReader>> sink_reader(const DriverSpec& spec) override {
    return fakes_.sink_reader(spec);
  }
  base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) override {
    return fakes_.sink(spec);
  }
  base::Result<std::unique_ptr<Probe>> probe(const DriverSpec& spec, const IntegrationFacts& facts,
                                             IssuerReader& issuer) override {
    return fakes_.probe(spec, facts, issuer);
  }
  base::Status check_reload(const ReloadSpec& reload) override {
    return fakes_.check_reload(reload);
  }
  base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override {
    return fakes_.run_reload(reload);
  }

 private:
  FakeDrivers& fakes_;
};

// A run that a person stages for, staged and on its way to the consumers.
class Look : public testing::Test {
 protected:
  explicit Look(bool is_by_hand = true) {
    inventory_.client_id = "client";
    inventory_.state_folder = temp_.path() + "/state";
    journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
    RunPlanned planned;
    planned.run_id = "run-1";
    planned.client_id = "client";
    planned.slot = "-";
    planned.is_by_hand = is_by_hand;
    planned.outgoing = {"sec_1"};
    tell(planned);
    tell(IntentRecorded{Effect::kStage, "run-1"});
    tell(SecretStaged{"sec_2", {}, clock_.now() + base::Days{180}});
  }
  void tell(EventBody body) {
    ASSERT_TRUE(journal_->append("run-1", version_++, {{clock_.now(), std::move(body)}}, {}));
  }
  // Whether anybody was asked anything.
  bool is_looked_at() {
    World world({seconds{3}, Duration{}, true, 3});
    MemoryJournal memory(world);
    FakeDrivers fakes(world, memory);
    DeafDrivers drivers(fakes);
    EngineParts parts{clock_, files_, drivers};
    RecordingReporter reporter;
    static_cast<void>(look_at_waiting_run(inventory_, parts, reporter));
    return drivers.asked > 0;
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  platform::SetClock clock_{Instant{Duration{1'800'000'000'000}}};
  Inventory inventory_;
  std::unique_ptr<RunJournal> journal_;
  std::int64_t version_ = 0;
};

TEST_F(Look, ARunThatWasInterruptedIsLookedAtAfterAWhile) {
  clock_.advance(kInterruptedAfter);
  EXPECT_FALSE(is_looked_at()) << "somebody works on it";
  journal_.reset();
  EXPECT_TRUE(is_looked_at());
  clock_.advance(-minutes{1});
  EXPECT_FALSE(is_looked_at()) << "it may go on at any moment";
}

TEST_F(Look, ARunThatParkedAfterAFailureIsLookedAtAsOneThatWaits) {
  for (const bool is_waiting : {false, true}) {
    tell(RunParked{"stopped", false, is_waiting});
    journal_.reset();
    EXPECT_TRUE(is_looked_at()) << is_waiting;
    journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
    tell(RunResumed{});
  }
}

class LookByApi : public Look {
 protected:
  LookByApi() : Look(false) {}
};

TEST_F(LookByApi, ARunIsLookedAtWhileItBelievesThatTheOldSecretWorks) {
  tell(RunParked{"no evidence", false, false});
  journal_.reset();
  EXPECT_TRUE(is_looked_at());
  journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
  tell(RunResumed{});
  tell(OldSecretEnded{"sec_1 expired", true});
  tell(RunParked{"no evidence", false, false});
  journal_.reset();
  EXPECT_TRUE(is_looked_at()) << "the staged one may end too";
  journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
  tell(RunResumed{});
  tell(StagedSecretGone{"sec_2", "somebody revoked it", {}, true});
  tell(RunParked{"no evidence", false, false});
  journal_.reset();
  EXPECT_FALSE(is_looked_at()) << "nothing is left that could end";
}

// With an issuer that answers: the old secret sec_1 and the staged sec_2, of which shop has got the
// latter and crm has not.
class LookAnswered : public LookByApi {
 protected:
  LookAnswered() {
    FakeSecret staged = world_.secrets[0];
    staged.facts.id = "sec_2";
    staged.facts.label = "run-1";
    staged.facts.state = SecretState::kStaged;
    world_.secrets.push_back(staged);
    for (const char* name : {"shop", "crm"}) {
      Consumer consumer;
      consumer.name = name;
      consumer.seen_as.user_agent = name;
      consumer.interval = minutes{1};
      consumer.sinks = {file_spec(name, "dotenv", "CLIENT_SECRET")};
      tell(ConsumerDeclared{consumer, {base::Fingerprint{}}});
    }
    tell(SecretSettled{});
    tell(IntentRecorded{Effect::kWrite, "shop"});
    tell(SinkWritten{"shop"});
    tell(SinkReadBack{"shop"});
    tell(ConsumerProven{"shop"});
    tell(ConsumerReloaded{"shop", clock_.now()});
  }
  void end(std::size_t which) { world_.secrets[which].facts.state = SecretState::kEnded; }
  void activate() {
    tell(IntentRecorded{Effect::kActivate, "sec_2"});
    tell(SecretActivated{"sec_2", "sec_1", clock_.now() + base::Days{7}});
    world_.secrets[0].facts.state = SecretState::kSuperseded;
    world_.secrets[1].facts.state = SecretState::kActive;
  }
  // What it says; empty where it found nothing.
  std::string look() {
    journal_.reset();
    EngineParts parts{clock_, files_, fakes_};
    RecordingReporter reporter;
    const auto outcome = look_at_waiting_run(inventory_, parts, reporter);
    EXPECT_TRUE(outcome) << outcome.error().detail;
    journal_ = *open_journal(files_, inventory_.state_folder, {"client", "-"}, clock_.now());
    version_ = static_cast<std::int64_t>(journal_->load("run-1")->size());
    return outcome && *outcome ? (*outcome)->message : std::string();
  }
  RunState state() { return fold(*journal_->load("run-1")); }

  World world_{{seconds{3}, Duration{}, true, 3}};
  MemoryJournal memory_{world_};
  FakeDrivers fakes_{world_, memory_};
};

TEST_F(LookAnswered, AStagedSecretThatEndedIsToldWithTheNamesOfThoseWhoHoldIt) {
  tell(RunParked{"nobody answers", false, false});
  EXPECT_EQ(look(), "");
  EXPECT_TRUE(may_go_on(state(), clock_.now()).is_stuck);
  end(1);
  const std::string said = look();
  EXPECT_NE(said.find("sec_2 is gone"), std::string::npos) << said;
  EXPECT_NE(said.find("cut off: shop;"), std::string::npos) << said;
  EXPECT_EQ(look(), "") << "it is written down once";
  EXPECT_TRUE(may_go_on(state(), clock_.now()).is_now) << "it stopped for something else";
}

TEST_F(LookAnswered, WhatEndsWhileARunGoesBackIsSeenToo) {
  for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
    SCOPED_TRACE(which);
    if (which == 0) tell(AbandonRequested{"ann", "another week"});
    tell(RunParked{"the staged one may be in use", false, false});
    end(which);
    EXPECT_NE(look(), "");
    EXPECT_TRUE(state().is_stop_overtaken);
    tell(RunResumed{});
  }
  EXPECT_TRUE(state().early_cut);
  EXPECT_TRUE(state().is_staged_gone || state().secret_id.empty());
}

TEST_F(LookAnswered, WhatSomebodyElseActivatedIsSeen) {
  tell(RunParked{"no evidence", false, false});
  end(0);
  world_.secrets[1].facts.state = SecretState::kActive;
  EXPECT_NE(look().find("somebody activated sec_2"), std::string::npos);
  const auto cut = state().early_cut;
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->consumers, (std::vector<std::string>{"shop", "crm"}));
}

TEST_F(LookAnswered, AnActiveSecretThatEndedIsToldAndLeftToAPerson) {
  activate();
  tell(RunParked{"no evidence", false, true});
  EXPECT_EQ(look(), "");
  end(1);
  const std::string said = look();
  EXPECT_NE(said.find("Cut off: shop."), std::string::npos) << said;
  EXPECT_NE(said.find("`rekey run abort --reason TEXT` gives everybody back"), std::string::npos);
  EXPECT_EQ(look(), "") << "it is written down once";
  EXPECT_TRUE(state().active_end);
  EXPECT_TRUE(may_go_on(state(), clock_.now()).is_stuck) << "no step of the run would help";
}

TEST_F(LookAnswered, AnInterruptedWriteHidesNothing) {
  tell(IntentRecorded{Effect::kWrite, "crm"});
  clock_.advance(kInterruptedAfter);
  end(0);
  EXPECT_NE(look().find("before every consumer had moved"), std::string::npos);
}

TEST_F(LookAnswered, AnActivationWhoseReplyWasLostIsFoundAndItsOverlapKnown) {
  tell(GatePassed{});
  tell(IntentRecorded{Effect::kActivate, "sec_2"});
  tell(RunParked{"nobody answers", false, false});
  EXPECT_EQ(look(), "") << "it has not taken place";
  world_.secrets[0].facts.state = SecretState::kSuperseded;
  world_.secrets[0].facts.ends_at = clock_.now() + base::Days{7};
  world_.secrets[1].facts.state = SecretState::kActive;
  EXPECT_NE(look().find("activated sec_2; sec_1 works until"), std::string::npos);
  EXPECT_TRUE(state().is_activated);
  EXPECT_EQ(state().old_ends_at, world_.secrets[0].facts.ends_at);
  EXPECT_FALSE(state().open_intent);
  EXPECT_TRUE(may_go_on(state(), clock_.now()).is_now);
}

TEST_F(LookAnswered, AnEndWhoseReplyWasLostIsFound) {
  activate();
  tell(IntentRecorded{Effect::kRevoke, "sec_1"});
  tell(RunParked{"nobody answers", false, false});
  EXPECT_EQ(look(), "");
  end(0);
  EXPECT_NE(look().find("revoked"), std::string::npos);
  EXPECT_TRUE(state().is_old_ended);
}

// What was begun there has to be looked for by the run itself, whatever became of the old one.
TEST_F(LookAnswered, BehindAStagingOrAWorkflowTheEndOfTheOldSecretIsSeenAndTheRestStaysOpen) {
  for (const Effect effect : {Effect::kRunWorkflow, Effect::kStage}) {
    SCOPED_TRACE(name_of(effect));
    tell(IntentRecorded{effect, "orders"});
    tell(RunParked{"nobody answers", false, false});
    end(effect == Effect::kStage ? 0 : 1);
    EXPECT_NE(look(), "");
    ASSERT_TRUE(state().open_intent);
    EXPECT_EQ(state().open_intent->effect, effect);
    tell(RunResumed{});
  }
}

TEST_F(LookAnswered, WhatAPersonParkedIsLookedAtAndStaysParked) {
  tell(RunParked{"another week", false, false, "ann"});
  EXPECT_EQ(look(), "");
  end(1);
  const std::string said = look();
  EXPECT_NE(said.find("sec_2 is gone"), std::string::npos) << said;
  EXPECT_NE(said.find("ann has parked the run"), std::string::npos) << said;
  EXPECT_EQ(look(), "");
  EXPECT_TRUE(state().is_staged_gone);
  EXPECT_EQ(state().parked.value().by, "ann");
  EXPECT_TRUE(may_go_on(state(), clock_.now()).is_stuck);
}

TEST_F(LookAnswered, WhatCannotBeMendedByTheRunIsSaidInTheStopOfWhoeverParkedIt) {
  activate();
  tell(RunParked{"another week", false, false, "ann"});
  end(1);
  EXPECT_NE(look().find("Cut off: shop."), std::string::npos);
  EXPECT_EQ(look(), "");
  const RunParked parked = state().parked.value();
  EXPECT_EQ(parked.by, "ann");
  EXPECT_EQ(parked.reason.find("another week. Seen since then: "), 0u) << parked.reason;
}

TEST_F(Look, AnIssuerThatIsAwayIsAskedOnceForAllItsIntegrations) {
  World world({seconds{3}, Duration{}, true, 3});
  MemoryJournal memory(world);
  FakeDrivers fakes(world, memory);
  DeafDrivers drivers(fakes);
  EngineParts parts{clock_, files_, drivers};
  RecordingReporter reporter;
  tell(RunParked{"stopped", false, false});
  journal_.reset();
  AwayIssuers away;
  EXPECT_EQ(look_at_waiting_run(inventory_, parts, reporter, &away).error().code,
            Code::kUnavailable);
  EXPECT_EQ(look_at_waiting_run(inventory_, parts, reporter, &away).error().code,
            Code::kUnavailable);
  EXPECT_EQ(drivers.asked, 1);
  std::vector<DueOne> due(3);
  for (DueOne& one : due) {
    one.inventory = inventory_;
    one.inventory.client_id += std::to_string(&one - due.data());
    one.inventory.consumers.resize(1);
    one.inventory.window = parse_window("sun 03:00-04:00").value();
  }
  EXPECT_EQ(sort_out(due, parts, Attendance::kNobody, &away).later.size(), 3u);
  EXPECT_EQ(drivers.asked, 1);
  EXPECT_EQ(sort_out(due, parts).later.size(), 3u) << "the next look asks again";
  EXPECT_EQ(drivers.asked, 2);
  due.front().inventory.issuer.location = "another";
  EXPECT_EQ(sort_out(due, parts, Attendance::kNobody, &away).later.size(), 3u);
  EXPECT_EQ(drivers.asked, 3);
}

}  // namespace
}  // namespace rekey::rotation

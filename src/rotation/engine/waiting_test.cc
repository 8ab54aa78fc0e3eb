#include "rotation/engine/waiting.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"

namespace rekey::rotation {
namespace {

using base::Instant;
using std::chrono::minutes;

constexpr Instant kNow{base::Duration{1'800'000'000'000}};

Instant after(int count) {
  return kNow + minutes{count};
}

RunParked word_of(const std::string& name) {
  return {"the word of " + name + " is missing", false, true};
}

TEST(Waiting, ARunThatStopsAgainForTheSameThingHasWaitedAllTheTime) {
  std::vector<RunEvent> events{{after(0), RunParked{word_of("ann")}}};
  EXPECT_EQ(parked_since(events), after(0));
  events.push_back({after(1), ConsumerAttested{"shop", "ann", "seen", false}});
  EXPECT_EQ(parked_since(events), after(0)) << "what people say moves nothing";
  events.push_back({after(2), RunResumed{}});
  EXPECT_FALSE(parked_since(events));
  events.push_back({after(3), RunParked{word_of("ann")}});
  EXPECT_EQ(parked_since(events), after(0));
  events.push_back({after(4), RunResumed{}});
  events.push_back({after(5), RunParked{word_of("bob")}});
  EXPECT_EQ(parked_since(events), after(5)) << "somebody else is asked";
}

TEST(Waiting, WhatIsAskedAfterATurnIsAskedAnew) {
  std::vector<RunEvent> events{{after(0), RunParked{word_of("ann")}}};
  events.push_back({after(1), RunResumed{}});
  events.push_back({after(2), StagedSecretGone{"sec_2", "it was replaced", {}, false}});
  events.push_back({after(3), RunParked{word_of("ann")}});
  EXPECT_EQ(parked_since(events), after(3));
}

TEST(Waiting, DurationsDoNotMakeAReasonAnother) {
  const RunParked three{"no evidence in 21m: shop (quiet for 3m of 20m)", false, false};
  const RunParked nine{"no evidence in 1260s: shop (quiet for 9m of 20m)", false, false};
  EXPECT_TRUE(is_same_wait(three, nine));
  const RunParked monday{"the window opens at 2026-11-30T02:00:00Z", false, true};
  const RunParked tuesday{"the window opens at 2026-12-01T02:00:00Z", false, true};
  EXPECT_FALSE(is_same_wait(monday, tuesday));
  EXPECT_FALSE(is_same_wait({"x3m", false, false}, {"x4m", false, false}));
  EXPECT_FALSE(is_same_wait({"a", false, true}, {"a", false, false}));
}

TEST(Waiting, ARunThatNobodyEndedCountsAsInterruptedAfterAWhile) {
  RunState state;
  state.phase = Phase::kPropagating;
  EXPECT_FALSE(may_be_interrupted(state, kNow, after(9)));
  EXPECT_TRUE(may_be_interrupted(state, kNow, after(10)));
  state.parked = word_of("ann");
  EXPECT_FALSE(may_be_interrupted(state, kNow, after(10)));
  const std::vector<RunEvent> events{{after(0), SinkWritten{"shop"}},
                                     {after(30), ConsumerAttested{"shop", "ann", "seen", false}}};
  EXPECT_EQ(last_step_at(events), after(0)) << "a person's word is no step of the run";
}

TEST(Waiting, TheOutageLastsUntilANewSecretIsStaged) {
  std::vector<RunEvent> events{{after(1), StagedSecretGone{"sec_2", "both are refused", {}, true}}};
  EXPECT_EQ(cut_off_since(events), after(1));
  events.push_back({after(2), RunParked{"nobody is there", false, true}});
  EXPECT_EQ(cut_off_since(events), after(1));
  events.push_back({after(3), SecretStaged{"sec_3", {}, after(100)}});
  EXPECT_FALSE(cut_off_since(events));
}

TEST(Waiting, TellsWhoIsStillMissing) {
  RunState state;
  state.plan.is_by_hand = true;
  state.phase = Phase::kObserving;
  state.parked = word_of("ann and bob");
  for (const std::string name : {"shop", "crm"}) {
    RunConsumer consumer;
    consumer.facts.name = name;
    consumer.facts.seen_as.user_agent = name;
    consumer.facts.interval = minutes{1};
    consumer.step = ConsumerStep::kReloaded;
    consumer.reloaded_at = kNow;
    state.consumers.push_back(consumer);
  }
  EXPECT_EQ(missing_now(state, after(1)), state.parked->reason);
  state.consumers[0].attested_by = "ann";
  const std::string one = missing_now(state, after(1));
  EXPECT_NE(one.find("answers for crm is still missing"), std::string::npos) << one;
  EXPECT_EQ(one.find("shop"), std::string::npos) << one;
  state.consumers[1].attested_by = "bob";
  EXPECT_NE(missing_now(state, after(1)).find("every word is there"), std::string::npos);
}

// 2027-01-15, a Friday.
TEST(Waiting, WithEveryApprovalThereAWindowOrAFreezeIsWhatIsWaitedFor) {
  RunState state;
  state.phase = Phase::kGate;
  state.plan.rules.approvals = 1;
  state.plan.outgoing = {"sec_1"};
  state.parked = RunParked{"the activation needs the approval of a second person", false, true};
  EXPECT_EQ(missing_now(state, kNow), state.parked->reason);
  state.approved.push_back({"cleo", "read", digest_of(state)});
  EXPECT_EQ(missing_now(state, kNow).find("every approval is there: start"), 0u);
  state.plan.rules.window = parse_window("mon 09:00-15:00").value();
  state.approved.push_back({"cleo", "read", digest_of(state)});
  EXPECT_NE(missing_now(state, kNow).find("opens at 2027-01-18T09:00:00Z"), std::string::npos)
      << missing_now(state, kNow);
  state.plan.rules.freezes = {parse_freeze("2027-01-10..2027-01-20").value()};
  state.approved.push_back({"cleo", "read", digest_of(state)});
  EXPECT_NE(missing_now(state, kNow).find("start the run again at 2027-01-21T00:00:00Z"),
            std::string::npos)
      << missing_now(state, kNow);
}

TEST(Waiting, WithEveryApprovalThereTheEndOfTheOldOneWaitsForItsOwnTime) {
  RunState state;
  state.phase = Phase::kGate;
  state.is_activated = true;
  state.superseded_id = "sec_1";
  state.old_ends_at = kNow + base::Days{30};
  state.plan.outgoing = {"sec_1"};
  state.plan.rules.approvals = 1;
  state.plan.rules.freezes = {parse_freeze("2027-01-10..2027-01-20").value()};
  state.parked = RunParked{"the end of sec_1 needs the approval of a second person", false, true};
  state.approved.push_back({"cleo", "read", digest_of(state)});
  EXPECT_NE(missing_now(state, kNow).find("sec_1 may be ended is at 2027-01-21T00:00:00Z"),
            std::string::npos)
      << missing_now(state, kNow);
}

TEST(Waiting, PeeksAtTheEventsAndAtTheLock) {
  platform::TempFolder temp;
  platform::SystemFiles files;
  const std::string folder = temp.path() + "/state";
  EXPECT_EQ(peek_events(files, folder, "run-1").error().code, base::Code::kNotFound);
  auto journal = open_journal(files, folder, {"client", "-"}, kNow);
  ASSERT_TRUE(journal);
  RunPlanned planned;
  planned.run_id = "run-1";
  planned.client_id = "client";
  planned.slot = "-";
  ASSERT_TRUE((*journal)->append("run-1", 0, {{kNow, planned}}, {}));
  const auto events = peek_events(files, folder, "run-1");
  ASSERT_TRUE(events) << events.error().detail;
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().at, kNow);
  Inventory inventory;
  inventory.client_id = "client";
  inventory.state_folder = folder;
  EXPECT_TRUE(is_worked_on(files, inventory).value());
  journal->reset();
  EXPECT_FALSE(is_worked_on(files, inventory).value());
}

}  // namespace
}  // namespace rekey::rotation

#include "rotation/journal/journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/temp_folder.h"
#include "storage/sqlite.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Instant;
using base::Secret;

constexpr Instant kNow{base::Duration{1'800'000'000'000}};

class Journal : public testing::Test {
 protected:
  std::unique_ptr<RunJournal> open() {
    auto journal = open_journal(files_, folder(), {"client", "-"}, kNow);
    EXPECT_TRUE(journal) << journal.error().detail;
    return *std::move(journal);
  }
  [[nodiscard]] std::string folder() const { return temp_.path() + "/state"; }

  static std::vector<RunEvent> planned(const std::string& run_id) {
    RunPlanned event;
    event.run_id = run_id;
    event.client_id = "client";
    event.slot = "-";
    return {{kNow, event}};
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
};

TEST_F(Journal, KeepsEventsAndValuesOverARestart) {
  {
    auto journal = open();
    const Secret value("new-value");
    const base::Fingerprint fingerprint = journal->fingerprint(value);
    ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
    std::vector<KeptValue> kept;
    kept.push_back({fingerprint, value.clone()});
    ASSERT_TRUE(
        journal->append("run-1", 1, {{kNow, SecretStaged{"sec_2", fingerprint, kNow}}}, kept));
  }
  auto journal = open();
  const auto run = journal->find_open_run("client", "-");
  ASSERT_TRUE(run && *run == "run-1");
  const auto events = journal->load("run-1");
  ASSERT_TRUE(events) << events.error().detail;
  ASSERT_EQ(events->size(), 2u);
  const auto& staged = std::get<SecretStaged>((*events)[1].body);
  const auto value = journal->value("run-1", staged.value);
  ASSERT_TRUE(value) << value.error().detail;
  EXPECT_EQ(value->reveal(), "new-value");
}

TEST_F(Journal, ErasesTheValuesWithTheEventThatClosesTheRun) {
  auto journal = open();
  const Secret value("new-value");
  const base::Fingerprint fingerprint = journal->fingerprint(value);
  std::vector<KeptValue> kept;
  kept.push_back({fingerprint, value.clone()});
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), kept));
  ASSERT_TRUE(journal->append("run-1", 1, {{kNow, RunClosed{}}}, {}));
  const auto gone = journal->value("run-1", fingerprint);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kNotFound);
  EXPECT_FALSE(journal->find_open_run("client", "-").value());
}

TEST_F(Journal, HasOneOpenRunForACredential) {
  auto journal = open();
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  EXPECT_FALSE(journal->append("run-2", 0, planned("run-2"), {}));
  EXPECT_TRUE(journal->load("run-2").value().empty());
}

TEST_F(Journal, RefusesAWriterThatDidNotSeeTheNewestEvent) {
  auto journal = open();
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  ASSERT_TRUE(journal->append("run-1", 1, {{kNow, RunResumed{}}}, {}));
  const auto late = journal->append("run-1", 1, {{kNow, RunResumed{}}}, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
}

TEST_F(Journal, LetsAnEngineOfAnotherCredentialWorkBesideIt) {
  auto journal = open();
  auto other = open_journal(files_, folder(), {"other", "-"}, kNow);
  ASSERT_TRUE(other) << other.error().detail;
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  RunPlanned plan;
  plan.run_id = "run-2";
  plan.client_id = "other";
  plan.slot = "-";
  ASSERT_TRUE((*other)->append("run-2", 0, {{kNow, plan}}, {}));
  ASSERT_TRUE(journal->append("run-1", 1, {{kNow, RunResumed{}}}, {}));
  ASSERT_TRUE((*other)->append("run-2", 1, {{kNow, RunResumed{}}}, {}));
  EXPECT_EQ(journal->load("run-1").value().size(), 2u);
  EXPECT_EQ((*other)->find_open_run("other", "-").value(), "run-2");
}

TEST_F(Journal, RefusesASecondEngineOfTheSameCredential) {
  auto journal = open();
  const auto second = open_journal(files_, folder(), {"client", "-"}, kNow);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
}

TEST_F(Journal, AnEngineThatLostItsLockWritesNothingAfterAnotherTookOver) {
  auto first = open();
  ASSERT_TRUE(first->append("run-1", 0, planned("run-1"), {}));
  EXPECT_TRUE(first->check_turn());
  ASSERT_TRUE(files_.remove(folder() + "/client.lock"));
  auto second = open_journal(files_, folder(), {"client", "-"}, kNow + std::chrono::minutes{5});
  ASSERT_TRUE(second) << second.error().detail;
  // The second has not written yet: the version alone would let the first go on.
  std::vector<KeptValue> kept;
  kept.push_back({first->fingerprint(Secret("late")), Secret("late")});
  const auto late = first->append("run-1", 1, {{kNow, RunResumed{}}}, kept);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  EXPECT_NE(late.error().detail.find(base::format_instant(kNow + std::chrono::minutes{5})),
            std::string::npos)
      << late.error().detail;
  EXPECT_EQ(first->value("run-1", {}).error().code, Code::kConflict);
  ASSERT_FALSE(first->check_turn());
  EXPECT_EQ(first->check_turn().error().code, Code::kConflict);
  EXPECT_TRUE((*second)->check_turn());
  EXPECT_EQ((*second)->load("run-1")->size(), 1u);
  EXPECT_FALSE((*second)->value("run-1", first->fingerprint(Secret("late"))));
  EXPECT_TRUE((*second)->append("run-1", 1, {{kNow, RunResumed{}}}, {}));
}

TEST_F(Journal, AnEngineThatEndedLeavesTheWayFreeHoweverOftenItIsOpened) {
  for (int version = 0; version < 3; ++version) {
    auto journal = open();
    const auto events =
        version == 0 ? planned("run-1") : std::vector<RunEvent>{{kNow, RunResumed{}}};
    EXPECT_TRUE(journal->append("run-1", version, events, {}));
  }
}

TEST_F(Journal, WhoAsksWhetherItIsHeldTakesItFromNobody) {
  EXPECT_FALSE(is_journal_held(files_, folder(), {"client", "-"}).value());
  auto journal = open();
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  EXPECT_TRUE(is_journal_held(files_, folder(), {"client", "-"}).value());
  ASSERT_TRUE(files_.remove(folder() + "/client.lock"));
  EXPECT_FALSE(is_journal_held(files_, folder(), {"client", "-"}).value());
  EXPECT_TRUE(journal->append("run-1", 1, {{kNow, RunResumed{}}}, {}));
}

TEST_F(Journal, WhoAsksTheEngineAtWorkToParkIsHeardUntilTheRunIsParkedOrGoesOn) {
  EXPECT_FALSE(ask_to_park(folder(), "run-1", {"ann", "not today"}, kNow)) << "no journal";
  const std::vector<std::vector<RunEvent>> ends{
      {{kNow, RunParked{"not today", false, false, "ann"}}},
      {{kNow, RunResumed{"bob"}}},
      {{kNow, RunAbandoned{}}}};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::string run_id = "run-" + std::to_string(i);
    auto journal = open();
    ASSERT_TRUE(journal->append(run_id, 0, planned(run_id), {}));
    EXPECT_FALSE(journal->park_request(run_id).value());
    ASSERT_TRUE(ask_to_park(folder(), run_id, {"ann", "not today"}, kNow));
    ASSERT_TRUE(ask_to_park(folder(), "run-unknown", {"ann", "not today"}, kNow));
    EXPECT_FALSE(journal->park_request("run-unknown").value());
    const auto asked = journal->park_request(run_id);
    ASSERT_TRUE(asked && *asked);
    EXPECT_EQ((*asked)->by + ": " + (*asked)->reason, "ann: not today");
    ASSERT_TRUE(journal->append(run_id, 1, {{kNow, RunParked{"the gate is shut"}}}, {}));
    EXPECT_TRUE(journal->park_request(run_id).value()) << "that is not what ann asked for";
    ASSERT_TRUE(journal->append(run_id, 2, ends[i], {}));
    EXPECT_FALSE(journal->park_request(run_id).value());
    if (i + 1 == ends.size()) continue;
    ASSERT_TRUE(journal->append(run_id, 3, {{kNow, RunAbandoned{}}}, {}));
  }
}

TEST_F(Journal, CanBePeekedAtWhileAnEngineHoldsIt) {
  EXPECT_FALSE(peek_open_run(files_, folder(), "client", "-").value());
  auto journal = open();
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  const auto open_run = peek_open_run(files_, folder(), "client", "-");
  ASSERT_TRUE(open_run) << open_run.error().detail;
  ASSERT_TRUE(*open_run);
  EXPECT_EQ((*open_run)->run_id, "run-1");
  EXPECT_EQ((*open_run)->state.phase, Phase::kPlanned);
  journal.reset();
  EXPECT_TRUE(peek_open_run(files_, folder(), "client", "-").value());
}

TEST_F(Journal, TellsOfEveryRunTheNewestFirst) {
  EXPECT_TRUE(peek_runs(files_, folder())->empty());
  auto journal = open();
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  ASSERT_TRUE(journal->append("run-1", 1, {{kNow, RunClosed{}}}, {}));
  ASSERT_TRUE(journal->append("run-2", 0, planned("run-2"), {}));
  const auto runs = peek_runs(files_, folder());
  ASSERT_TRUE(runs) << runs.error().detail;
  ASSERT_EQ(runs->size(), 2u);
  EXPECT_EQ(runs->front().run_id, "run-2");
  EXPECT_EQ(runs->front().whose.client_id, "client");
  EXPECT_FALSE(runs->front().closed_at);
  EXPECT_EQ(runs->back().closed_at, kNow);
}

TEST_F(Journal, MakesItsFolderAndKeyForTheOwnerOnly) {
  auto journal = open();
  EXPECT_EQ(files_.facts(folder())->mode, 0700u);
  EXPECT_EQ(files_.facts(folder() + "/run.key")->mode, 0600u);
}

TEST_F(Journal, RefusesToGoOnWithoutItsKey) {
  open().reset();
  ASSERT_TRUE(files_.remove(folder() + "/run.key"));
  const auto journal = open_journal(files_, folder(), {"client", "-"}, kNow);
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().detail.find("run.key is missing"), std::string::npos);
  EXPECT_EQ(journal.error().code, base::Code::kUnavailable);  // a file that is away
}

TEST_F(Journal, ARunWithAChangedEventInItsMiddleIsNotGoneOnWith) {
  auto journal = open();
  ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), {}));
  ASSERT_TRUE(journal->append("run-1", 1, {{kNow, RunResumed{"ann"}}}, {}));
  ASSERT_TRUE(journal->append("run-1", 2, {{kNow, RunResumed{"bob"}}}, {}));
  ASSERT_EQ(journal->load("run-1").value().size(), 3u);
  {
    auto database =
        storage::Connection::open(folder() + "/runs.db", storage::OpenMode::kReadWriteCreate);
    ASSERT_TRUE(database) << database.error().detail;
    ASSERT_TRUE(database->execute("UPDATE event SET body = replace(body, 'ann', 'Ann')"));
  }
  const auto events = journal->load("run-1");
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code, Code::kCorrupt);
  EXPECT_NE(events.error().detail.find("event 2 (run_resumed) was changed"), std::string::npos)
      << events.error().detail;
  EXPECT_NE(events.error().detail.find("Put runs.db of the state folder back"), std::string::npos);
}

TEST_F(Journal, HoldsNoValueInTheClear) {
  {
    auto journal = open();
    const Secret value("canary-value-in-the-journal");
    std::vector<KeptValue> kept;
    kept.push_back({journal->fingerprint(value), value.clone()});
    ASSERT_TRUE(journal->append("run-1", 0, planned("run-1"), kept));
  }
  for (const std::string name : {"/runs.db", "/runs.db-wal"}) {
    const auto bytes = files_.read(folder() + name, 16 * 1024 * 1024);
    if (!bytes) continue;
    EXPECT_EQ(bytes->reveal().find("canary-value"), std::string_view::npos) << name;
  }
}

}  // namespace
}  // namespace rekey::rotation

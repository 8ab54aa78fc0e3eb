// What is begun without anybody there, and gone on with: from the inventory to the end of a run.
#include "rotation/engine/crew.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <utility>

#include "rotation/engine/look.h"
#include "rotation/engine/schedule.h"
#include "rotation/issuers/oauth2_scene_test_support.h"

namespace rekey::rotation {
namespace {

using base::Days;

class Ends final : public FleetObserver {
 public:
  std::unique_ptr<Reporter> begin(const DueOne&, bool) override {
    return std::make_unique<fakes::Listener>();
  }
  void end(const DueOne& one, Reporter&, const base::Result<Outcome>& ended) override {
    const std::lock_guard lock(mutex_);
    all.push_back(one.inventory.name + " " +
                  (!ended                             ? "failed: " + ended.error().detail
                   : ended->ending == Ending::kClosed ? "closed"
                                                      : "parked"));
  }
  void hold_back(const DueOne& one, const std::string&) override {
    const std::lock_guard lock(mutex_);
    all.push_back(one.inventory.name + " held back");
  }
  void leave_out(const DueOne& one, const std::string&, bool is_done) override {
    const std::lock_guard lock(mutex_);
    all.push_back(one.inventory.name + (is_done ? " done by others" : " left out"));
  }
  std::vector<std::string> all;

 private:
  std::mutex mutex_;
};

// The clock stands on 24 November; the secret of the scene ends 30 days later.
class CrewAtWork : public fakes::OAuth2Scene {
 protected:
  CrewAtWork() {
    issuer_ =
        "\n  auth_style: basic\n  overlap: until_expiry\n  activates: at_staging\n  ttl: 180d" +
        command("stage_command") + command("revoke_command");
    more_ = "  expires_at: 2026-12-24\n";
    write_inventory();
  }
  // One look of a watcher: the reasons of those that are left.
  std::vector<std::string> look() {
    EngineParts all = parts();
    auto due = list_due(path_, all);
    EXPECT_TRUE(due) << due.error().detail;
    Sorted sorted = sort_out(std::move(due->due), all);
    {
      Crew crew(all, {2, 2}, turn_, ends_);
      static_cast<void>(crew.take(std::move(sorted.now)));
      crew.wait();
    }
    std::vector<std::string> why;
    for (const NotNow& one : sorted.later) why.push_back(one.why);
    return why;
  }
  [[nodiscard]] static bool says(const std::vector<std::string>& why, std::string_view part) {
    return why.size() == 1 && why.front().find(part) != std::string::npos;
  }

  std::mutex turn_;
  Ends ends_;
};

TEST_F(CrewAtWork, BeginsWhatIsDueAndGoesOnWhenTheWordIsThere) {
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(ends_.all, (std::vector<std::string>{"Order sync parked"}));
  expect_everybody_works();
  EXPECT_TRUE(says(look(), "the word of whoever answers for per-call")) << "and is left alone then";
  EXPECT_EQ(ends_.all.size(), 1u);
  attest("per-call");
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(ends_.all.back(), "Order sync closed");
  expect_everybody_works();
  EXPECT_FALSE(fake_.accepts(old_));
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(ends_.all.size(), 2u) << "it is not due any more";
  EXPECT_TRUE(administrator_.cards.empty());
}

TEST_F(CrewAtWork, BeginsNothingBeforeItIsDueNorInAFreezeNorWhereAPersonHasAPart) {
  more_ = "  expires_at: 2027-05-24\n";
  write_inventory();
  EXPECT_TRUE(look().empty());
  more_ = "  expires_at: 2026-12-24\n  freezes: [2026-11-24..2026-11-26]\n";
  write_inventory();
  EXPECT_TRUE(says(look(), "freeze 2026-11-24..2026-11-26"));
  const auto freeze = std::exchange(more_, "  expires_at: 2026-12-24\n");
  const auto programs = std::exchange(
      issuer_, "\n  auth_style: body\n  overlap: 0\n  secret_length: 40\n  where: its page");
  write_inventory();
  EXPECT_TRUE(says(look(), "a person has a part in it"));
  EXPECT_TRUE(ends_.all.empty());
  EXPECT_EQ(fake_.values().size(), 1u);
  EXPECT_TRUE(administrator_.cards.empty());
  issuer_ = programs;
  more_ = freeze;
  write_inventory();
  clock_.advance(Days{3});
  EXPECT_TRUE(look().empty());
  EXPECT_EQ(ends_.all, (std::vector<std::string>{"Order sync parked"}));
}

TEST_F(CrewAtWork, WhoseEndNobodyKnowsIsNamed) {
  EngineParts all = parts();
  more_ = "";
  write_inventory();
  const auto listed = list_due(path_, all);
  ASSERT_TRUE(listed) << listed.error().detail;
  EXPECT_TRUE(listed->due.empty());
  EXPECT_EQ(listed->unknown, std::vector<std::string>{"Order sync"});
}

TEST_F(CrewAtWork, WithSomebodyThereAFreezeHoldsWhatIsNotBegunAndAnOpenRunWaitsForItsWord) {
  EngineParts all = parts();
  const auto left = [&] {
    return sort_out(std::move(list_due(path_, all).value().due), all, Attendance::kSomebody);
  };
  more_ = "  expires_at: 2026-12-24\n  freezes: [2026-11-24..2026-11-26]\n";
  write_inventory();
  const Sorted frozen = left();
  ASSERT_EQ(frozen.later.size(), 1u);
  EXPECT_EQ(frozen.later.front().code, base::Code::kTooEarly);
  EXPECT_TRUE(frozen.later.front().at);
  more_ = "  expires_at: 2026-12-24\n";
  write_inventory();
  EXPECT_EQ(left().now.size(), 1u);
  EXPECT_EQ(run().ending, Ending::kParked);
  const Sorted waiting = left();
  ASSERT_EQ(waiting.later.size(), 1u);
  EXPECT_EQ(waiting.later.front().code, base::Code::kNeedsPerson);
  EXPECT_FALSE(waiting.later.front().is_stuck);
  const std::string line = to_json_line(waiting.later.front(), clock_.now());
  EXPECT_NE(line.find(R"("event":"not_started")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("stuck":false)"), std::string::npos) << line;
}

TEST_F(CrewAtWork, WhatSomebodyElseHasRotatedMeanwhileIsNotRotatedAgain) {
  EngineParts all = parts();
  const DueOne one = list_due(path_, all).value().due.front();
  EXPECT_FALSE(why_left_out(one, all));
  EXPECT_EQ(run().ending, Ending::kParked);
  const auto begun = why_left_out(one, all);
  ASSERT_TRUE(begun);
  EXPECT_FALSE(begun->is_done) << "a run is open by now";
  attest("per-call");
  EXPECT_EQ(run().ending, Ending::kClosed);
  const auto ended = why_left_out(one, all);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->is_done);
}

// Of two rotations at one place: the second one tells only that its turn came.
class TwoAtWork : public CrewAtWork {
 protected:
  class Held final : public Reporter {
   public:
    Held(TwoAtWork& scene, base::Duration from) : scene_(scene), from_(from) {}
    void on_event(const RunNotice&) override {}
    // The run stands still until the other one's turn has come, or would never come.
    void on_progress(const Progress& progress) override {
      if (progress.waited < from_) return;
      std::unique_lock lock(scene_.mutex_);
      scene_.came_.wait_for(lock, std::chrono::seconds{20}, [&] { return scene_.has_come_; });
    }

   private:
    TwoAtWork& scene_;
    base::Duration from_;
  };
  class Observer final : public FleetObserver {
   public:
    Observer(TwoAtWork& scene, base::Duration from) : scene_(scene), from_(from) {}
    std::unique_ptr<Reporter> begin(const DueOne&, bool) override {
      return std::make_unique<Held>(scene_, from_);
    }
    void end(const DueOne& one, Reporter&, const base::Result<Outcome>&) override {
      note(one, " ended");
    }
    void hold_back(const DueOne& one, const std::string&) override { note(one, " held back"); }
    void leave_out(const DueOne& one, const std::string&, bool) override { note(one, " left"); }

   private:
    void note(const DueOne& one, const std::string& what) {
      const std::lock_guard lock(scene_.mutex_);
      scene_.order_.push_back(one.inventory.client_id + what);
    }
    TwoAtWork& scene_;
    base::Duration from_;
  };

  TwoAtWork() {
    issuer_ += "\n  settle: 1h";
    write_inventory();
    EngineParts all = parts();
    due_ = list_due(path_, all).value().due;
    due_.push_back(due_.front());
    due_.back().inventory.client_id = "another";
  }
  // Who waits for a place at first.
  std::vector<DueOne> carry_out(base::Duration held_from) {
    EngineParts all = parts();
    Observer observer(*this, held_from);
    Crew crew(all, {1, 2}, turn_, observer,
              {Attendance::kNobody, [this](const DueOne& one) { return comes(one); }});
    auto waiting = crew.take(due_);
    crew.wait();
    return waiting;
  }
  bool comes(const DueOne& one) {
    if (one.inventory.client_id != "another") return false;
    const std::lock_guard lock(mutex_);
    has_come_ = true;
    order_.emplace_back("another's turn");
    came_.notify_all();
    return true;
  }
  void expect_that_the_other_came_first() {
    ASSERT_EQ(order_.size(), 2u);
    EXPECT_EQ(order_.front(), "another's turn");
  }

  std::vector<DueOne> due_;
  std::mutex mutex_;
  std::condition_variable came_;
  bool has_come_ = false;
  std::vector<std::string> order_;
};

TEST_F(TwoAtWork, ARunThatOnlyWaitsGivesItsPlaceToTheNextOne) {
  const auto waiting = carry_out(kPlaceKept + std::chrono::minutes{1});
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting.front().inventory.client_id, "another");
  expect_that_the_other_came_first();
}

TEST_F(TwoAtWork, WhoIsCutOffWaitsForNoPlace) {
  due_.back().is_urgent = true;
  EXPECT_TRUE(carry_out(base::Duration{0}).empty());
  expect_that_the_other_came_first();
}

TEST_F(CrewAtWork, WhatSomebodyElseHasFinishedSinceItWasListedIsNotRotatedAgain) {
  EngineParts all = parts();
  std::vector<DueOne> due = list_due(path_, all).value().due;
  EXPECT_EQ(run().ending, Ending::kParked);
  attest("per-call");
  EXPECT_EQ(run().ending, Ending::kClosed);
  const auto values = fake_.values();
  rotate_fleet(due, all, {2, 2}, ends_);
  EXPECT_EQ(ends_.all, (std::vector<std::string>{"Order sync done by others"}));
  due.push_back(due.front());
  due.back().inventory.client_id = "another";
  due.back().inventory.consumers.clear();
  ends_.all.clear();
  rotate_fleet(due, all, {2, 2}, ends_);
  EXPECT_NE(std::find(ends_.all.begin(), ends_.all.end(), "Order sync done by others"),
            ends_.all.end());
  EXPECT_EQ(fake_.values(), values);
}

// Asks once, from within, as another process would.
class Asking final : public Reporter {
 public:
  explicit Asking(std::function<void()> ask) : ask_(std::move(ask)) {}
  void on_event(const RunNotice&) override {}
  void on_progress(const Progress&) override {
    if (auto ask = std::exchange(ask_, nullptr)) ask();
  }

 private:
  std::function<void()> ask_;
};

TEST_F(CrewAtWork, AnEngineAtWorkParksTheRunWhenItIsAskedTo) {
  issuer_ += "\n  settle: 1h";
  write_inventory();
  EngineParts all = parts();
  base::Status asked;
  Asking asking([&] { asked = park(loaded(), {"omar", "not before Monday"}, all); });
  const auto outcome = rotate(path_, all, asking);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  ASSERT_FALSE(asked) << "it cannot be parked while somebody is at work on it";
  EXPECT_NE(asked.error().detail.find("was asked to park"), std::string::npos);
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_EQ(outcome->message, "not before Monday");
  const auto open =
      peek_open_run(files_, loaded().state_folder, loaded().client_id, loaded().slot).value();
  EXPECT_EQ(open->state.parked.value().by, "omar");
  const auto again = resume(path_, all, listener_);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_NE(again->message, "not before Monday") << "it was asked once";
}

TEST_F(CrewAtWork, WhereValuesArePresentedWhatAPersonParkedIsLookedAtToo) {
  EXPECT_TRUE(look().empty());
  EngineParts all = parts();
  ASSERT_TRUE(park(loaded(), {"anna", "not before Monday"}, all));
  EXPECT_FALSE(look_at_waiting_run(loaded(), all, listener_).value());
  fake_.end(old_);
  const auto found = look_at_waiting_run(loaded(), all, listener_);
  ASSERT_TRUE(found && *found);
  EXPECT_NE((*found)->message.find("does not accept"), std::string::npos) << (*found)->message;
  EXPECT_FALSE(look_at_waiting_run(loaded(), all, listener_).value()) << "it is said once";
  EXPECT_TRUE(says(look(), "parked by anna: not before Monday. Seen since then"));
}

TEST_F(CrewAtWork, WhatAPersonParkedStays) {
  EXPECT_TRUE(look().empty());
  attest("per-call");
  EngineParts all = parts();
  const auto parked = park(loaded(), {"anna", "not before Monday"}, all);
  ASSERT_TRUE(parked) << parked.error().detail;
  EXPECT_TRUE(says(look(), "parked by anna"));
  EXPECT_EQ(ends_.all.size(), 1u);
}

}  // namespace
}  // namespace rekey::rotation

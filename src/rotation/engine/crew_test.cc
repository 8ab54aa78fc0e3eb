// What is begun without anybody there, and gone on with: from the inventory to the end of a run.
#include "rotation/engine/crew.h"

#include <gtest/gtest.h>

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
      crew.take(std::move(sorted.now));
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
  EXPECT_TRUE(is_still_to_start(one, all));
  EXPECT_EQ(run().ending, Ending::kParked);
  EXPECT_FALSE(is_still_to_start(one, all)) << "a run is open by now";
  attest("per-call");
  EXPECT_EQ(run().ending, Ending::kClosed);
  EXPECT_FALSE(is_still_to_start(one, all)) << "its end is another one";
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

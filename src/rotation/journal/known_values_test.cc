// Tags of the values that pass through runs: they come with the value, and stay when it is erased.
#include "rotation/journal/known_values.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"

namespace rekey::rotation {
namespace {

using base::Instant;
using base::Secret;

constexpr Instant kNow{base::Duration{1'800'000'000'000}};
const std::string kOld(32, 'a');
const std::string kNew(32, 'b');

class KnownValuesTest : public testing::Test {
 protected:
  [[nodiscard]] std::string folder() const { return temp_.path() + "/state"; }

  void open() { journal_ = open_journal(files_, folder(), {"client", "-"}, kNow).value(); }
  void append(std::int64_t version, std::vector<RunEvent> events,
              const std::vector<std::string>& values = {}) {
    std::vector<KeptValue> kept;
    for (const std::string& value : values) {
      kept.push_back({journal_->fingerprint(Secret(value)), Secret(value)});
    }
    const auto status = journal_->append("run-1", version, events, kept);
    ASSERT_TRUE(status) << status.error().detail;
  }
  // A run that has found the old value and staged the new one.
  void stage() {
    open();
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.client_id = "client";
    plan.slot = "-";
    Consumer shop;
    shop.name = "shop";
    append(0, {{kNow, plan}, {kNow, ConsumerDeclared{shop, {journal_->fingerprint(Secret(kOld))}}}},
           {kOld});
    append(2, {{kNow, SecretStaged{"sec_2", journal_->fingerprint(Secret(kNew)), kNow}}}, {kNew});
  }
  [[nodiscard]] std::vector<KnownValue> values() {
    auto known = peek_known_values(files_, folder());
    EXPECT_TRUE(known && *known);
    return std::move((*known)->values);
  }
  [[nodiscard]] std::vector<KnownState> states() {
    std::vector<KnownState> all;
    for (const KnownValue& one : values()) all.push_back(one.state);
    return all;
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  std::unique_ptr<RunJournal> journal_;
};

TEST_F(KnownValuesTest, TheTagsAreThoseOfTheValueUnderAKeyOfTheFolder) {
  stage();
  const auto known = peek_known_values(files_, folder());
  ASSERT_TRUE(known) << known.error().detail;
  ASSERT_EQ((*known)->values.size(), 2u);
  crypto::KnownTagger tagger((*known)->key);
  EXPECT_EQ((*known)->values[0].tags, tagger.tags_of(Secret(kOld)));
  EXPECT_EQ((*known)->values[1].tags, tagger.tags_of(Secret(kNew)));
  EXPECT_EQ((*known)->values[1].secret_id, "sec_2");
  EXPECT_EQ((*known)->values[1].whose.client_id, "client");
}

TEST_F(KnownValuesTest, TheirStatesFollowFromTheJournal) {
  stage();
  EXPECT_EQ(states(), (std::vector{KnownState::kActive, KnownState::kStaged}));
  append(3, {{kNow, SecretActivated{"sec_2", "", {}}}});
  EXPECT_EQ(states(), (std::vector{KnownState::kActive, KnownState::kActive}));
  append(4, {{kNow, RunClosed{}}});
  EXPECT_EQ(states(), (std::vector{KnownState::kEnded, KnownState::kActive}));
}

TEST_F(KnownValuesTest, OfARunThatIsGivenUpTheOldValueGoesOn) {
  stage();
  append(3, {{kNow, AbandonRequested{"anna", "not now"}}, {kNow, RunAbandoned{"anna", "not now"}}});
  EXPECT_EQ(states(), (std::vector{KnownState::kActive, KnownState::kGivenUp}));
}

TEST_F(KnownValuesTest, AValueThatComesAgainIsKeptOnce) {
  stage();
  append(3, {{kNow, RunResumed{}}}, {kOld, kNew});
  EXPECT_EQ(values().size(), 2u);
}

TEST_F(KnownValuesTest, WhereNoRunWasBegunThereIsNothing) {
  const auto known = peek_known_values(files_, folder());
  ASSERT_TRUE(known);
  EXPECT_FALSE(*known);
}

TEST_F(KnownValuesTest, WithoutTheKeyItSaysSo) {
  stage();
  ASSERT_TRUE(files_.remove(folder() + "/run.key"));
  const auto known = peek_known_values(files_, folder());
  ASSERT_FALSE(known);
  EXPECT_EQ(known.error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace rekey::rotation

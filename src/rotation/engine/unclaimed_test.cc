#include "rotation/engine/unclaimed.h"

#include <gtest/gtest.h>

#include "platform/temp_folder.h"

namespace rekey::rotation {
namespace {

constexpr base::Instant kNow{base::Duration{1'800'000'000'000}};

class Unclaimed : public testing::Test {
 protected:
  Unclaimed() {
    for (const char* client : {"first", "second"}) {
      RunPlanned planned;
      planned.run_id = std::string("run-") + client;
      planned.client_id = client;
      planned.slot = "-";
      const auto journal = open_journal(files_, folder_, {client, "-"}, kNow).value();
      EXPECT_TRUE(journal->append(planned.run_id, 0, {{kNow, planned}}, {}));
    }
  }
  [[nodiscard]] Inventory of(const std::string& client) const {
    Inventory one;
    one.client_id = client;
    one.slot = "-";
    one.state_folder = folder_;
    return one;
  }
  std::vector<std::string> found(const std::vector<Inventory>& integrations) {
    std::vector<std::string> names;
    const auto runs = find_unclaimed_runs(files_, integrations);
    EXPECT_TRUE(runs) << runs.error().detail;
    for (const UnclaimedRun& run : *runs) names.push_back(run.record.run_id);
    return names;
  }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  std::string folder_ = temp_.path() + "/state";
};

TEST_F(Unclaimed, AnOpenRunWhoseEntryIsGoneOrHasAnotherClientIdOrSlotIsFound) {
  EXPECT_TRUE(found({of("first"), of("second")}).empty()) << "of two inventories, or of one";
  EXPECT_EQ(found({of("first")}), std::vector<std::string>{"run-second"});
  EXPECT_EQ(found({of("first"), of("")}), std::vector<std::string>{"run-second"});
  Inventory other_slot = of("second");
  other_slot.slot = "blue";
  EXPECT_EQ(found({of("first"), other_slot}), std::vector<std::string>{"run-second"});
}

TEST_F(Unclaimed, NeitherAClosedRunNorOneOfAnotherFolderIs) {
  {
    const auto journal = open_journal(files_, folder_, {"second", "-"}, kNow).value();
    ASSERT_TRUE(journal->append("run-second", 1, {{kNow, RunAbandoned{}}}, {}));
  }
  EXPECT_TRUE(found({of("first")}).empty());
  Inventory elsewhere = of("first");
  elsewhere.state_folder = temp_.path() + "/other";
  EXPECT_TRUE(found({elsewhere}).empty());
}

TEST_F(Unclaimed, ItsWordsNameTheRunItsClientAndTheWayOut) {
  const auto runs = find_unclaimed_runs(files_, {of("first")});
  ASSERT_TRUE(runs && runs->size() == 1);
  const std::string text = describe(runs->front());
  for (const char* part : {"run-second", "client id second", "Put its entry back", "run abort"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace rekey::rotation

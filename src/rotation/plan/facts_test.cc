#include "rotation/plan/facts.h"

#include <gtest/gtest.h>

#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

const base::Instant kEnd = base::parse_instant("2027-03-01T00:00:00Z").value();

// The issuers of an inventory, of which some do not answer.
class Issuers final : public ReaderDrivers {
 public:
  explicit Issuers(fakes::World& world) : world_(world) {}
  const DriverRegistry& registry() const noexcept override { return registry_; }
  base::Result<std::unique_ptr<IssuerReader>> issuer_reader(const Inventory& inventory) override {
    ++asked[inventory.issuer.location];
    const auto error = errors.find(inventory.issuer.location);
    if (error != errors.end()) return tl::unexpected(error->second);
    return std::make_unique<fakes::FakeIssuer>(world_, journal_);
  }
  base::Result<std::unique_ptr<SinkReader>> sink_reader(const DriverSpec&) override {
    return base::fail(base::Code::kUnsupported, "no sink is read");
  }
  base::Result<std::unique_ptr<Probe>> probe(const DriverSpec&, const IntegrationFacts&,
                                             IssuerReader&) override {
    return base::fail(base::Code::kUnsupported, "nothing is presented");
  }
  base::Status check_reload(const ReloadSpec&) override { return {}; }

  std::map<std::string, int> asked;
  std::map<std::string, base::Error> errors;

 private:
  fakes::World& world_;
  fakes::MemoryJournal journal_{world_};
  DriverRegistry registry_ = builtin_drivers();
};

class Facts : public testing::Test {
 protected:
  static Inventory inventory(const std::string& server) {
    Inventory one;
    one.client_id = "client";
    one.issuer.kind = "rekey";
    one.issuer.location = server;
    one.expires_at = kEnd;
    return one;
  }
  static std::string all_of(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& one : texts) all += one + "\n";
    return all;
  }

  Descriptor rules_;
  fakes::World world_{rules_};
  Issuers issuers_{world_};
  FactReader reader_{issuers_};
};

TEST_F(Facts, OfAnIssuerThatAnswersAreReadAndNamed) {
  const auto facts = reader_.read(inventory("here"));
  ASSERT_TRUE(facts) << facts.error().detail;
  ASSERT_TRUE(facts->secrets);
  EXPECT_EQ(facts->secrets->size(), 1u);
  EXPECT_NE(all_of(facts->read).find("sec_1 is active until"), std::string::npos);
  EXPECT_TRUE(facts->assumed.empty()) << all_of(facts->assumed);
}

TEST_F(Facts, OfOneThatDoesNotAnswerAreAssumedAndItIsAskedOnce) {
  issuers_.errors.emplace("away", base::Error{base::Code::kUnavailable, "no route"});
  for (int i = 0; i < 3; ++i) {
    const auto facts = reader_.read(inventory("away"));
    ASSERT_TRUE(facts) << facts.error().detail;
    EXPECT_FALSE(facts->secrets);
    EXPECT_TRUE(facts->read.empty());
    const std::string assumed = all_of(facts->assumed);
    EXPECT_NE(assumed.find("does not answer (no route)"), std::string::npos) << assumed;
    EXPECT_NE(assumed.find("ends 2027-03-01T00:00:00Z, as the inventory has it"), std::string::npos)
        << assumed;
  }
  EXPECT_EQ(issuers_.asked["away"], 1);
  EXPECT_TRUE(reader_.read(inventory("here"))->secrets) << "another one answers";
}

TEST_F(Facts, OfOneThatTellsNothingComeFromTheInventory) {
  world_.descriptor.is_by_hand = true;
  const auto facts = reader_.read(inventory("here"));
  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_FALSE(facts->secrets);
  EXPECT_NE(all_of(facts->read).find("the rules:"), std::string::npos);
  EXPECT_NE(all_of(facts->assumed).find("nothing is staged beside it"), std::string::npos);
}

TEST_F(Facts, UsageIsReadWhereItIsAskedFor) {
  EXPECT_FALSE(reader_.read(inventory("here"))->usage);
  FactReader with_usage(issuers_, WithUsage::kYes);
  world_.add_client("shop", true);
  world_.tick();
  const auto facts = with_usage.read(inventory("here"));
  ASSERT_TRUE(facts) << facts.error().detail;
  ASSERT_TRUE(facts->usage);
  EXPECT_EQ(facts->usage->rows.size(), 1u);
  EXPECT_NE(all_of(facts->read).find(": 1 caller; their rhythm"), std::string::npos);
}

TEST_F(Facts, FillInAnEndThatTheInventoryLacks) {
  const auto facts = reader_.read(inventory("here"));
  Inventory dated = inventory("here");
  fill_in_end(dated, *facts);
  EXPECT_EQ(dated.expires_at, kEnd) << "the inventory's own stays";
  Inventory undated = inventory("here");
  undated.expires_at.reset();
  fill_in_end(undated, *facts);
  EXPECT_EQ(undated.expires_at, facts->secrets->front().ends_at);
  EXPECT_EQ(undated.generated_at, facts->secrets->front().generated_at);
}

TEST_F(Facts, LeaveOutWhatAnOpenRunHasStaged) {
  world_.secrets.push_back(world_.secrets.front());
  world_.secrets.back().facts.state = SecretState::kStaged;
  world_.secrets.back().facts.label = "run-1";
  auto facts = reader_.read(inventory("here"));
  ASSERT_EQ(facts->secrets->size(), 2u);
  leave_out_open_run(*facts, "run-1");
  EXPECT_EQ(facts->secrets->size(), 1u);
  EXPECT_NE(all_of(facts->assumed).find("run-1 is open"), std::string::npos);
}

}  // namespace
}  // namespace rekey::rotation

#include "authority/verify.h"

#include "authority/sealer.h"
#include "authority/service_test_support.h"
#include "ledger/ledger.h"

namespace rekey::authority {
namespace {

class VerifyTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    fill();
  }
  // A bit of everything that the ledger tells of.
  void fill() {
    const std::string client_id = create_package().at("integration.client_id");
    const std::string path = "/integrations/" + client_id;
    EXPECT_EQ(service_.post(path + "/secrets", R"({"slot":"aB3dE6"})").status, 201);
    EXPECT_EQ(service_.post(path + "/activate", R"({"slot":"aB3dE6"})").status, 200);
    EXPECT_EQ(service_.post(path + "/secrets", R"({"slot":"aB3dE6"})").status, 201);
    EXPECT_EQ(service_.post(path + "/activate", R"({"slot":"aB3dE6"})").status, 200);
    EXPECT_EQ(service_.post(path + "/undo-activation", R"({"slot":"aB3dE6","reason":"x"})").status,
              200);
    EXPECT_EQ(service_.post(path + "/secrets").status, 201);
    EXPECT_EQ(service_.post(path + "/secrets/sec_4/revoke", R"({"reason":"x"})").status, 200);
    EXPECT_EQ(service_.set_policy("ttl", "90d").status, 200);
    EXPECT_EQ(service_.post("/audiences", R"({"uri":"urn:b:b","algorithm":"EdDSA"})").status, 201);
    EXPECT_EQ(service_.post("/audiences", R"({"uri":"urn:a:a","clients":["pkg_2"]})").status, 201);
    EXPECT_EQ(service_.post("/audiences", R"({"uri":"urn:c:c"})").status, 201);
    EXPECT_EQ(service_.post("/audiences/remove", R"({"uri":"urn:c:c"})").status, 200);
    EXPECT_EQ(service_.post("/keys", R"({"at_once":true,"reason":"x"})").status, 201);
    EXPECT_EQ(service_.post("/keys", R"({})").status, 201);
    EXPECT_EQ(service_.patch("/packages/pkg_2", R"({"description":"new"})").status, 200);
  }
  void tamper(const std::string& sql) {
    service_.stop();
    auto connection =
        storage::Connection::open(DataFolder{folder()}.database(), storage::OpenMode::kReadWrite);
    ASSERT_TRUE(connection);
    const base::Status done = connection->execute("PRAGMA foreign_keys = OFF; " + sql);
    ASSERT_TRUE(done) << done.error().detail;
  }
  [[nodiscard]] FolderReport verify() {
    auto report = verify_data_folder(files_, folder(), "");
    if (report) return *report;
    ADD_FAILURE() << report.error().detail;
    return {};
  }
  // All findings, one a line.
  [[nodiscard]] std::string findings() {
    std::string text;
    for (const ledger::Finding& finding : verify().ledger.findings) text += finding.what + "\n";
    return text;
  }
  platform::SystemFiles files_;
};

TEST_F(VerifyTest, AnHonestFolderHasNoFindings) {
  service_.stop();
  const FolderReport report = verify();
  EXPECT_EQ(findings(), "");
  EXPECT_GT(report.ledger.events, 10);
  EXPECT_GE(report.ledger.checkpoints, 1);
  EXPECT_EQ(report.ledger.unsealed_events, 0);
  EXPECT_GT(report.rows, 80);
}

TEST_F(VerifyTest, AFolderThatIsBeingServedHasNoFindings) {
  service_.stop();
  ASSERT_TRUE(service_.start());
  ASSERT_EQ(create_package("While it runs").status, 201);
  EXPECT_EQ(findings(), "");
}

TEST_F(VerifyTest, AnExpiryEditedInTheTableIsNamed) {
  tamper("UPDATE secret SET expires_at = expires_at + 86400000 WHERE id = 2");
  const std::string found = findings();
  EXPECT_NE(found.find("table secret, row 2, column expires_at"), std::string::npos) << found;
}

TEST_F(VerifyTest, EveryTableOfTheChainIsCompared) {
  for (const char* sql : {"UPDATE tenant SET enterprise_id = 7",
                          "UPDATE policy_setting SET value = '400d' WHERE key = 'ttl'",
                          "UPDATE scope SET name = 'other' WHERE number = 3",
                          "UPDATE integration SET is_enabled = 0 WHERE id = 2",
                          "UPDATE slot SET last_generation_at = 1 WHERE integration_id = 2",
                          "UPDATE secret SET phase = 'active', end_reason = 'none' WHERE id = 4"}) {
    tamper(sql);
    EXPECT_NE(findings(), "") << sql;
    // Back to an honest copy for the next one.
    std::filesystem::remove_all(folder());
    ASSERT_TRUE(service_.start());
    fill();
  }
}

TEST_F(VerifyTest, AnAddedRowIsNamed) {
  tamper(
      "INSERT INTO secret(id, integration_id, slot, fingerprint, shown_prefix, label, origin,"
      " phase, end_reason, generated_at, usable_from, expires_at, dormancy)"
      " SELECT 99, integration_id, slot, fingerprint, shown_prefix, label, origin, phase,"
      " end_reason, generated_at, usable_from, expires_at, dormancy FROM secret WHERE id = 2");
  EXPECT_NE(findings().find("table secret, row 99: the ledger knows of no such row"),
            std::string::npos);
}

TEST_F(VerifyTest, AMissingRowIsNamed) {
  tamper("DELETE FROM secret WHERE id = 4");
  EXPECT_NE(findings().find("table secret, row 4: missing"), std::string::npos);
}

TEST_F(VerifyTest, AFlippedByteInAnEventIsFound) {
  tamper(
      "UPDATE event SET body = replace(body, 'Order sync', 'Order sink') WHERE position = "
      "(SELECT min(position) FROM event WHERE body LIKE '%Order sync%')");
  EXPECT_NE(findings(), "");
}

TEST_F(VerifyTest, EventsCutOffAtTheEndAreFound) {
  tamper("DELETE FROM event WHERE position > (SELECT max(position) - 10 FROM event)");
  EXPECT_NE(findings(), "");
}

// Whoever has no key can only build a database that is right in itself.
TEST_F(VerifyTest, AChainRecomputedWithoutTheKeyIsFound) {
  service_.stop();
  const std::string forged = temp_ / "forged";
  Service other(forged, clock_);
  ASSERT_TRUE(other.start());
  other.stop();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string database = DataFolder{folder()}.database() + suffix;
    const std::string replacement = DataFolder{forged}.database() + suffix;
    std::filesystem::remove(database);
    if (std::filesystem::exists(replacement)) std::filesystem::copy_file(replacement, database);
  }
  std::filesystem::copy_file(DataFolder{forged}.anchor(), DataFolder{folder()}.anchor(),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_NE(findings(), "");
}

TEST_F(VerifyTest, AMissingAnchorIsNamed) {
  service_.stop();
  ASSERT_TRUE(files_.remove(DataFolder{folder()}.anchor()));
  EXPECT_NE(findings().find("ledger.anchor is missing"), std::string::npos);
}

TEST_F(VerifyTest, AnEventThatCannotFollowIsAFindingAndNoCrash) {
  tamper(
      "UPDATE event SET body = replace(body, '\"secret_id\":4', '\"secret_id\":77')"
      " WHERE type = 'secret_ended'");
  EXPECT_NE(findings().find("sec_77 was never issued here"), std::string::npos) << findings();
}

}  // namespace
}  // namespace rekey::authority

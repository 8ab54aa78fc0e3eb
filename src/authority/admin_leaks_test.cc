#include "authority/admin_leaks.h"

#include "authority/service_test_support.h"
#include "authority/verify.h"

namespace rekey::authority {
namespace {

using net::Method;

class LeaksTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    const Answer created = create_package();
    client_id_ = created.at("integration.client_id");
    value_ = created.at("secret.value");
    secret_id_ = created.at("secret.id");
  }
  [[nodiscard]] Answer report(const std::string& more = "", const std::string& key = "") {
    return service_.post("/leaks", fmt::format(R"({{"value":"{}"{}}})", value_, more), key);
  }
  [[nodiscard]] bool is_accepted() { return service_.token(client_id_, value_).status == 200; }
  [[nodiscard]] std::string events() { return service_.get("/events?limit=1000").text; }
  [[nodiscard]] std::size_t count_in_events(std::string_view type) {
    const std::string all = events();
    std::size_t count = 0;
    for (auto at = all.find(type); at != std::string::npos; at = all.find(type, at + 1)) ++count;
    return count;
  }

  std::string client_id_;
  std::string value_;
  std::string secret_id_;
};

TEST_F(LeaksTest, ALiveSecretIsFoundByItsFingerprintAndItsOwnersHearOfIt) {
  const Answer reply = report(R"(,"source":"nightly-scan")");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.at("reports.0.known"), "true");
  EXPECT_EQ(reply.at("reports.0.secrets.0.secret_id"), secret_id_);
  EXPECT_EQ(reply.at("reports.0.secrets.0.client_id"), client_id_);
  EXPECT_EQ(reply.at("reports.0.secrets.0.live"), "true");
  EXPECT_EQ(reply.at("reports.0.secrets.0.state"), "active");
  EXPECT_EQ(reply.at("reports.0.secrets.0.action"), "notified");
  EXPECT_EQ(reply.text.find(value_), std::string::npos);
  EXPECT_TRUE(is_accepted());

  const Answer list = service_.get("/leaks");
  EXPECT_EQ(list.at("leaks.0.secret_id"), secret_id_);
  EXPECT_EQ(list.at("leaks.0.source"), "nightly-scan");
  EXPECT_EQ(list.at("leaks.0.reported_at"), "2026-11-24T10:00:00Z");
  EXPECT_EQ(count_in_events("leak_reported"), 1u);
}

TEST_F(LeaksTest, WhatNobodyIssuedIsUnknownAndWritesNothing) {
  std::string other = value_;
  std::swap(other[20], other[21]);
  const Answer reply =
      service_.post("/leaks", fmt::format(R"({{"values":["{}","short"]}})", other));
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.at("reports.0.known"), "false");
  EXPECT_EQ(reply.at("reports.1.known"), "false");
  EXPECT_EQ(count_in_events("leak_reported"), 0u);
  EXPECT_EQ(service_.get("/leaks").json.find("leaks")->items().size(), 0u);
}

TEST_F(LeaksTest, AReportThatIsRepeatedIsOneEventAndItsPlacesAreKept) {
  const auto with_place = [this](const std::string& place) {
    return service_.post(
        "/leaks", fmt::format(R"({{"leaks":[{{"value":"{}","place":"{}"}}]}})", value_, place));
  };
  ASSERT_EQ(with_place("https://a.example/1").status, 200);
  ASSERT_EQ(with_place("https://a.example/1").status, 200);
  ASSERT_EQ(with_place("https://a.example/2").status, 200);
  EXPECT_EQ(count_in_events("leak_reported"), 1u);
  EXPECT_EQ(service_.get("/leaks").json.find("leaks")->items().size(), 2u);
}

TEST_F(LeaksTest, APlaceThatHoldsTheValueIsNotKept) {
  const Answer reply = service_.post(
      "/leaks",
      fmt::format(R"({{"leaks":[{{"value":"{0}","place":"https://x/?s={0}"}}]}})", value_));
  ASSERT_EQ(reply.status, 200) << reply.text;
  const Answer list = service_.get("/leaks");
  EXPECT_EQ(list.text.find(value_), std::string::npos);
  EXPECT_NE(list.at("leaks.0.place").find("left out"), std::string::npos);
}

TEST_F(LeaksTest, ByPolicyItIsRevokedAtOnce) {
  ASSERT_EQ(service_.set_policy("on_leak", "revoke").status, 200);
  const Answer reply = report();
  EXPECT_EQ(reply.at("reports.0.secrets.0.action"), "revoked") << reply.text;
  EXPECT_EQ(reply.at("reports.0.secrets.0.state"), "active") << "as it was when it was reported";
  EXPECT_FALSE(is_accepted());
  EXPECT_NE(events().find("reported as leaked by api"), std::string::npos);

  const Answer again = report();
  EXPECT_EQ(again.at("reports.0.known"), "true");
  EXPECT_EQ(again.at("reports.0.secrets.0.live"), "false");
  EXPECT_EQ(again.at("reports.0.secrets.0.state"), "revoked");
  EXPECT_EQ(again.at("reports.0.secrets.0.action"), "none");
}

TEST_F(LeaksTest, APackageMayBeStricterThanItsTenant) {
  ASSERT_EQ(service_.patch("/packages/pkg_2", R"({"policy":[{"key":"on_leak","value":"revoke"}]})")
                .status,
            200);
  EXPECT_EQ(report().at("reports.0.secrets.0.action"), "revoked");
}

TEST_F(LeaksTest, ByPolicyAReplacementIsStagedAndShownOnce) {
  ASSERT_EQ(service_.set_policy("on_leak", "stage").status, 200);
  const Answer reply = report("", "key-1");
  EXPECT_EQ(reply.at("reports.0.secrets.0.action"), "staged") << reply.text;
  const std::string fresh = reply.at("reports.0.secrets.0.staged.value");
  EXPECT_EQ(service_.token(client_id_, fresh).status, 200);
  EXPECT_TRUE(is_accepted()) << "who uses it is not cut off";

  const Answer replay = report("", "key-1");
  EXPECT_EQ(replay.text.find(fresh), std::string::npos);
  EXPECT_EQ(replay.at("reports.0.secrets.0.staged.value_already_shown"), "true");
  EXPECT_EQ(replay.at("reports.0.secrets.0.staged.id"), reply.at("reports.0.secrets.0.staged.id"));

  const Answer again = report();
  EXPECT_EQ(again.at("reports.0.secrets.0.action"), "notified") << "the place is taken";
  EXPECT_FALSE(again.at("reports.0.secrets.0.why").empty()) << again.text;
}

TEST_F(LeaksTest, TheOnlySecretOfTheAdministrationIsNotRevoked) {
  ASSERT_EQ(service_.set_policy("on_leak", "revoke").status, 200);
  platform::SystemFiles files;
  const auto text = files.read(DataFolder{folder()}.admin_credential(), 65536);
  const auto credential = parse_admin_credential(text->reveal());
  const Answer reply = service_.post(
      "/leaks", fmt::format(R"({{"value":"{}"}})", credential->client_secret.reveal()));
  EXPECT_EQ(reply.at("reports.0.secrets.0.action"), "notified") << reply.text;
  EXPECT_NE(reply.at("reports.0.secrets.0.why").find("rekey admin rotate"), std::string::npos);
  EXPECT_EQ(service_.get("/status").status, 200);
}

TEST_F(LeaksTest, ReportsThatAreNoneAreRefusedWithoutTheValue) {
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"values":[]})"), std::string(R"({"values":"x"})"),
        std::string(R"({"leaks":[{}]})"), std::string(R"({"values":[""]})"),
        fmt::format(R"({{"value":"{}","source":"Some Body"}})", value_),
        fmt::format(R"({{"value":"{}","source":"partner"}})", value_),
        fmt::format(R"({{"partner":[{{"token":"{}"}}]}})", value_)}) {
    const Answer reply = service_.post("/leaks", body);
    EXPECT_EQ(reply.status, 400) << body << ": " << reply.text;
    EXPECT_EQ(reply.text.find(value_), std::string::npos);
  }
  EXPECT_EQ(service_.send(Method::kPost, "/api/v1/leaks", R"({"value":"x"})").status, 401);
  EXPECT_EQ(count_in_events("leak_reported"), 0u);
}

TEST_F(LeaksTest, WhereASecretStoodIsForgottenWithItsPackage) {
  ASSERT_EQ(report().status, 200);
  ASSERT_EQ(service_.remove("/packages/pkg_2").status, 200);
  EXPECT_EQ(service_.get("/leaks").json.find("leaks")->items().size(), 0u);
}

TEST_F(LeaksTest, TheLedgerFitsAfterwardsToo) {
  ASSERT_EQ(service_.set_policy("on_leak", "stage").status, 200);
  ASSERT_EQ(report().status, 200);
  service_.stop();
  platform::SystemFiles files;
  const auto verified = verify_data_folder(files, folder(), "");
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->ledger.findings.empty()) << verified->ledger.findings.front().what;
}

}  // namespace
}  // namespace rekey::authority

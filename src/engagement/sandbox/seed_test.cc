#include "engagement/sandbox/seed.h"

#include <gtest/gtest.h>

#include "engagement/api_test_support.h"

namespace rekey::engagement::sandbox {
namespace {

class SeedTest : public ApiTest {
 protected:
  [[nodiscard]] Told administer(const std::string& path, const std::string& body = "{}") {
    Caller administrator;
    administrator.business_unit = kUnit;
    administrator.is_administrator = true;
    return ask_as(administrator, net::Method::kPost, path, body);
  }
};

TEST_F(SeedTest, FillsOneBusinessUnitAndIsTheSameTheSecondTime) {
  for (int time = 0; time < 2; ++time) {
    const Told told = administer("/sandbox/v1/seed");
    EXPECT_EQ(told.status, 200) << told.text;
    EXPECT_EQ(told.at("contacts"), "40");
    EXPECT_EQ(told.at("dataExtensions"), "3");
    EXPECT_EQ(told.at("rows"), "166");
    EXPECT_EQ(told.at("events"), "662");
    EXPECT_EQ(told.at("sendDefinitions"), "2");
  }
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "3");
  EXPECT_EQ(get("/data/v1/customobjectdata/key/customers/rowset").at("items.0.values.Email"),
            "ann.archer@example.org");
  EXPECT_EQ(get("/data/v1/customobjectdata/key/orders/rowset").at("count"), "120");
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/data/v1/customobjects").at("count"),
            "0");
}

TEST_F(SeedTest, FillsTheBusinessUnitThatIsNamed) {
  EXPECT_EQ(administer("/sandbox/v1/seed", R"({"businessUnit":500000003})").at("businessUnit"),
            "500000003");
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/data/v1/customobjects").at("count"),
            "3");
}

TEST_F(SeedTest, KeepsWhatSomebodyElseMadeUnderTheSameKey) {
  ASSERT_EQ(post("/data/v1/customobjects",
                 R"({"name":"Mine","key":"orders","fields":[{"name":"A","isPrimaryKey":true}]})")
                .status,
            201);
  EXPECT_EQ(administer("/sandbox/v1/seed").status, 409);
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "1");
}

TEST_F(SeedTest, SendsAMailToOneOfItsContactsThatTheAdministratorCanRead) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  ASSERT_EQ(post("/messaging/v1/email/messages/m-1",
                 R"({"definitionKey":"order-confirmation","recipient":{"contactKey":"C-1001",
                    "attributes":{"OrderId":"O-50001","Total":"14.50"}}})")
                .at("errorcode"),
            "0");
  clock_.advance(std::chrono::seconds{1});
  ASSERT_TRUE(api_->tick());
  Caller administrator;
  administrator.is_administrator = true;
  const Told mails = ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail");
  EXPECT_EQ(mails.at("items.0.state"), "Sent") << mails.text;
  EXPECT_EQ(mails.at("items.0.to"), "ann.archer@example.org");
  EXPECT_EQ(mails.at("items.0.subject"), "Your order O-50001, Ann");
  const Told mail = ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail/1");
  EXPECT_NE(mail.at("text").find("your order O-50001 over 14.50"), std::string::npos) << mail.text;
  EXPECT_NE(mail.at("raw").find("Subject: Your order O-50001, Ann\r\n"), std::string::npos);
  EXPECT_EQ(ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail/2").status, 404);
  EXPECT_EQ(get("/sandbox/v1/mail").status, 403);

  ASSERT_EQ(administer("/sandbox/v1/reset").status, 200);
  EXPECT_EQ(ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail").at("items.0.id"),
            "(none)");
  EXPECT_EQ(get("/messaging/v1/email/definitions").at("count"), "0");
  EXPECT_EQ(get("/asset/v1/content/assets").at("count"), "0");
}

TEST_F(SeedTest, IsUndoneByAReset) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  EXPECT_EQ(administer("/sandbox/v1/reset").status, 200);
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "0");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(api_->tick());
  EXPECT_EQ(administer("/sandbox/v1/seed").status, 200);
}

}  // namespace
}  // namespace rekey::engagement::sandbox

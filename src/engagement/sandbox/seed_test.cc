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

TEST_F(SeedTest, IsUndoneByAReset) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  EXPECT_EQ(administer("/sandbox/v1/reset").status, 200);
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "0");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(api_->tick());
  EXPECT_EQ(administer("/sandbox/v1/seed").status, 200);
}

}  // namespace
}  // namespace rekey::engagement::sandbox

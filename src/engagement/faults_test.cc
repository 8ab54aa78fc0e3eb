#include "engagement/faults.h"

#include "engagement/api_test_support.h"

namespace rekey::engagement {
namespace {

class FaultsTest : public ApiTest {
 protected:
  void adjust(ApiOptions& options) override {
    options.wait = [this](base::Duration time) { waited_ += time.count(); };
  }
  Told play(const std::string& body) {
    Caller administrator;
    administrator.is_administrator = true;
    return ask_as(administrator, net::Method::kPost, "/sandbox/v1/faults", body);
  }
  std::atomic<std::int64_t> waited_{0};
};

TEST_F(FaultsTest, ThrottledCallsAreToldWhenToComeAgain) {
  ASSERT_EQ(play(R"({"throttled":true})").at("throttled"), "true");
  const Told told = get("/hub/v1/campaigns");
  EXPECT_EQ(told.status, 429);
  EXPECT_EQ(told.at("errorcode"), "50100");
  EXPECT_EQ(told.at("retryAfter"), "5");
  bool has_header = false;
  for (const auto& [name, value] : told.response.headers) {
    has_header = has_header || (name == "Retry-After" && value == "5");
  }
  EXPECT_TRUE(has_header);
  EXPECT_EQ(play("{}").at("throttled"), "false");
  EXPECT_EQ(get("/hub/v1/campaigns").status, 200);
}

TEST_F(FaultsTest, AnOutageIsForRestAndSoapAlike) {
  ASSERT_EQ(play(R"({"outage":true})").status, 200);
  EXPECT_EQ(get("/hub/v1/campaigns").at("errorcode"), "50300");
  EXPECT_EQ(post("/Service.asmx", "<a/>").status, 503);
  ASSERT_EQ(play("{}").status, 200);
  EXPECT_EQ(post("/Service.asmx", "<a/>").status, 500);
}

TEST_F(FaultsTest, SlowCallsWaitAndTheSandboxsOwnDoNot) {
  ASSERT_EQ(play(R"({"slowMillis":1500})").at("slowMillis"), "1500");
  EXPECT_EQ(waited_, 0);
  EXPECT_EQ(get("/hub/v1/campaigns").status, 200);
  EXPECT_EQ(waited_, 1500);
  EXPECT_EQ(play(R"({"slowMillis":30001})").status, 400);
  EXPECT_EQ(play(R"({"slowMillis":-1})").status, 400);
  EXPECT_EQ(waited_, 1500);
}

TEST_F(FaultsTest, AreTheAdministratorsAlone) {
  EXPECT_EQ(post("/sandbox/v1/faults", R"({"outage":true})").status, 403);
  EXPECT_EQ(get("/hub/v1/campaigns").status, 200);
}

}  // namespace
}  // namespace rekey::engagement

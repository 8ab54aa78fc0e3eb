#include "engagement/faults.h"

#include <fmt/format.h>

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

TEST_F(FaultsTest, AClientOfSoapIsToldByAFaultInItsOwnVersion) {
  const auto ask = [&](std::string_view space) {
    return post("/Service.asmx", fmt::format(R"(<e:Envelope xmlns:e="{}"><e:Body><a/></e:Body>)"
                                             "</e:Envelope>",
                                             space));
  };
  const auto holds = [](const Told& told, std::string_view text) {
    return told.text.find(text) != std::string::npos;
  };
  for (const auto& [fault, words] : std::vector<std::pair<std::string, std::string>>{
           {"throttled", "Too many requests wait; try again later."},
           {"outage", "The service is not available; try again later."}}) {
    ASSERT_EQ(play(fmt::format(R"({{"{}":true}})", fault)).status, 200);
    const Told old = ask("http://schemas.xmlsoap.org/soap/envelope/");
    EXPECT_EQ(old.status, 500);
    EXPECT_EQ(old.response.content_type, "text/xml; charset=utf-8");
    EXPECT_TRUE(holds(old, "<faultcode>soap:Server</faultcode><faultstring>" + words)) << old.text;
    EXPECT_TRUE(holds(old, "<apifault ")) << old.text;
    const Told newer = ask("http://www.w3.org/2003/05/soap-envelope");
    EXPECT_EQ(newer.response.content_type, "application/soap+xml; charset=utf-8");
    EXPECT_TRUE(holds(newer, "<soap:Value>soap:Receiver</soap:Value>")) << newer.text;
    EXPECT_TRUE(holds(post("/service.asmx", "no envelope"), "soap:Server"));
    const Told wsdl = get("/etframework.wsdl");
    EXPECT_EQ(wsdl.status, fault == "outage" ? 503 : 429);
    EXPECT_EQ(wsdl.text, words + "\n");
  }
}

TEST_F(FaultsTest, AnOutageIsForRestAndSoapAlike) {
  ASSERT_EQ(play(R"({"outage":true})").status, 200);
  EXPECT_EQ(get("/hub/v1/campaigns").at("errorcode"), "50300");
  EXPECT_NE(post("/Service.asmx", "<a/>").text.find("soap:Server"), std::string::npos);
  ASSERT_EQ(play("{}").status, 200);
  EXPECT_NE(post("/Service.asmx", "<a/>").text.find("soap:Client"), std::string::npos);
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

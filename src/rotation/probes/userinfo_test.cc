#include "rotation/probes/userinfo.h"

#include <gtest/gtest.h>

#include "rotation/engine/marking_issuer_test_support.h"

namespace rekey::rotation {
namespace {

// A token endpoint that accepts, and a userinfo endpoint that answers with `status` and `body`.
struct Scene {
  int status = 200;
  std::string body = R"({"organization":{"enterprise_id":7,"member_id":"8"}})";
  std::vector<std::string> asked{};
  std::vector<std::string> bearers{};
  std::vector<bool> marked{};

  base::Result<ProbeResult> present(std::vector<DriverSpec::Setting> settings) {
    fakes::MarkingIssuer issuer;
    IntegrationFacts facts;
    facts.client_id = "client";
    facts.auth_base_uri = "http://auth.example/";
    const auto send = [&](const net::ClientRequest& request) -> base::Result<net::ClientResponse> {
      asked.push_back(request.url);
      bearers.push_back(request.bearer_token);
      marked.push_back(!request.headers.empty() && request.headers.front().first == "Rekey-Probe");
      net::ClientResponse response;
      const bool is_token = request.url.ends_with("/v2/token");
      response.status = is_token ? 200 : status;
      response.body = base::Secret(is_token ? R"({"access_token":"the-token"})" : body);
      return response;
    };
    const DriverSpec spec = make_spec(userinfo_probe().kind, std::move(settings));
    return make_userinfo_probe_over(send, spec, facts, issuer)->present(base::Secret("the-value"));
  }
};

TEST(UserinfoProbe, AsksWithTheTokenThatTheValueHasJustGot) {
  Scene scene;
  const auto result = scene.present({{"enterprise_id", "7"}, {"member_id", "8"}});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->answer, ProbeAnswer::kAccepted) << result->detail;
  const std::vector<std::string> asked{"http://auth.example/v2/token",
                                       "http://auth.example/v2/userinfo"};
  EXPECT_EQ(scene.asked, asked);
  EXPECT_EQ(scene.bearers, (std::vector<std::string>{"", "the-token"}));
  // The mark is the engine's own token: it goes to the token endpoint alone.
  EXPECT_EQ(scene.marked, (std::vector<bool>{true, false}));
}

TEST(UserinfoProbe, AsksWhereItIsTold) {
  Scene scene;
  EXPECT_TRUE(scene.present({{"path", "me"}}));
  EXPECT_TRUE(scene.present({{"url", "https://other.example/userinfo"}}));
  EXPECT_EQ(scene.asked.at(1), "http://auth.example/me");
  EXPECT_EQ(scene.asked.at(3), "https://other.example/userinfo");
}

TEST(UserinfoProbe, ATokenOfSomebodyElseStopsTheRunAndIsNotTriedAgain) {
  Scene scene;
  const auto result = scene.present({{"enterprise_id", "9"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kConflict);
  EXPECT_NE(result.error().detail.find("does not belong to enterprise 9"), std::string::npos)
      << result.error().detail;
  EXPECT_EQ(scene.present({{"application_id", "x"}}).error().code, base::Code::kConflict);
}

TEST(UserinfoProbe, ARefusedTokenSaysNothingAgainstTheSecret) {
  for (const int status : {401, 403, 500}) {
    Scene scene;
    scene.status = status;
    scene.body = R"({"error":"the-value"})";
    const auto result = scene.present({});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->answer, ProbeAnswer::kUnclear);
    EXPECT_EQ(result->detail.find("the-value"), std::string::npos);
  }
  Scene page;
  page.body = "<html>Log in</html>";
  EXPECT_EQ(page.present({})->answer, ProbeAnswer::kUnclear);
}

}  // namespace
}  // namespace rekey::rotation

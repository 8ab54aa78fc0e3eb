#include "authority/router.h"

#include <gtest/gtest.h>

#include <string>

#include "authority/front_test_support.h"
#include "authority/token_gate.h"

namespace rekey::authority {
namespace {

std::string host_prefix(std::string_view kind) {
  return "/https://" + std::string(kTestTenant) + "." + std::string(kind) +
         ".marketingcloudapis.com";
}

int status_of_get(TestFront& front, const std::string& target) {
  return front.get(target)->status;
}

TEST(Router, FindsEndpointsInAnyLetterCaseAndThroughDoubledSlashes) {
  TestFront front;
  for (const auto* path : {"/healthz", "/HealthZ", "//healthz", "///healthz"}) {
    EXPECT_EQ(status_of_get(front, path), 200) << path;
  }
  EXPECT_EQ(status_of_get(front, "/platform//v1/TOKENcontext"), 401);
}

TEST(Router, TakesOffTheTenantsHostsFromAPath) {
  TestFront front;
  for (const auto* kind : {"auth", "rest", "soap"}) {
    EXPECT_EQ(status_of_get(front, host_prefix(kind) + "/v2/userinfo"), 401);
  }
  EXPECT_EQ(status_of_get(front,
                          "/HTTPS://MCEXAMPLETENANT0000000000001.Auth.MarketingCloudApis.com/"
                          "v2/userinfo"),
            401);
  EXPECT_EQ(status_of_get(front, "/https:/" + host_prefix("auth").substr(9) + "/v2/userinfo"), 401);
}

TEST(Router, KnowsNoOtherHosts) {
  TestFront front;
  for (const std::string& target :
       {std::string("/https://mcothertenant000000000000001.auth.marketingcloudapis.com/healthz"),
        host_prefix("mail") + "/healthz", host_prefix("auth"), host_prefix("auth") + "x/healthz",
        std::string("/https://example.org/healthz"), std::string("/https:/")}) {
    EXPECT_EQ(status_of_get(front, target), 404) << target;
  }
}

class FakeGuarded final : public GuardedApi {
 public:
  [[nodiscard]] bool owns(std::string_view lower_path) const noexcept override {
    return lower_path.starts_with("/data/");
  }
  void handle(net::Exchange& exchange, std::string_view path,
              std::optional<Bearer> given) override {
    last_path = path;
    bearer = std::move(given);
    exchange.respond(200, "application/json", "{}", {});
  }
  std::string last_path;
  std::optional<Bearer> bearer;
};

TEST(Router, HandsTheGuardedApiItsPathsWithWhatTheTokenMayDo) {
  TestFront front;
  EXPECT_EQ(status_of_get(front, "/data/v1/rows"), 404);
  FakeGuarded guarded;
  front.door.guarded = &guarded;
  const auto token = front.ask_token(R"(,"scope":"data_extensions_read","account_id":500000003)");
  EXPECT_EQ(front.get("//Data/v1/Rows", token->text_member("access_token"))->status, 200);
  EXPECT_EQ(guarded.last_path, "/Data/v1/Rows");
  ASSERT_TRUE(guarded.bearer);
  EXPECT_EQ(guarded.bearer->scopes, "data_extensions_read");
  EXPECT_EQ(guarded.bearer->business_unit.value, 500000003);
  EXPECT_EQ(guarded.bearer->enterprise.value, 500000001);
  EXPECT_EQ(guarded.bearer->integration.value, 12);
  EXPECT_FALSE(guarded.bearer->is_administrator);
  EXPECT_EQ(status_of_get(front, "/v1/requesttoken"), 405);
}

TEST(Router, HandsTheGuardedApiNoBearerWhereTheTokenIsDead) {
  TestFront front;
  FakeGuarded guarded;
  front.door.guarded = &guarded;
  const std::string token = front.token();
  EXPECT_EQ(front.get("/data/v1/rows", "nonsense")->status, 200);
  EXPECT_FALSE(guarded.bearer);
  front.integration.is_enabled = false;
  front.publish();
  EXPECT_EQ(front.get("/data/v1/rows", token)->status, 200);
  EXPECT_FALSE(guarded.bearer);
}

TEST(SharedTokenGate, TellsALivingTokenADeadOneAndNone) {
  TestFront front;
  SharedTokenGate gate(front.door);
  const std::string token = front.token();
  const auto living = gate.find(token, front.clock.now());
  ASSERT_TRUE(living.bearer);
  EXPECT_EQ(living.bearer->integration.value, 12);
  EXPECT_FALSE(living.has_expired);
  const auto none = gate.find("nonsense", front.clock.now());
  EXPECT_FALSE(none.bearer);
  EXPECT_FALSE(none.has_expired);
  const auto expired = gate.find(token, front.clock.now() + std::chrono::hours{1});
  EXPECT_FALSE(expired.bearer);
  EXPECT_TRUE(expired.has_expired);
  front.integration.is_enabled = false;
  front.publish();
  const auto disabled = gate.find(token, front.clock.now());
  EXPECT_FALSE(disabled.bearer);
  EXPECT_TRUE(disabled.has_expired);
}

TEST(Router, AnswersAnUnknownPathWithTheContractsBody) {
  TestFront front;
  const auto reply = front.get("/nothing/here");
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->content_type, "application/json");
  EXPECT_EQ(reply->json().integer_member("errorcode").value(), 404);
  EXPECT_EQ(reply->text_member("message"), "Not Found");
  EXPECT_NE(reply->reply_headers.find("X-Mashery-Message-ID: "), std::string::npos);
}

TEST(Router, NamesTheMethodsThatAKnownPathAllows) {
  TestFront front;
  EXPECT_EQ(front.get("/v2/token")->status, 405);
  EXPECT_NE(front.get("/v2/token")->reply_headers.find("Allow: POST"), std::string::npos);
  FakeExchange post(net::Method::kPost, "/healthz");
  front.ask(post);
  EXPECT_EQ(post.status, 405);
  EXPECT_NE(post.reply_headers.find("Allow: GET, HEAD"), std::string::npos);
  FakeExchange head(net::Method::kHead, "/healthz");
  front.ask(head);
  EXPECT_EQ(head.status, 200);
}

TEST(Router, SaysWhyItIsNotReady) {
  TestFront front;
  EXPECT_EQ(front.get("/readyz")->status, 200);
  front.readiness.block("clock", "the clock is behind the ledger", Readiness::Tokens::kStop);
  const auto reply = front.get("/readyz");
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->reply_body, "not ready\nclock: the clock is behind the ledger\n");
  EXPECT_EQ(front.get("/healthz")->status, 200);
  front.readiness.clear("clock");
  EXPECT_EQ(front.get("/readyz")->status, 200);
}

TEST(Router, ShowsMetrics) {
  TestFront front;
  (void)front.ask_token();
  const auto reply = front.get("/metrics");
  EXPECT_EQ(reply->status, 200);
  EXPECT_NE(reply->reply_body.find("rekey_tokens_issued_total"), std::string::npos);
}

TEST(Router, TellsTheAdminApiWhetherAnAdministratorAsks) {
  TestFront front;
  (void)front.get("/API/v1/packages/pkg_1");
  EXPECT_EQ(front.admin.last_path, "/API/v1/packages/pkg_1");
  EXPECT_FALSE(front.admin.had_caller);
  (void)front.get("/api/v1/status", front.token());
  EXPECT_FALSE(front.admin.had_caller);

  front.integration.is_admin = true;
  front.integration.scopes.emplace_back(credential::kAdminScope);
  front.publish();
  const std::string token = front.token();
  (void)front.get("/api//v1/status", token);
  EXPECT_EQ(front.admin.last_path, "/api/v1/status");
  EXPECT_TRUE(front.admin.had_caller);

  front.integration.secrets.front().phase = credential::Phase::kEnded;
  front.integration.secrets.front().end_reason = credential::EndReason::kRevoked;
  front.publish();
  (void)front.get("/api/v1/status", token);
  EXPECT_FALSE(front.admin.had_caller);
}

TEST(Router, Rfc6750_3_1_TellsALivingTokenWithoutTheScopeFromNone) {
  TestFront front;
  const auto refused = front.get("/api/v1/status", front.token());
  EXPECT_EQ(refused->status, 403);
  EXPECT_NE(refused->reply_headers.find(
                R"(WWW-Authenticate: Bearer error="insufficient_scope", scope="rekey_admin")"),
            std::string::npos);
}

TEST(Router, OpensLocalCallsToTheLocalSocketAndNothingElseToIt) {
  TestFront front;
  net::PeerAddress local;
  local.is_local_socket = true;
  const auto ask = [&](const std::string& target, bool is_local) {
    FakeExchange exchange(net::Method::kPost, target);
    if (is_local) exchange.set_peer(local);
    front.ask(exchange);
    return exchange.status;
  };
  EXPECT_EQ(ask("/local/v1/recover", true), 200);
  EXPECT_EQ(front.admin.last_path, "/local/v1/recover");
  EXPECT_EQ(ask("/local/v1/recover", false), 404);
  EXPECT_EQ(ask("//LOCAL/v1/recover", false), 404);
  EXPECT_EQ(ask("/v2/token", true), 404);
  EXPECT_EQ(ask("/api/v1/status", true), 404);
}

}  // namespace
}  // namespace rekey::authority

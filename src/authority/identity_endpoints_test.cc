#include "authority/identity_endpoints.h"

#include <gtest/gtest.h>

#include <string>

#include "authority/front_test_support.h"

namespace rekey::authority {
namespace {

std::int64_t id_in(const net::JsonValue& body, std::string_view object, std::string_view name) {
  const net::JsonValue* found = body.find(object);
  return found == nullptr ? 0 : found->integer_member(name).value_or(0);
}

TEST(Identity, SaysWhoseATokenIs) {
  TestFront front;
  const auto reply = front.get("/v2/userinfo", front.token());
  ASSERT_EQ(reply->status, 200);
  const net::JsonValue body = reply->json();
  EXPECT_EQ(body.integer_member("exp").value(), base::to_millis(front.clock.now()) / 1000 + 1200);
  EXPECT_EQ(body.string_member("iss").value(), "http://127.0.0.1:8420/");
  EXPECT_EQ(body.find("user")->string_member("name").value(), "Order sync app user");
  EXPECT_EQ(id_in(body, "organization", "member_id"), 500000002);
  EXPECT_EQ(id_in(body, "organization", "enterprise_id"), 500000001);
  EXPECT_EQ(body.find("rest")->string_member("rest_instance_url").value(),
            "http://127.0.0.1:8420/");
  EXPECT_EQ(body.find("application")->string_member("name").value(), "Order sync");
  EXPECT_NE(reply->reply_headers.find("X-Mashery-Message-ID: "), std::string::npos);
}

TEST(Identity, AnswersTheTokenContextWithTheBusinessUnitActedIn) {
  TestFront front;
  const auto token = front.ask_token(R"(,"account_id":500000003,"scope":"")");
  const auto reply = front.get("/platform/v1/tokenContext", token->text_member("access_token"));
  EXPECT_EQ(reply->status, 202);
  EXPECT_EQ(id_in(reply->json(), "enterprise", "id"), 500000001);
  EXPECT_EQ(id_in(reply->json(), "organization", "id"), 500000003);
  EXPECT_EQ(id_in(reply->json(), "user", "id"), 12);
}

TEST(Identity, NamesTheEndpoints) {
  TestFront front;
  const std::string token = front.token();
  const auto soap = front.get("/platform/v1/endpoints/SOAP", token);
  EXPECT_EQ(soap->status, 200);
  EXPECT_EQ(soap->reply_body, R"({"type":"soap","url":"http://127.0.0.1:8420/Service.asmx"})");
  EXPECT_EQ(front.get("/platform/v1/endpoints/rest", token)->text_member("url"),
            "http://127.0.0.1:8420/");
  const auto all = front.get("/platform/v1/endpoints", token);
  ASSERT_EQ(all->status, 200);
  EXPECT_EQ(all->json().find("items")->items().size(), 3u);
  const auto unknown = front.get("/platform/v1/endpoints/mail", token);
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(unknown->json().integer_member("errorcode").value(), 30003);
}

TEST(Identity, AsksForALivingToken) {
  TestFront front;
  const std::string token = front.token();
  front.clock.advance(std::chrono::seconds{1200});
  for (const auto* path : {"/v2/userinfo", "/platform/v1/tokenContext", "/platform/v1/endpoints",
                           "/platform/v1/endpoints/soap"}) {
    for (const std::string& bearer : {std::string(), std::string("nonsense"), token}) {
      const auto reply = front.get(path, bearer);
      EXPECT_EQ(reply->status, 401);
      EXPECT_EQ(reply->json().integer_member("errorcode").value(), 0);
      EXPECT_EQ(reply->text_member("message"), "Not Authorized");
      EXPECT_NE(reply->reply_headers.find("WWW-Authenticate: Bearer error=\"invalid_token\""),
                std::string::npos);
    }
  }
}

TEST(Identity, RefusesATokenAtOnceWhoseSecretWasRevoked) {
  TestFront front;
  const std::string token = front.token();
  EXPECT_EQ(front.get("/v2/userinfo", token)->status, 200);
  front.integration.secrets.front().phase = credential::Phase::kEnded;
  front.integration.secrets.front().end_reason = credential::EndReason::kRevoked;
  front.publish();
  EXPECT_EQ(front.get("/v2/userinfo", token)->status, 401);
}

TEST(Identity, LetsATokenOutliveASecretThatWasRotatedAway) {
  TestFront front;
  const std::string token = front.token();
  front.integration.secrets.front().phase = credential::Phase::kEnded;
  front.integration.secrets.front().end_reason = credential::EndReason::kSuperseded;
  front.publish();
  EXPECT_EQ(front.get("/v2/userinfo", token)->status, 200);
}

TEST(Identity, DiscoversTheHostsWithoutTellingWhoExists) {
  TestFront front;
  const auto ask = [&](const std::string& client) {
    return front.get("/v2/discovery?client_id=" + client + "&resource=acct:ann@example.org");
  };
  const auto known = ask(std::string(kTestClient));
  ASSERT_EQ(known->status, 200);
  EXPECT_EQ(known->text_member("subject"), "acct:ann@example.org");
  ASSERT_EQ(known->json().find("links")->items().size(), 2u);
  EXPECT_EQ(known->json().find("links")->items()[0].string_member("rel").value(),
            "auth_instance_url");
  EXPECT_EQ(ask("zzzzzzzz0123456789ijklmn")->reply_body, known->reply_body);
}

TEST(Identity, RefusesAMalformedDiscovery) {
  TestFront front;
  for (const auto* query : {"", "?client_id=abcdefgh0123456789ijklmn",
                            "?client_id=abcdefgh0123456789ijklmn&resource=ann",
                            "?client_id=abcdefgh0123456789ijklmn&resource=acct:",
                            "?client_id=x&resource=acct:ann", "?client_id=%zz"}) {
    const auto reply = front.get(std::string("/v2/discovery") + query);
    EXPECT_EQ(reply->status, 400);
    EXPECT_EQ(reply->reply_body, R"({"message":"Invalid request"})");
  }
}

TEST(Identity, SendsLegacyClientsAway) {
  TestFront front;
  FakeExchange exchange(net::Method::kPost, "/v1/requestToken", R"({"clientId":"a"})");
  front.ask(exchange);
  EXPECT_EQ(exchange.json().integer_member("errorcode").value(), 10007);
  EXPECT_EQ(exchange.text_member("documentation"), "");
  EXPECT_NE(exchange.text_member("message").find("not eligible to use the legacy"),
            std::string::npos);
}

}  // namespace
}  // namespace rekey::authority

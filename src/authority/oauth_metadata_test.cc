// RFC 8414 at /.well-known/oauth-authorization-server (docs/standards.md).
#include "authority/oauth_metadata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "authority/oauth_test_support.h"

namespace rekey::authority {
namespace {

constexpr const char* kPath = "/.well-known/oauth-authorization-server";

std::vector<std::string> texts_in(const net::JsonValue& body, std::string_view name) {
  std::vector<std::string> texts;
  const net::JsonValue* list = body.find(name);
  if (list == nullptr) return {"(none)"};
  for (const net::JsonValue& item : list->items()) texts.emplace_back(item.as_string().value());
  return texts;
}

FrontSettings settings_at(const std::string& url) {
  FrontSettings settings = TestFront::settings();
  settings.public_url = url;
  return settings;
}

TEST(OAuthMetadata, Rfc8414_2_TellsWhereEverythingIs) {
  TestFront front(settings_at("https://auth.example.com"));
  const auto reply = front.get(kPath);
  ASSERT_EQ(reply->status, 200);
  EXPECT_EQ(reply->content_type, "application/json");
  const net::JsonValue body = reply->json();
  EXPECT_EQ(body.string_member("issuer").value(), "https://auth.example.com");
  EXPECT_EQ(body.string_member("token_endpoint").value(), "https://auth.example.com/oauth2/token");
  EXPECT_EQ(body.string_member("jwks_uri").value(), "https://auth.example.com/oauth2/jwks");
  EXPECT_EQ(body.string_member("revocation_endpoint").value(),
            "https://auth.example.com/oauth2/revoke");
  EXPECT_EQ(body.string_member("introspection_endpoint").value(),
            "https://auth.example.com/oauth2/introspect");
  EXPECT_EQ(texts_in(body, "grant_types_supported"),
            std::vector<std::string>{"client_credentials"});
  EXPECT_EQ(texts_in(body, "token_endpoint_auth_methods_supported"),
            (std::vector<std::string>{"client_secret_basic", "client_secret_post"}));
}

// Section 2 asks for the member, section 3.2 would leave an empty one out; clients look for it.
TEST(OAuthMetadata, Rfc8414_2_HasResponseTypesThoughThereAreNone) {
  TestFront front;
  EXPECT_EQ(texts_in(front.get(kPath)->json(), "response_types_supported"),
            std::vector<std::string>{});
}

TEST(OAuthMetadata, Rfc8414_2_ListsTheScopesButNotThatOfAdministrators) {
  TestFront front;
  const auto scopes = texts_in(front.get(kPath)->json(), "scopes_supported");
  EXPECT_NE(std::find(scopes.begin(), scopes.end(), "email_send"), scopes.end());
  EXPECT_EQ(std::find(scopes.begin(), scopes.end(), "rekey_admin"), scopes.end());
}

TEST(OAuthMetadata, Rfc8414_3_1_IsFoundBeforeTheIssuersPath) {
  TestFront front(settings_at("https://example.com/Auth/one"));
  for (const std::string& path : {std::string(kPath), std::string(kPath) + "/Auth/one"}) {
    const auto reply = front.get(path);
    EXPECT_EQ(reply->status, 200) << path;
    EXPECT_EQ(reply->text_member("issuer"), "https://example.com/Auth/one");
    EXPECT_EQ(reply->text_member("token_endpoint"), "https://example.com/Auth/one/oauth2/token");
  }
  EXPECT_EQ(front.get(std::string(kPath) + "/auth/two")->status, 404);
}

TEST(OAuthMetadata, Rfc8414_3_3_HasTheIssuerThatTokensHave) {
  TestFront front;
  const auto claims = take_apart(ask_jwt(front)->text_member("access_token")).claims;
  EXPECT_EQ(front.get(kPath)->text_member("issuer"), claims.string_member("iss").value());
}

TEST(OAuthMetadata, Rfc8414_3_1_IsForGetAlone) {
  TestFront front;
  FakeExchange exchange(net::Method::kPost, kPath);
  front.ask(exchange);
  EXPECT_EQ(exchange.status, 405);
}

}  // namespace
}  // namespace rekey::authority

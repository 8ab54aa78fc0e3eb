// Every MUST of the standards at POST /oauth2/token, named by RFC and section (docs/standards.md).
#include "authority/oauth_token_endpoint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "authority/oauth_test_support.h"

namespace rekey::authority {
namespace {

constexpr std::string_view kPath = "/oauth2/token";
constexpr const char* kResource = "https://api.example.com";

std::string error_of(const FakeExchange& reply) {
  return std::to_string(reply.status) + " " + reply.text_member("error");
}

bool has_header(const FakeExchange& reply, const std::string& line) {
  return ("\n" + reply.reply_headers).find("\n" + line + "\n") != std::string::npos;
}

std::string claim(const FakeExchange& reply, std::string_view name) {
  return take_apart(reply.text_member("access_token"))
      .claims.string_member(name)
      .value_or("(none)");
}

// ---- RFC 6749 ----------------------------------------------------------------------------------

TEST(OAuthToken, Rfc6749_5_1_AnswersWithATokenItsTypeAndItsLife) {
  TestFront front;
  const auto reply = ask_jwt(front);
  ASSERT_EQ(reply->status, 200);
  EXPECT_EQ(reply->content_type, "application/json");
  EXPECT_EQ(reply->text_member("token_type"), "Bearer");
  EXPECT_EQ(reply->json().integer_member("expires_in").value(), 300);
  EXPECT_TRUE(has_header(*reply, "Cache-Control: no-store"));
  EXPECT_TRUE(has_header(*reply, "Pragma: no-cache"));
}

TEST(OAuthToken, Rfc6749_3_2_IsForPostAlone) {
  TestFront front;
  for (const auto method : {net::Method::kGet, net::Method::kPut, net::Method::kHead}) {
    FakeExchange exchange(method, kPath);
    front.ask(exchange);
    EXPECT_EQ(exchange.status, 405);
    EXPECT_TRUE(has_header(exchange, "Allow: POST"));
  }
}

TEST(OAuthToken, Rfc6749_3_2_RefusesARepeatedParameter) {
  TestFront front;
  for (const auto* more : {"&grant_type=client_credentials", "&scope=a&scope=a", "&x=1&x=2"}) {
    EXPECT_EQ(error_of(*ask_jwt(front, more)), "400 invalid_request") << more;
  }
}

TEST(OAuthToken, Rfc6749_3_2_TakesAnEmptyParameterForAnOmittedOne) {
  TestFront front;
  const auto reply = ask_jwt(front, "&scope=&resource=&client_secret=&client_id=");
  ASSERT_EQ(reply->status, 200);
  EXPECT_EQ(reply->text_member("scope"), ask_jwt(front)->text_member("scope"));
  EXPECT_EQ(error_of(*post_basic(front, kPath, "grant_type=")), "400 invalid_request");
}

TEST(OAuthToken, Rfc6749_3_2_IgnoresUnknownParameters) {
  TestFront front;
  EXPECT_EQ(ask_jwt(front, "&audience=x&unknown=1&account_id=500000003")->status, 200);
}

TEST(OAuthToken, Rfc6749_2_3_RefusesTwoWaysToAuthenticate) {
  TestFront front;
  EXPECT_EQ(error_of(*ask_jwt(front, "&" + client_in_form(front))), "400 invalid_request");
  EXPECT_EQ(error_of(*ask_jwt(front, "&client_secret=x")), "400 invalid_request");
  EXPECT_EQ(error_of(*ask_jwt(front, "&client_assertion=x")), "400 invalid_request");
  EXPECT_EQ(
      error_of(*post_form(front, kPath, "grant_type=client_credentials&" + client_in_form(front),
                          {kFormType, {"Authorization", "Bearer x"}})),
      "400 invalid_request");
}

TEST(OAuthToken, Rfc6749_3_2_1_LetsAClientNameItselfBesideBasicAndNobodyElse) {
  TestFront front;
  EXPECT_EQ(ask_jwt(front, "&client_id=" + std::string(kTestClient))->status, 200);
  EXPECT_EQ(error_of(*ask_jwt(front, "&client_id=zzzzzzzz0123456789ijklmn")),
            "400 invalid_request");
}

TEST(OAuthToken, Rfc6749_2_3_1_TakesBasicWithBothHalvesFormEncoded) {
  TestFront front;
  std::string encoded;
  for (const char c : front.value.reveal()) encoded += fmt::format("%{:02X}", c);
  const std::string header = basic_header(kTestClient, encoded);
  const auto reply = post_form(front, kPath, "grant_type=client_credentials",
                               {kFormType, {"Authorization", header}});
  EXPECT_EQ(reply->status, 200);
}

TEST(OAuthToken, Rfc6749_2_3_1_OAuth21_2_4_1_TakesTheSecretInTheForm) {
  TestFront front;
  const auto reply =
      post_form(front, kPath, "grant_type=client_credentials&" + client_in_form(front));
  EXPECT_EQ(reply->status, 200);
}

TEST(OAuthToken, Rfc6749_2_3_1_RefusesCredentialsInTheAddress) {
  TestFront front;
  const std::string address = std::string(kPath) + "?" + client_in_form(front);
  EXPECT_EQ(error_of(*post_form(front, address, "grant_type=client_credentials")),
            "400 invalid_request");
}

TEST(OAuthToken, Rfc6749_4_4_2_IsGivenAFormAndNothingElse) {
  TestFront front;
  const std::string header = basic_header(kTestClient, front.value.reveal());
  for (const auto* type : {"application/json", "text/plain", ""}) {
    const auto reply = post_form(front, kPath, "grant_type=client_credentials",
                                 {{"Content-Type", type}, {"Authorization", header}});
    EXPECT_EQ(error_of(*reply), "400 invalid_request") << type;
  }
  const auto with_charset =
      post_form(front, kPath, "grant_type=client_credentials",
                {{"Content-Type", "Application/x-www-form-urlencoded; charset=UTF-8"},
                 {"Authorization", header}});
  EXPECT_EQ(with_charset->status, 200);
}

TEST(OAuthToken, Rfc6749_4_4_3_GivesNoRefreshToken) {
  TestFront front;
  const net::JsonValue body = ask_jwt(front)->json();
  std::vector<std::string> names;
  for (const auto& [name, value] : body.members()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"access_token", "token_type", "expires_in", "scope",
                                             "secret_expires_at", "secret_renewal_window"}));
}

TEST(OAuthToken, Rfc6749_5_2_TellsAMissingGrantTypeFromAnotherOne) {
  TestFront front;
  EXPECT_EQ(error_of(*post_basic(front, kPath, "")), "400 invalid_request");
  // RFC 9700 section 2.4: no passwords of people.
  for (const auto* grant : {"password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS",
                            "urn:ietf:params:oauth:grant-type:jwt-bearer"}) {
    EXPECT_EQ(error_of(*post_basic(front, kPath, std::string("grant_type=") + grant)),
              "400 unsupported_grant_type");
  }
}

TEST(OAuthToken, Rfc6749_5_2_AnswersFailedAuthenticationWith401AndTheScheme) {
  TestFront front;
  const std::string wrong = basic_header(kTestClient, new_secret_value().reveal());
  const std::string unknown = basic_header("zzzzzzzz0123456789ijklmn", front.value.reveal());
  for (const std::string& header : {wrong, unknown, std::string("Basic ?"), std::string("Basic"),
                                    std::string("Bearer x"), std::string("Negotiate x")}) {
    const auto reply = post_form(front, kPath, "grant_type=client_credentials",
                                 {kFormType, {"Authorization", header}});
    EXPECT_EQ(error_of(*reply), "401 invalid_client") << header;
    EXPECT_TRUE(has_header(*reply, "WWW-Authenticate: Basic realm=\"rekey\""));
    EXPECT_TRUE(has_header(*reply, "Cache-Control: no-store"));
  }
  for (const auto* form : {"grant_type=client_credentials",
                           "grant_type=client_credentials&client_id=abcdefgh0123456789ijklmn",
                           "grant_type=client_credentials&client_secret=x",
                           "grant_type=client_credentials&client_assertion=x"}) {
    EXPECT_EQ(error_of(*post_form(front, kPath, form)), "401 invalid_client") << form;
  }
}

TEST(OAuthToken, Rfc6749_5_2_SaysTheSameToAWrongSecretAndAnUnknownClient) {
  TestFront front;
  const std::string wrong = basic_header(kTestClient, new_secret_value().reveal());
  const std::string unknown = basic_header("zzzzzzzz0123456789ijklmn", front.value.reveal());
  const auto ask = [&](const std::string& header) {
    return post_form(front, kPath, "grant_type=client_credentials",
                     {kFormType, {"Authorization", header}})
        ->reply_body;
  };
  EXPECT_EQ(ask(wrong), ask(unknown));
}

TEST(OAuthToken, Rfc6749_5_2_KeepsErrorsToTheirCharactersAndOutOfCaches) {
  for (std::size_t i = 0; i < kTokenProblemCount; ++i) {
    const auto body = net::parse_json(
        plain_body_of({static_cast<TokenProblem>(i), "a percent sign without two hex digits"}));
    ASSERT_TRUE(body.has_value());
    for (const auto* member : {"error", "error_description"}) {
      const std::string text = body->string_member(member).value();
      for (const char c : text) {
        EXPECT_TRUE(c >= 0x20 && c <= 0x7E && c != '"' && c != '\\') << i;
      }
    }
    EXPECT_EQ(body->find("error_uri"), nullptr);
  }
  TestFront front;
  EXPECT_TRUE(has_header(*ask_jwt(front, "&scope=nope"), "Cache-Control: no-store"));
}

TEST(OAuthToken, Rfc6749_3_3_RefusesScopesThatAreMalformedUnknownOrNotGranted) {
  TestFront front;
  for (const auto* scope :
       {"email_read", "EMAIL_SEND", "email_send+no_such_scope", "+email_send", "email_send+",
        "email_send++data_extensions_read", "a%22b", "a%5Cb", "a%09b", "%C3%A4", "rekey_admin"}) {
    EXPECT_EQ(error_of(*ask_jwt(front, std::string("&scope=") + scope)), "400 invalid_scope")
        << scope;
  }
}

TEST(OAuthToken, Rfc6749_3_3_SaysWhichScopesWereGranted) {
  TestFront front;
  const auto narrowed = ask_jwt(front, "&scope=data_extensions_write+email_send");
  EXPECT_EQ(narrowed->text_member("scope"), "email_send data_extensions_write");
  EXPECT_EQ(claim(*narrowed, "scope"), "email_send data_extensions_write");
  const std::string all = "email_send data_extensions_read data_extensions_write";
  EXPECT_EQ(ask_jwt(front)->text_member("scope"), all);
}

TEST(OAuthToken, Rfc6749_10_10_NeverGivesTheSameTokenTwice) {
  TestFront front;
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) ids.insert(claim(*ask_jwt(front), "jti"));
  EXPECT_EQ(ids.size(), 200u);
  EXPECT_EQ(ids.begin()->size(), 22u);
}

// ---- RFC 9068 and RFC 8707 ---------------------------------------------------------------------

TEST(OAuthToken, Rfc9068_2_HasEveryClaimAndTheTypeOfAnAccessToken) {
  TestFront front;
  const auto parts = take_apart(ask_jwt(front)->text_member("access_token"));
  EXPECT_EQ(parts.header.string_member("typ").value(), "at+jwt");
  EXPECT_EQ(parts.header.string_member("alg").value(), "ES256");
  const crypto::JwsKey key = front.signing_keys.entries().front().key;
  EXPECT_EQ(parts.header.string_member("kid").value(), key.thumbprint());
  EXPECT_TRUE(key.is_signature_of(parts.signed_input, parts.signature));
  const std::int64_t now = base::to_millis(front.clock.now()) / 1000;
  EXPECT_EQ(parts.claims.string_member("iss").value(), "http://127.0.0.1:8420");
  EXPECT_EQ(parts.claims.string_member("sub").value(), kTestClient);
  EXPECT_EQ(parts.claims.string_member("client_id").value(), kTestClient);
  EXPECT_EQ(parts.claims.integer_member("iat").value(), now);
  EXPECT_EQ(parts.claims.integer_member("exp").value(), now + 300);
  EXPECT_EQ(parts.claims.string_member("secret_id").value(), "sec_17");
  EXPECT_EQ(parts.claims.string_member("scope").value(),
            "email_send data_extensions_read data_extensions_write");
}

TEST(OAuthToken, Rfc9068_3_IsForThisServerWhereNoResourceIsNamed) {
  TestFront front;
  EXPECT_EQ(claim(*ask_jwt(front), "aud"), "http://127.0.0.1:8420");
  EXPECT_EQ(claim(*ask_jwt(front, "&resource=http://127.0.0.1:8420"), "aud"),
            "http://127.0.0.1:8420");
}

TEST(OAuthToken, Rfc8707_2_IsForTheResourceThatIsNamed) {
  TestFront front;
  front.declare({{kResource, crypto::JwsAlgorithm::kEs256, {}, {}}});
  EXPECT_EQ(claim(*ask_jwt(front, std::string("&resource=") + kResource), "aud"), kResource);
}

TEST(OAuthToken, Rfc8707_2_RefusesAResourceThatIsMalformedUnknownOrNotOpenToTheClient) {
  TestFront front;
  front.declare({{kResource, crypto::JwsAlgorithm::kEs256, {"zzzzzzzz0123456789ijklmn"}, {}},
                 {"urn:open:to-it", crypto::JwsAlgorithm::kEs256, {std::string(kTestClient)}, {}}});
  EXPECT_EQ(ask_jwt(front, "&resource=urn:open:to-it")->status, 200);
  for (const auto* resource : {kResource, "https://other.example.com", "not-absolute",
                               "urn:open:to-it%23part", "URN:open:to-it"}) {
    EXPECT_EQ(error_of(*ask_jwt(front, std::string("&resource=") + resource)), "400 invalid_target")
        << resource;
  }
}

// RFC 9700 section 2.3: one token, one resource server.
TEST(OAuthToken, Rfc8707_2_Rfc9700_2_3_RefusesOneTokenForManyResources) {
  TestFront front;
  front.declare({{kResource, crypto::JwsAlgorithm::kEs256, {}, {}},
                 {"urn:other:one", crypto::JwsAlgorithm::kEs256, {}, {}}});
  EXPECT_EQ(
      error_of(*ask_jwt(front, std::string("&resource=") + kResource + "&resource=urn:other:one")),
      "400 invalid_target");
}

class OAuthTokenSignedWith : public ::testing::TestWithParam<crypto::JwsAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Algorithms, OAuthTokenSignedWith,
                         ::testing::ValuesIn(crypto::kJwsAlgorithms),
                         [](const auto& info) { return std::string(name_of(info.param)); });

// RS256 is among them, as section 2.1 asks of every server.
TEST_P(OAuthTokenSignedWith, Rfc9068_2_1_IsSignedAsItsAudienceAsks) {
  TestFront front;
  front.declare({{kResource, GetParam(), {}, {}}});
  const std::string more = std::string("&resource=") + kResource;
  if (GetParam() != crypto::JwsAlgorithm::kEs256) {
    EXPECT_EQ(error_of(*ask_jwt(front, more)), "503 temporarily_unavailable");
    front.add_signing_key(GetParam());
  }
  const auto parts = take_apart(ask_jwt(front, more)->text_member("access_token"));
  EXPECT_EQ(parts.header.string_member("alg").value(), name_of(GetParam()));
  EXPECT_TRUE(
      front.signing_keys.entries().back().key.is_signature_of(parts.signed_input, parts.signature));
}

// ---- keys --------------------------------------------------------------------------------------

std::size_t keys_in(const FakeExchange& jwks) {
  const net::JsonValue body = jwks.json();
  const net::JsonValue* keys = body.find("keys");
  return keys == nullptr ? 0 : keys->items().size();
}

TEST(OAuthJwks, Rfc7517_4_5_ShowsEachKeyWithItsUseAndNothingPrivate) {
  TestFront front;
  front.add_signing_key(crypto::JwsAlgorithm::kRs256);
  front.add_signing_key(crypto::JwsAlgorithm::kEdDsa);
  const auto reply = front.get("/oauth2/jwks");
  ASSERT_EQ(reply->status, 200);
  EXPECT_TRUE(has_header(*reply, "Cache-Control: public, max-age=3600"));
  const net::JsonValue body = reply->json();
  ASSERT_EQ(keys_in(*reply), 3u);
  for (const net::JsonValue& key : body.find("keys")->items()) {
    for (const auto* name : {"kty", "use", "alg", "kid"}) {
      EXPECT_TRUE(key.string_member(name).has_value()) << name;
    }
    EXPECT_EQ(key.string_member("use").value(), "sig");
    for (const auto* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
      EXPECT_EQ(key.find(name), nullptr) << name;
    }
  }
}

TEST(OAuthJwks, Rfc7517_5_PublishesAKeyBeforeItSignsAndKeepsItWhileItsTokensLive) {
  TestFront front;
  const base::Instant change = front.clock.now() + base::Days{2};
  crypto::JwsKey next = crypto::JwsKey::generate(crypto::JwsAlgorithm::kEs256);
  front.signing_plan.push_back(
      {next.thumbprint(), next.algorithm(), front.clock.now(), change, {}});
  front.signing_keys.hold(next);
  front.signing_keys.publish(front.signing_plan);
  const auto kid = [&] {
    return take_apart(ask_jwt(front)->text_member("access_token"))
        .header.string_member("kid")
        .value();
  };
  EXPECT_EQ(keys_in(*front.get("/oauth2/jwks")), 2u);
  EXPECT_NE(kid(), next.thumbprint());
  front.clock.set(change);
  EXPECT_EQ(kid(), next.thumbprint());
  EXPECT_EQ(keys_in(*front.get("/oauth2/jwks")), 2u);
  front.clock.advance(kKeptRetired);
  EXPECT_EQ(keys_in(*front.get("/oauth2/jwks")), 1u);
}

// ---- what is counted ---------------------------------------------------------------------------

TEST(OAuthToken, CountsUseAsTheOtherTokenEndpointDoes) {
  TestFront front;
  ASSERT_EQ(ask_jwt(front)->status, 200);
  ASSERT_EQ(front.ask_token()->status, 200);
  std::int64_t uses = 0;
  for (const UsageRow& row : front.usage.rows({17})) uses += row.count;
  EXPECT_EQ(uses, 2);
}

TEST(OAuthToken, CountsAProbeWithALivingAdminTokenAsNoUse) {
  TestFront front;
  front.integration.is_admin = true;
  front.integration.scopes.emplace_back(credential::kAdminScope);
  front.publish();
  const std::string admin_token = ask_jwt(front)->text_member("access_token");
  ASSERT_EQ(front.usage.rows({17}).front().count, 1);
  const auto probe =
      post_form(front, kPath, "grant_type=client_credentials&" + client_in_form(front),
                {kFormType, {"Rekey-Probe", admin_token}});
  EXPECT_EQ(probe->status, 200);
  EXPECT_EQ(front.usage.rows({17}).front().count, 1);
}

TEST(OAuthToken, CountsARefusalWithItsReason) {
  TestFront front;
  const std::string wrong = basic_header(kTestClient, new_secret_value().reveal());
  post_form(front, kPath, "grant_type=client_credentials", {kFormType, {"Authorization", wrong}});
  ASSERT_EQ(front.refusals.rows().size(), 1u);
  EXPECT_EQ(front.refusals.rows().front().reason, credential::Refusal::kWrongSecret);
  // Neither a scope nor a resource that is refused is a refusal of the secret: it is in use.
  ASSERT_EQ(ask_jwt(front, "&scope=nope")->status, 400);
  ASSERT_EQ(ask_jwt(front, "&resource=nope:x")->status, 400);
  EXPECT_EQ(front.refusals.rows().size(), 1u);
  EXPECT_EQ(front.usage.rows({17}).front().count, 2);
}

TEST(OAuthToken, TellsTheClientWhenItsSecretEnds) {
  TestFront front;
  EXPECT_EQ(ask_jwt(front)->text_member("secret_expires_at"), "2027-05-23T12:00:00Z");
}

TEST(OAuthToken, IssuesNothingWhereTokensMayNotBeIssued) {
  TestFront front;
  front.readiness.block("clock", "it is behind", Readiness::Tokens::kStop);
  EXPECT_EQ(error_of(*ask_jwt(front)), "503 temporarily_unavailable");
}

}  // namespace
}  // namespace rekey::authority

// RFC 7662 at POST /oauth2/introspect and RFC 7009 at POST /oauth2/revoke (docs/standards.md).
#include "authority/oauth_token_control.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "authority/oauth_test_support.h"
#include "authority/service_test_support.h"

namespace rekey::authority {
namespace {

constexpr std::string_view kIntrospect = "/oauth2/introspect";
constexpr const char* kResource = "https://api.example.com";
constexpr const char* kOtherClient = "zzzzzzzz0123456789ijklmn";
constexpr const char* kInactive = R"({"active":false})";

std::string jwt(TestFront& front, const std::string& more = {}) {
  return ask_jwt(front, more)->text_member("access_token");
}

std::unique_ptr<FakeExchange> introspect(TestFront& front, const std::string& token,
                                         const std::string& more = {}) {
  return post_basic(front, kIntrospect, "token=" + token + more);
}

bool is_active(TestFront& front, const std::string& token) {
  const auto reply = introspect(front, token);
  EXPECT_EQ(reply->status, 200);
  return reply->reply_body != kInactive;
}

// Another package with a secret of its own; gives the header that it authenticates with.
std::string add_other_client(TestFront& front) {
  credential::Integration other = front.integration;
  other.id.value = 13;
  other.package_id.value = 4;
  other.client_id.value = kOtherClient;
  const base::Secret value = new_secret_value();
  other.secrets = {front.secret_of(18, value)};
  front.directory.publish(
      make_record(other, front.policy, front.scopes.load(), front.texts, front.usage));
  return basic_header(kOtherClient, value.reveal());
}

// ---- RFC 7662 ----------------------------------------------------------------------------------

TEST(Introspection, Rfc7662_2_2_TellsOfALivingJwt) {
  TestFront front;
  const std::string token = jwt(front, "&scope=email_send");
  const auto reply = introspect(front, token);
  ASSERT_EQ(reply->status, 200);
  EXPECT_EQ(reply->content_type, "application/json");
  const net::JsonValue body = reply->json();
  const net::JsonValue claims = take_apart(token).claims;
  EXPECT_TRUE(body.boolean_member_or("active", false).value());
  for (const auto* name : {"scope", "client_id", "sub", "aud", "iss", "jti", "secret_id"}) {
    EXPECT_EQ(body.string_member(name).value_or("-"), claims.string_member(name).value()) << name;
  }
  EXPECT_EQ(body.string_member("token_type").value(), "Bearer");
  EXPECT_EQ(body.integer_member("exp").value(), claims.integer_member("exp").value());
  EXPECT_EQ(body.integer_member("iat").value(), claims.integer_member("iat").value());
}

TEST(Introspection, Rfc7662_2_2_TellsOfALivingOpaqueToken) {
  TestFront front;
  const net::JsonValue body = introspect(front, front.token())->json();
  EXPECT_TRUE(body.boolean_member_or("active", false).value());
  EXPECT_EQ(body.string_member("client_id").value(), kTestClient);
  EXPECT_EQ(body.string_member("aud").value(), "http://127.0.0.1:8420");
  EXPECT_EQ(body.string_member("secret_id").value(), "sec_17");
  EXPECT_EQ(body.integer_member("exp").value(), base::to_millis(front.clock.now()) / 1000 + 1200);
}

TEST(Introspection, Rfc7662_4_TakesWhatIsOverForgedOrNothingForInactive) {
  TestFront front;
  const std::string token = jwt(front);
  std::string forged = token;
  char& last_claim = forged[forged.rfind('.') - 2];
  last_claim = last_claim == 'A' ? 'B' : 'A';
  const std::string unsigned_token = token.substr(0, token.rfind('.') + 1);
  for (const std::string& not_alive :
       {forged, unsigned_token, std::string("x"), std::string("a.b.c"), std::string(20000, 'x'),
        std::string("..")}) {
    const auto reply = introspect(front, not_alive.substr(0, 7000));
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->reply_body, kInactive);
  }
  EXPECT_TRUE(is_active(front, token));
  front.clock.advance(kJwtLifetime);
  EXPECT_FALSE(is_active(front, token));
}

std::string with_header(const std::string& token, std::string_view header) {
  return base::base64url_encode(base::bytes_of(header)) + token.substr(token.find('.'));
}

TEST(Introspection, Rfc8725_3_1_Rfc8725_3_2_BelievesNoOtherAlgorithmAndNoNone) {
  TestFront front;
  const std::string token = jwt(front);
  const std::string kid = take_apart(token).header.string_member("kid").value();
  for (const auto* alg : {"none", "HS256", "RS256", "ES512"}) {
    const std::string header = fmt::format(R"({{"alg":"{}","typ":"at+jwt","kid":"{}"}})", alg, kid);
    EXPECT_FALSE(is_active(front, with_header(token, header))) << alg;
  }
}

TEST(Introspection, Rfc8725_3_10_BelievesNoKeyThatATokenBrings) {
  TestFront front;
  const crypto::JwsKey stranger = crypto::JwsKey::generate(crypto::JwsAlgorithm::kEs256);
  const std::string token = jwt(front);
  const std::string kid = take_apart(token).header.string_member("kid").value();
  const auto signed_by_stranger = [&](const std::string& header) {
    const std::string whole = with_header(token, header);
    const std::string input = whole.substr(0, whole.rfind('.'));
    std::array<std::uint8_t, crypto::kMaxJwsSignature> signature;
    const std::size_t size = crypto::JwsSigner(stranger).sign(input, signature);
    return input + "." + base::base64url_encode(std::span(signature).first(size));
  };
  for (const std::string& header :
       {fmt::format(R"({{"alg":"ES256","typ":"at+jwt","jwk":{}}})", stranger.public_json()),
        fmt::format(R"({{"alg":"ES256","typ":"at+jwt","kid":"{}"}})", stranger.thumbprint()),
        fmt::format(R"({{"alg":"ES256","typ":"at+jwt","kid":"{}"}})", kid),
        std::string(R"({"alg":"ES256","typ":"at+jwt","jku":"https://x.example/jwks"})")}) {
    EXPECT_FALSE(is_active(front, signed_by_stranger(header))) << header;
  }
}

TEST(Introspection, Rfc8725_3_11_BelievesNoOtherTypeOfJwt) {
  TestFront front;
  const crypto::JwsKey key = front.signing_keys.entries().front().key;
  const std::string whole = with_header(
      jwt(front), fmt::format(R"({{"alg":"ES256","typ":"JWT","kid":"{}"}})", key.thumbprint()));
  const std::string input = whole.substr(0, whole.rfind('.'));
  std::array<std::uint8_t, crypto::kMaxJwsSignature> signature;
  const std::size_t size = crypto::JwsSigner(key).sign(input, signature);
  EXPECT_FALSE(
      is_active(front, input + "." + base::base64url_encode(std::span(signature).first(size))));
}

TEST(Introspection, Rfc7662_2_1_AsksForAClientAndAToken) {
  TestFront front;
  const std::string token = jwt(front);
  const auto anonymous = post_form(front, kIntrospect, "token=" + token);
  EXPECT_EQ(anonymous->status, 401);
  const std::string wrong = basic_header(kTestClient, new_secret_value().reveal());
  const auto refused =
      post_form(front, kIntrospect, "token=" + token, {kFormType, {"Authorization", wrong}});
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->text_member("error"), "invalid_client");
  const auto empty = post_basic(front, kIntrospect, "token=");
  EXPECT_EQ(empty->status, 400);
  EXPECT_EQ(empty->text_member("error"), "invalid_request");
  EXPECT_EQ(front.get(kIntrospect)->status, 405);
}

TEST(Introspection, Rfc7662_2_1_DoesNotGoByTheHint) {
  TestFront front;
  EXPECT_NE(introspect(front, jwt(front), "&token_type_hint=refresh_token")->reply_body, kInactive);
  EXPECT_NE(introspect(front, jwt(front), "&token_type_hint=nonsense")->reply_body, kInactive);
}

TEST(Introspection, Rfc7662_2_2_TellsAStrangerNothing) {
  TestFront front;
  const std::string stranger = add_other_client(front);
  const auto ask = [&](const std::string& token) {
    return post_form(front, kIntrospect, "token=" + token, {kFormType, {"Authorization", stranger}})
        ->reply_body;
  };
  EXPECT_EQ(ask(jwt(front)), kInactive);
  EXPECT_EQ(ask(front.token()), kInactive);
}

TEST(Introspection, Rfc7662_4_TellsTheResourceServerOfItsOwnTokensAlone) {
  TestFront front;
  const std::string server = add_other_client(front);
  front.declare({{kResource, crypto::JwsAlgorithm::kEs256, {}, kOtherClient},
                 {"urn:other:one", crypto::JwsAlgorithm::kEs256, {}, {}}});
  const auto ask = [&](const std::string& token) {
    return post_form(front, kIntrospect, "token=" + token, {kFormType, {"Authorization", server}})
        ->reply_body;
  };
  EXPECT_NE(ask(jwt(front, std::string("&resource=") + kResource)), kInactive);
  EXPECT_EQ(ask(jwt(front, "&resource=urn:other:one")), kInactive);
  EXPECT_EQ(ask(jwt(front)), kInactive);
}

TEST(Introspection, Rfc7662_4_FollowsTheSecretAtOnce) {
  TestFront front;
  const std::string token = jwt(front);
  const base::Instant now = front.clock.now();
  front.integration.secrets.front().tokens_revoked_at = now;
  front.publish();
  EXPECT_FALSE(is_active(front, token));
  front.clock.advance(base::Duration{1});
  EXPECT_TRUE(is_active(front, jwt(front)));
  front.integration.tokens_revoked_at = front.clock.now();
  front.publish();
  EXPECT_FALSE(is_active(front, jwt(front)));
}

TEST(Introspection, IsUseOfTheSecretThatItWasAskedWith) {
  TestFront front;
  const std::string token = jwt(front);
  ASSERT_EQ(introspect(front, token)->status, 200);
  std::int64_t uses = 0;
  for (const UsageRow& row : front.usage.rows({17})) uses += row.count;
  EXPECT_EQ(uses, 2);
}

// ---- our own resource server -------------------------------------------------------------------

TEST(TokenGateOfJwts, Rfc9068_4_TakesThoseForThisServerAlone) {
  TestFront front;
  front.declare({{kResource, crypto::JwsAlgorithm::kEs256, {}, {}}});
  EXPECT_EQ(front.get("/v2/userinfo", jwt(front))->status, 200);
  EXPECT_EQ(front.get("/v2/userinfo", jwt(front, std::string("&resource=") + kResource))->status,
            401);
}

TEST(TokenGateOfJwts, Rfc6750_2_3_ReadsNoTokenInTheAddress) {
  TestFront front;
  for (const std::string& token : {jwt(front), front.token()}) {
    EXPECT_EQ(front.get("/v2/userinfo?access_token=" + token)->status, 401);
  }
}

// ---- RFC 7009 ----------------------------------------------------------------------------------

class RevocationTest : public ServiceTest {
 protected:
  struct Client {
    std::string id;
    std::string secret_id;
    std::string value;
  };
  void SetUp() override {
    ServiceTest::SetUp();
    client_ = client_of(create_package());
  }
  [[nodiscard]] static Client client_of(const Answer& created) {
    return {created.at("integration.client_id"), created.at("secret.id"),
            created.at("secret.value")};
  }
  [[nodiscard]] static std::string form_of(const Client& client, const std::string& more) {
    return "client_id=" + client.id + "&client_secret=" + client.value + "&" + more;
  }
  [[nodiscard]] std::string jwt_of(const Client& client) {
    return service_.send_form("/oauth2/token", form_of(client, "grant_type=client_credentials"))
        .at("access_token");
  }
  [[nodiscard]] std::string opaque_of(const Client& client) {
    return service_.token(client.id, client.value).at("access_token");
  }
  [[nodiscard]] Answer revoke(const Client& client, const std::string& token) {
    return service_.send_form("/oauth2/revoke", form_of(client, "token=" + token));
  }
  [[nodiscard]] bool is_active(const Client& client, const std::string& token) {
    const Answer answer =
        service_.send_form("/oauth2/introspect", form_of(client, "token=" + token));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.at("active") == "true";
  }
  Client client_;
};

TEST_F(RevocationTest, Rfc7009_2_1_EndsATokenAtOnceAndNoOther) {
  for (const bool is_jwt : {true, false}) {
    const auto ask = [&] { return is_jwt ? jwt_of(client_) : opaque_of(client_); };
    const std::string token = ask();
    const std::string other = ask();
    ASSERT_TRUE(is_active(client_, token));
    const Answer revoked = revoke(client_, token);
    EXPECT_EQ(revoked.status, 200);
    EXPECT_EQ(revoked.text, "");
    EXPECT_FALSE(is_active(client_, token));
    EXPECT_TRUE(is_active(client_, other));
    EXPECT_EQ(service_.send(net::Method::kGet, "/v2/userinfo", "", token).status, 401);
  }
}

TEST_F(RevocationTest, Rfc7009_2_1_OutlivesACrash) {
  const std::string token = jwt_of(client_);
  const std::string opaque = opaque_of(client_);
  ASSERT_EQ(revoke(client_, token).status, 200);
  ASSERT_EQ(revoke(client_, opaque).status, 200);
  const std::string copy = copy_as_after_a_crash("copy");
  service_.stop();
  Service again(copy, clock_);
  ASSERT_TRUE(again.start());
  for (const std::string& one : {token, opaque}) {
    const Answer answer = again.send_form("/oauth2/introspect", form_of(client_, "token=" + one));
    EXPECT_EQ(answer.text, kInactive);
  }
}

TEST_F(RevocationTest, Rfc7009_2_2_Answers200ToWhatIsNoToken) {
  for (const auto* token : {"x", "a.b.c", "..."}) EXPECT_EQ(revoke(client_, token).status, 200);
  const std::string token = jwt_of(client_);
  ASSERT_EQ(revoke(client_, token).status, 200);
  EXPECT_EQ(revoke(client_, token).status, 200);
}

TEST_F(RevocationTest, Rfc7009_2_1_SearchesBothKindsWhateverTheHint) {
  const std::string token = jwt_of(client_);
  const Answer answer = service_.send_form(
      "/oauth2/revoke", form_of(client_, "token_type_hint=refresh_token&token=" + token));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(is_active(client_, token));
}

TEST_F(RevocationTest, Rfc7009_2_1_RefusesTheTokenOfAnotherClient) {
  const Client other = client_of(create_package("Another"));
  const std::string token = jwt_of(client_);
  const Answer refused = revoke(other, token);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.at("error"), "unauthorized_client");
  EXPECT_TRUE(is_active(client_, token));
}

TEST_F(RevocationTest, Rfc7009_2_1_AsksForAClientAndAToken) {
  EXPECT_EQ(service_.send_form("/oauth2/revoke", "token=x").status, 401);
  EXPECT_EQ(service_.send_form("/oauth2/revoke", form_of(client_, "token=")).at("error"),
            "invalid_request");
}

TEST_F(RevocationTest, AllTokensOfOneSecretEndAndThoseOfTheOtherLive) {
  const Answer staged = service_.post("/integrations/" + client_.id + "/secrets");
  const Client second{client_.id, staged.at("secret.id"), staged.at("secret.value")};
  const std::string of_first = jwt_of(client_);
  const std::string opaque_of_first = opaque_of(client_);
  const std::string of_second = jwt_of(second);
  const Answer done = service_.post(
      "/integrations/" + client_.id + "/secrets/" + client_.secret_id + "/revoke-tokens",
      R"({"reason":"a log was copied"})");
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(done.at("secret_id"), client_.secret_id);
  EXPECT_FALSE(is_active(client_, of_first));
  EXPECT_FALSE(is_active(client_, opaque_of_first));
  EXPECT_TRUE(is_active(client_, of_second));
  clock_.advance(base::Duration{1});
  EXPECT_TRUE(is_active(client_, jwt_of(client_)));
}

TEST_F(RevocationTest, AllTokensOfOneClientEndAndStayDeadAfterARestart) {
  const std::string token = jwt_of(client_);
  const std::string opaque = opaque_of(client_);
  const std::string path = "/packages/" + client_.id + "/revoke-tokens";
  EXPECT_EQ(service_.post(path, "{}").status, 400);
  ASSERT_EQ(service_.post(path, R"({"reason":"a log was copied"})").status, 200);
  EXPECT_FALSE(is_active(client_, token));
  service_.stop();
  ASSERT_TRUE(service_.start());
  EXPECT_FALSE(is_active(client_, token));
  EXPECT_FALSE(is_active(client_, opaque));
  clock_.advance(base::Duration{1});
  EXPECT_TRUE(is_active(client_, jwt_of(client_)));
}

}  // namespace
}  // namespace rekey::authority

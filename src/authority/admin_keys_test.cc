// The keys that sign tokens and the audiences of these, through the admin API and a real server.
#include "authority/admin_keys.h"

#include <gmock/gmock.h>

#include "authority/oauth_test_support.h"
#include "authority/service_test_support.h"

namespace rekey::authority {
namespace {

using testing::HasSubstr;

class KeysTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    const Answer created = create_package();
    client_id_ = created.at("integration.client_id");
    value_ = created.at("secret.value");
  }
  // Of a token request; `more` follows: "&resource=x".
  [[nodiscard]] Answer ask(const std::string& more = {}) {
    return service_.send_form("/oauth2/token",
                              fmt::format("grant_type=client_credentials&client_id={}&"
                                          "client_secret={}{}",
                                          client_id_, value_, more));
  }
  [[nodiscard]] std::string kid_of_token(const std::string& more = {}) {
    return take_apart(ask(more).at("access_token")).header.string_member_or("kid", "").value();
  }
  // "ES256 signing, ES256 published".
  [[nodiscard]] std::string keys() {
    std::string text;
    const Answer listed = service_.get("/keys");
    for (const net::JsonValue& key : listed.json.find("keys")->items()) {
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", key.string_member("algorithm").value(),
                      key.string_member("state").value());
    }
    return text;
  }
  [[nodiscard]] std::size_t published() {
    const Answer jwks = service_.send(net::Method::kGet, "/oauth2/jwks", "");
    return jwks.json.find("keys")->items().size();
  }

  std::string client_id_;
  std::string value_;
};

TEST_F(KeysTest, AFirstStartMakesAKeyThatSignsAtOnce) {
  EXPECT_EQ(keys(), "ES256 signing");
  EXPECT_EQ(kid_of_token(), service_.get("/keys").at("keys.0.kid"));
}

TEST_F(KeysTest, ARotationPublishesADayAheadAndThenSigns) {
  const std::string first = kid_of_token();
  const Answer rotated = service_.post("/keys", "{}");
  ASSERT_EQ(rotated.status, 201) << rotated.text;
  EXPECT_EQ(rotated.at("key.state"), "published");
  EXPECT_EQ(published(), 2u);
  EXPECT_EQ(kid_of_token(), first);

  const Answer again = service_.post("/keys", "{}");
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.at("detail"), HasSubstr(rotated.at("key.signs_from")));

  clock_.advance(kPublishedAhead);
  EXPECT_EQ(kid_of_token(), rotated.at("key.kid"));
  EXPECT_EQ(keys(), "ES256 retired, ES256 signing");
  EXPECT_EQ(published(), 2u);
  clock_.advance(kKeptRetired);
  EXPECT_EQ(keys(), "ES256 gone, ES256 signing");
  EXPECT_EQ(published(), 1u);
}

TEST_F(KeysTest, ARotationAtOnceWithdrawsTheKeysBeforeIt) {
  const std::string first = kid_of_token();
  EXPECT_EQ(service_.post("/keys", R"({"at_once":true})").status, 400);
  const Answer rotated = service_.post("/keys", R"({"at_once":true,"reason":"a lost backup"})");
  ASSERT_EQ(rotated.status, 201) << rotated.text;
  EXPECT_EQ(rotated.at("withdrawn.0"), first);
  EXPECT_EQ(kid_of_token(), rotated.at("key.kid"));
  EXPECT_EQ(keys(), "ES256 withdrawn, ES256 signing");
  EXPECT_EQ(published(), 1u);
}

TEST_F(KeysTest, KeysOutliveARestart) {
  ASSERT_EQ(service_.post("/keys", "{}").status, 201);
  const std::string before = kid_of_token();
  service_.stop();
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(kid_of_token(), before);
  EXPECT_EQ(keys(), "ES256 signing, ES256 published");
}

TEST_F(KeysTest, TheServerMakesTheNextKeyByItselfInTime) {
  service_.stop();
  clock_.advance(kSigningTime - kPublishedAhead);
  ASSERT_TRUE(service_.start());
  EXPECT_EQ(keys(), "ES256 signing, ES256 published");
}

TEST_F(KeysTest, AnAudienceChoosesItsAlgorithm) {
  const Answer declared =
      service_.post("/audiences", R"({"uri":"https://api.example.com","algorithm":"RS256"})");
  ASSERT_EQ(declared.status, 201) << declared.text;
  EXPECT_EQ(keys(), "ES256 signing, RS256 signing");
  const auto parts = take_apart(ask("&resource=https://api.example.com").at("access_token"));
  EXPECT_EQ(parts.header.string_member_or("alg", "").value(), "RS256");
  EXPECT_EQ(parts.claims.string_member_or("aud", "").value(), "https://api.example.com");

  const Answer changed = service_.post("/audiences", R"({"uri":"https://api.example.com"})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.at("audience.algorithm"), "ES256");
}

TEST_F(KeysTest, AnAudienceIsKeptToItsPackages) {
  ASSERT_EQ(service_.post("/audiences", R"({"uri":"urn:x:y","clients":["pkg_1"]})").status, 201);
  EXPECT_EQ(ask("&resource=urn:x:y").at("error"), "invalid_target");
  const Answer opened = service_.post("/audiences", R"({"uri":"urn:x:y","clients":["pkg_2"]})");
  EXPECT_EQ(opened.at("audience.clients.0"), client_id_);
  EXPECT_EQ(ask("&resource=urn:x:y").status, 200);
  ASSERT_EQ(service_.post("/audiences/remove", R"({"uri":"urn:x:y"})").status, 200);
  EXPECT_EQ(ask("&resource=urn:x:y").at("error"), "invalid_target");
  EXPECT_EQ(service_.post("/audiences/remove", R"({"uri":"urn:x:y"})").status, 404);
}

TEST_F(KeysTest, AnAudienceThatIsNoneIsRefused) {
  for (const auto* body :
       {R"({"uri":"api.example.com"})", R"({"uri":"https://a/#x"})", R"({})",
        R"({"uri":"urn:x:y","algorithm":"none"})", R"({"uri":"urn:x:y","algorithm":"HS256"})",
        R"({"uri":"http://authority.test"})", R"({"uri":"urn:x:y","resource_server":"me"})"}) {
    EXPECT_EQ(service_.post("/audiences", body).status, 400) << body;
  }
  EXPECT_EQ(service_.post("/audiences", R"({"uri":"urn:x:y","clients":["pkg_9"]})").status, 404);
}

}  // namespace
}  // namespace rekey::authority

#include "discovery/matcher_test_support.h"

#include <gtest/gtest.h>

#include <string>

#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

class MatcherTest : public FindTest {
 protected:
  Values values_{11};
};

TEST_F(MatcherTest, OursIsFoundByItsCheckCharactersWhateverStandsAround) {
  const std::string secret = values_.ours();
  EXPECT_EQ(found(secret, secret), "rekey-secret");
  EXPECT_EQ(found("a\"" + secret + "\"b", secret), "rekey-secret");
  EXPECT_EQ(found("\\n" + secret + "\\n", secret), "rekey-secret");
  const std::string other = values_.ours("Ab9x_");
  EXPECT_EQ(found("x=" + other + "&y", other), "rekey-secret");
  std::string typo = secret;
  typo.back() = typo.back() == '0' ? '1' : '0';
  EXPECT_EQ(found(typo, typo), "mce-secret");
}

TEST_F(MatcherTest, AForeignOneIsFoundByPrefixAndLength) {
  const std::string secret = values_.foreign();
  EXPECT_EQ(found("k: " + secret + "\n", secret), "mce-secret");
  EXPECT_EQ(found("k: " + secret + "x\n", secret), "nothing");
  const std::string with_dashes = "SFMC_" + values_.of("abcXYZ019_-", 59);
  EXPECT_EQ(found(with_dashes, with_dashes), "mce-secret");
  const std::string variable = "SFMC_" + std::string(29, 'A') + "_" + std::string(29, 'B');
  EXPECT_EQ(found(variable + "=1", variable), "nothing");
}

TEST_F(MatcherTest, ANameInAProgramIsNoValue) {
  for (const std::string name : {"DisabledOauthSignSource1", "ListPersonalAccessTokensOptions",
                                 "GoogleCloudConnectorsV1AuthConfigOauth2JwtBearer"}) {
    EXPECT_EQ(found("access_token: " + name + "\n", name), "nothing");
    EXPECT_EQ(found("sfmc client_secret: " + name + "\n", name), "nothing");
  }
}

TEST_F(MatcherTest, ALegacyOneNeedsTheNameOfItsKey) {
  const std::string secret = values_.legacy();
  for (const std::string text :
       {"client_secret=", "\"clientSecret\": \"", "SFMC_CLIENT_SECRET='", "setClientSecret(\"",
        "<add key=\"ClientSecret\" value=\"", "'clientsecret' => '",
        "\"key\":\"et_clientSecret\",\"value\":\"", "client-secret: "}) {
    EXPECT_EQ(found(text + secret + "\" ", secret), "mce-legacy-secret") << text;
  }
  EXPECT_EQ(found("id=" + secret, secret), "nothing");
  EXPECT_EQ(found("integrity " + secret, secret), "nothing");
  EXPECT_EQ(found("client_secret=" + secret + "A", secret), "nothing");
  EXPECT_EQ(found("client_secret=x/" + secret, secret), "nothing");
}

TEST_F(MatcherTest, AWeakNameNeedsSomethingNearby) {
  const std::string secret = values_.legacy();
  EXPECT_EQ(found("secret: " + secret, secret), "nothing");
  EXPECT_EQ(found("secret: " + secret + "\nurl: https://x.exacttargetapis.com", secret),
            "mce-legacy-secret");
  EXPECT_EQ(found("secret: " + secret, secret, "conf/sfmc.yaml"), "mce-legacy-secret");
}

TEST_F(MatcherTest, AnIdDirectlyBeforeItIsEnough) {
  const std::string secret = values_.legacy();
  const std::string pair = values_.client_id() + ":" + secret;
  EXPECT_EQ(found("https://" + pair + "@host/", secret), "mce-legacy-secret");
  EXPECT_EQ(found("Authorization: Basic " + base64_of(pair), secret), "mce-legacy-secret@base64");
}

TEST_F(MatcherTest, ASigningSecretIsNoClientSecret) {
  const std::string secret = values_.legacy();
  EXPECT_EQ(found("JWT_SECRET=" + secret, secret), "jwt-signing-secret");
  EXPECT_EQ(found("appSignature: '" + secret + "'", secret), "jwt-signing-secret");
}

TEST_F(MatcherTest, ClientIdsAndHostsAreFound) {
  const std::string id = values_.client_id();
  EXPECT_EQ(found("client_id: " + id, id), "mce-client-id");
  EXPECT_EQ(found("commit " + id, id), "nothing");
  const std::string object_id = values_.of("0123456789abcdef", 24);
  EXPECT_EQ(found("client_id: " + object_id, object_id), "nothing");
  const std::string host = values_.tenant() + ".auth.marketingcloudapis.com";
  EXPECT_EQ(found("https://" + host + "/v2/token", host), "mce-tenant-host");
  EXPECT_EQ(found("https://YOUR_SUBDOMAIN.auth.marketingcloudapis.com/",
                  "YOUR_SUBDOMAIN.auth.marketingcloudapis.com"),
            "nothing");
}

TEST_F(MatcherTest, OtherIssuersAreFoundByTheirForms) {
  const std::string url = std::string(base::kBase62Alphabet) + "_-";
  const std::string entra = values_.of(url, 3) + "8Q~" + values_.of(url, 34);
  EXPECT_EQ(found("x=" + entra + ";", entra), "entra-secret");
  const std::string google = "GOCSPX-" + values_.of(url, 28);
  EXPECT_EQ(found("\"" + google + "\"", google), "google-secret");
  const std::string amazon = "amzn1.oa2-cs.v1." + values_.of("0123456789abcdef", 64);
  EXPECT_EQ(found(amazon, amazon), "amazon-lwa-secret");
  const std::string auth0 = values_.of(url, 63) + "a";
  EXPECT_EQ(found("AUTH0_DOMAIN=x.auth0.com\nAUTH0_CLIENT_SECRET=" + auth0 + "\n", auth0),
            "auth0-secret");
  EXPECT_EQ(found("CLIENT_SECRET=" + auth0 + "\n", auth0), "nothing");
  const std::string okta = values_.of(url, 39) + "a";
  EXPECT_EQ(found("okta:\n  client-secret: " + okta + "\n", okta), "okta-secret");
  const std::string keycloak = values_.of(base::kBase62Alphabet, 32);
  EXPECT_EQ(found(R"({"realm":"keycloak","credentials":{"secret":")" + keycloak + "\"}}", keycloak),
            "keycloak-secret");
  const std::string uuid = "3f2b8c1d-77aa-4e0f-9b12-0c5d6e7f8a9b";
  EXPECT_EQ(found("auth-server-url: x\nsecret: " + uuid + "\n", uuid), "keycloak-secret");
}

TEST_F(MatcherTest, TokensAreFound) {
  const auto part = [](std::string_view text) {
    return base::base64url_encode(base::bytes_of(text));
  };
  const std::string jwt = part(R"({"alg":"HS256","typ":"JWT"})") + "." +
                          part(R"({"sub":"somebody","exp":1})") + "." +
                          values_.of(base::kBase62Alphabet, 43);
  EXPECT_EQ(found("token " + jwt, jwt), "access-token-jwt");
  const std::string opaque = values_.of(base::kBase62Alphabet, 200);
  EXPECT_EQ(found("Authorization: Bearer " + opaque, opaque), "access-token");
}

TEST_F(MatcherTest, EveryFormOfEverySecretIsFound) {
  const auto forms = [](const std::string& text) {
    std::string wrapped = base64_of(std::string(90, '#') + text);
    for (std::size_t at = 64; at < wrapped.size(); at += 65) wrapped.insert(at, "\n");
    return std::vector<std::string>{
        text,
        "x " + base64_of(text),
        "x " + base64_of("1" + text),
        "x " + base64_of("12" + text + "\n"),
        "x/" + base64_of(text),
        wrapped,
        base64_of(base64_of(text)),
        base::hex_encode(base::bytes_of(text)),
        utf16_of(text),
        utf16_of(text, false),
        base64_of(utf16_of(text)),
        escaped_of(text, "\\u00", ""),
        escaped_of(text, "\\x", ""),
        escaped_of(text, "%", ""),
        escaped_of(text, "&#x", ";"),
        escaped_of(text, "&#", ";", true),
        base64_of(escaped_of(text, "%", "")),
        std::string("\x7f\x45LF\0\0", 6) + text + std::string(3, '\0'),
    };
  };
  for (int round = 0; round < 20; ++round) {
    for (const std::string& secret : {values_.ours(), values_.foreign()}) {
      for (const std::string& form : forms(secret)) {
        EXPECT_NE(found(form, secret), "nothing") << form.substr(0, 12) << "…";
      }
    }
    const std::string legacy = values_.legacy();
    for (const std::string& form : forms("client_secret=" + legacy + "\n")) {
      EXPECT_NE(found(form, legacy), "nothing") << form.substr(0, 12) << "…";
    }
  }
}

TEST_F(MatcherTest, ADocumentWithinADocumentIsRead) {
  const std::string secret = values_.legacy();
  EXPECT_EQ(found(R"({"body":"{\"client_secret\":\")" + secret + R"(\"}"})", secret),
            "mce-legacy-secret");
  EXPECT_EQ(found(R"("env":"A=1\nSFMC_CLIENT_SECRET=)" + secret + R"(\nB=2")", secret),
            "mce-legacy-secret");
  EXPECT_EQ(found("<a b=\"&quot;clientSecret&quot;:&quot;" + secret + "&quot;\"/>", secret),
            "mce-legacy-secret");
  EXPECT_EQ(found("extra=%7B%22client_secret%22%3A%22" + secret + "%22%7D", secret),
            "mce-legacy-secret");
  EXPECT_EQ(found("data:\n  client_secret: " + base64_of(secret) + "\n", secret),
            "mce-legacy-secret@base64");
}

TEST_F(MatcherTest, AHitTellsTheBytesThatItComesFrom) {
  const std::string secret = values_.ours();
  const std::string text = "data:\n  x: " + base64_of("k=" + secret + ";") + "\n";
  const auto hits = matcher_.match(text, "x").hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_GE(hits[0].begin, text.find("x: ") + 3);
  EXPECT_LE(hits[0].end, text.size() - 1);
  EXPECT_EQ(matcher_.match("ab " + secret, "x").hits[0].begin, 3U);
}

TEST_F(MatcherTest, ALayerUponLayersEnds) {
  std::string text = values_.ours();
  for (int i = 0; i < 12; ++i) text = base64_of(text);
  EXPECT_TRUE(matcher_.match(text, "x").hits.empty());
  std::string percents;
  for (int i = 0; i < 3000; ++i) percents += "%25252525252525252541";
  EXPECT_TRUE(matcher_.match(percents, "x").hits.empty());
}

TEST_F(MatcherTest, MoreLayersThanAreTakenOffAreTold) {
  std::string text = "x " + values_.ours();
  for (int i = 0; i < kMaxLayers; ++i) text = base64_of(text);
  const Matches within = matcher_.match(text, "x");
  EXPECT_EQ(within.hits.size(), 1U);
  EXPECT_FALSE(within.is_cut);
  const Matches beyond = matcher_.match(base64_of(text), "x");
  EXPECT_TRUE(beyond.hits.empty());
  EXPECT_TRUE(beyond.is_cut);
}

// Each would be read again from every one of its anchors: a walk to the end from each does not end.
TEST_F(MatcherTest, AnchorsInARowAreReadOnce) {
  for (const char* part : {"marketingcloudapis", "Q~", "SFMC_", "GOCSPX-", "secret", "secret/",
                           "%4", "%41", "\\x41", "&#65;", "eyJ", "eyJ "}) {
    std::string text;
    while (text.size() < (std::size_t{1} << 18)) text += part;
    text += 'x';
    EXPECT_TRUE(matcher_.match(text, "x").hits.empty()) << part;
  }
}

TEST_F(MatcherTest, ANameMayTellWhichOfSeveralItIs) {
  const std::string secret = values_.legacy();
  for (const char* name : {"CLIENT_SECRET_OLD", "SFMC_CLIENT_SECRET_PROD", "clientSecret2",
                           "client_secret_staging_1", "CLIENT_SECRET_DEV", "clientSecrets"}) {
    EXPECT_EQ(found(std::string(name) + "=" + secret + "\n", secret), "mce-legacy-secret") << name;
  }
  EXPECT_EQ(found("JWT_SECRET_PROD=" + secret, secret), "jwt-signing-secret");
  EXPECT_EQ(found("latest=" + secret, secret), "nothing");
}

TEST_F(MatcherTest, EveryItemOfAListOfSecretsIsFound) {
  const std::vector<std::string> secrets{values_.legacy(), values_.legacy(), values_.legacy(),
                                         values_.legacy()};
  std::string yaml = "client_secrets:\n";
  std::string json = R"({"client_secrets": [)";
  for (const std::string& secret : secrets) {
    yaml += "  - " + secret + "\n";
    json += "\"" + secret + "\", ";
  }
  for (const std::string& secret : secrets) {
    EXPECT_EQ(found(yaml, secret), "mce-legacy-secret");
    EXPECT_EQ(found(json + "0]}", secret), "mce-legacy-secret");
  }
}

TEST_F(MatcherTest, AColumnIsNamedInTheFirstLineOfATable) {
  const std::string secret = values_.legacy();
  const std::string table = "name,client_id,client_secret\na,b,c\n\"x, y\",abc," + secret + "\n";
  EXPECT_EQ(found(table, secret), "mce-legacy-secret");
  EXPECT_EQ(found("name;Client Secret;x\r\na;\"" + secret + "\";1\r\n", secret),
            "mce-legacy-secret");
  EXPECT_EQ(found("client_secret,title\naa," + secret + "\n", secret), "nothing");
}

TEST_F(MatcherTest, AMarkInFrontOfHexadecimalDigitsIsNoneOfThem) {
  const std::string secret = values_.ours();
  const std::string digits = base::hex_encode(base::bytes_of("k=" + secret));
  for (const char* mark : {"0x", "0X", "\\x"}) {
    EXPECT_EQ(found("v: '" + std::string(mark) + digits + "'", secret), "rekey-secret@hex") << mark;
  }
}

TEST_F(MatcherTest, AForeignOneMayBeJoinedToTheNextWord) {
  const std::string secret = values_.foreign();
  EXPECT_EQ(found("see " + secret + "_ and", secret), "mce-secret");
  EXPECT_EQ(found("key-" + secret + "-old", secret), "mce-secret");
}

TEST_F(MatcherTest, ACallIsNoValue) {
  const std::string name = "readFromVaultOrThrow0123";
  ASSERT_EQ(name.size(), 24U);
  EXPECT_EQ(found("client_secret: " + name + "()", name), "nothing");
  EXPECT_EQ(found("client_secret: " + name + " ", name), "mce-legacy-secret");
}

TEST_F(MatcherTest, WhatIsNamedAsAKeyIsNoClientId) {
  const std::string value = values_.client_id();
  for (const char* name : {"encryption_key", "api_key", "key", "secret_id", "session_id"}) {
    EXPECT_EQ(found("sfmc: {" + std::string(name) + ": " + value + "}", value), "nothing") << name;
  }
}

TEST_F(MatcherTest, AShortValueOfTheUserIsFoundFromItsKey) {
  Detector acme;
  acme.id = "acme";
  acme.keys = {"acmetoken"};
  acme.key_words = {"token"};
  acme.alphabet = Alphabet::kUrl;
  acme.sizes = {16, 36};
  const Matcher matcher({acme});
  for (const std::string& value : {values_.of(base::kBase62Alphabet, 16),
                                   std::string("3f2b8c1d-77aa-4e0f-9b12-0c5d6e7f8a9b")}) {
    for (const char* name : {"acme_token: ", "ACME_TOKEN=", "\"acmeToken\": \""}) {
      const auto hits = matcher.match(name + value + "\"\n", "x").hits;
      ASSERT_EQ(hits.size(), 1U) << name;
      EXPECT_EQ(hits[0].value.reveal(), value);
    }
  }
}

TEST_F(MatcherTest, DetectorsOfTheUserAreLookedFor) {
  Detector acme;
  acme.id = "acme";
  acme.prefix = "acme_";
  acme.sizes = {25};
  const Matcher matcher({acme});
  const std::string value = "acme_" + values_.of(base::kBase62Alphabet, 20);
  const auto hits = matcher.match("x: " + value + "\n", "x").hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].detector->id, "acme");
}

}  // namespace
}  // namespace rekey::discovery

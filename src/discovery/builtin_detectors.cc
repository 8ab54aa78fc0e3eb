// The table of detectors. docs/discovery.md has a line for each; accuracy_test.cc measures each.
#include "credential/secret_format.h"
#include "discovery/detector.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kLegacySize = 24;  // contract section 3.4
constexpr std::string_view kMce = "marketing-cloud";

// Contract section 7.1.
const std::vector<std::string> kSecretKeys{"clientsecret", "consumersecret", "appclientsecret",
                                           "sfmcsecret",   "mcesecret",      "exacttargetsecret",
                                           "fuelsdksecret"};
// Secrets of another kind, in the same files.
const std::vector<std::string> kSigningKeys{"jwtsecret",     "jwtsigningsecret", "signingsecret",
                                            "jwtsigningkey", "appsignature",     "jwtkey"};
const std::vector<std::string> kMceWords{
    "marketingcloud", "marketing_cloud", "marketing cloud", "exacttarget",
    "sfmc",           "fuelsdk",         "mcdev",           "mcdata"};

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::vector<Detector> marketing_cloud() {
  const Detector legacy{.id = "mce-legacy-secret",
                        .title = "Marketing Cloud client secret, 24 characters",
                        .issuer = std::string(kMce),
                        .alphabet = Alphabet::kAlphanumeric,
                        .sizes = {kLegacySize},
                        .check = Check::kRandom,
                        .keys = kSecretKeys,
                        .other_keys = kSigningKeys,
                        .near = kMceWords,
                        .by_pair = true};
  // Names that say less need more around them.
  Detector by_weak_key = legacy;
  by_weak_key.keys = {"secret", "mcsecret", "etsecret", "password", "pwd"};
  by_weak_key.needs_near = true;
  return {
      {.id = "rekey-secret",
       .title = "Client secret of Rekey",
       .issuer = "rekey",
       .alphabet = Alphabet::kUrl,
       .sizes = {credential::kSecretSize},
       .check = Check::kOurs,
       .confidence = Confidence::kHigh},
      {.id = "mce-secret",
       .title = "Marketing Cloud client secret",
       .issuer = std::string(kMce),
       .prefix = std::string(credential::kDefaultSecretPrefix),
       .alphabet = Alphabet::kUrl,
       .sizes = {credential::kSecretSize},
       .check = Check::kForeignMce,
       .confidence = Confidence::kHigh},
      legacy,
      by_weak_key,
      {.id = "mce-client-id",
       .title = "Marketing Cloud client id",
       .role = Role::kClientId,
       .issuer = std::string(kMce),
       .alphabet = Alphabet::kLowerDigits,
       .sizes = {kLegacySize},
       .check = Check::kClientIdMce,
       .keys = {"clientid", "consumerkey", "client", "fuelsdkid", "sfmcid", "mceid"},
       .near = kMceWords},
      {.id = "mce-client-id",
       .title = "Marketing Cloud client id",
       .role = Role::kClientId,
       .issuer = std::string(kMce),
       .alphabet = Alphabet::kLowerDigits,
       .sizes = {kLegacySize},
       .check = Check::kClientIdMce,
       .keys = {"id", "username", "user", "login"},
       .other_keys = {"secretid", "sessionid", "sessid", "sid"},
       .near = kMceWords,
       .needs_near = true},
      {.id = "mce-tenant-host",
       .title = "Marketing Cloud tenant host",
       .role = Role::kHost,
       .issuer = std::string(kMce),
       .confidence = Confidence::kHigh},
  };
}

std::vector<Detector> tokens() {
  return {
      {.id = "access-token-jwt",
       .title = "Access token (JWT)",
       .role = Role::kToken,
       .prefix = "eyJ",
       .alphabet = Alphabet::kDotted,
       .min_size = 64,
       .max_size = 8192,
       .check = Check::kJwt,
       .confidence = Confidence::kMedium},
      {.id = "access-token",
       .title = "Access token",
       .role = Role::kToken,
       .alphabet = Alphabet::kDotted,
       .min_size = kLegacySize,
       .max_size = 2048,
       .check = Check::kRandom,
       .keys = {"accesstoken", "bearer", "bearertoken", "legacytoken", "oauthtoken"}},
      {.id = "jwt-signing-secret",
       .title = "JWT signing secret",
       .role = Role::kSigningSecret,
       .alphabet = Alphabet::kBase64,
       .min_size = kLegacySize,
       .max_size = 512,
       .check = Check::kUuidOrRandom,
       .keys = kSigningKeys,
       .near = kMceWords},
  };
}

std::vector<Detector> other_issuers() {
  const auto keys = joined(kSecretKeys, {"secret", "credentialssecret"});
  return {
      {.id = "entra-secret",
       .title = "Microsoft Entra client secret",
       .issuer = "entra",
       .alphabet = Alphabet::kDotted,
       .min_size = 37,
       .max_size = 40,
       .check = Check::kEntra,
       .confidence = Confidence::kHigh},
      {.id = "google-secret",
       .title = "Google client secret",
       .issuer = "google",
       .prefix = "GOCSPX-",
       .alphabet = Alphabet::kUrl,
       .sizes = {35},
       .confidence = Confidence::kHigh},
      {.id = "amazon-lwa-secret",
       .title = "Login with Amazon client secret",
       .issuer = "amazon",
       .prefix = "amzn1.oa2-cs.v1.",
       .alphabet = Alphabet::kHex,
       .sizes = {80},
       .confidence = Confidence::kHigh},
      {.id = "auth0-secret",
       .title = "Auth0 client secret",
       .issuer = "auth0",
       .alphabet = Alphabet::kUrl,
       .sizes = {64},
       .check = Check::kRandom,
       .keys = keys,
       .other_keys = kSigningKeys,
       .near = {"auth0"},
       .needs_near = true},
      {.id = "okta-secret",
       .title = "Okta client secret",
       .issuer = "okta",
       .alphabet = Alphabet::kUrl,
       .sizes = {40, 64},
       .check = Check::kRandom,
       .keys = keys,
       .other_keys = kSigningKeys,
       .near = {"okta"},
       .needs_near = true},
      {.id = "keycloak-secret",
       .title = "Keycloak client secret",
       .issuer = "keycloak",
       .alphabet = Alphabet::kUrl,
       .sizes = {32, 36},
       .check = Check::kUuidOrRandom,
       .keys = keys,
       .other_keys = kSigningKeys,
       .near = {"keycloak", "auth-server-url", "openid-connect"},
       .needs_near = true},
  };
}

}  // namespace

std::span<const Detector> builtin_detectors() {
  static const std::vector<Detector> kDetectors = [] {
    std::vector<Detector> all = marketing_cloud();
    for (auto more : {tokens(), other_issuers()}) {
      all.insert(all.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
    }
    return all;
  }();
  return kDetectors;
}

}  // namespace rekey::discovery

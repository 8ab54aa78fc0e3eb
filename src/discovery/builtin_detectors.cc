// The table of detectors. docs/discovery.md has a line for each; accuracy_test.cc measures each.
#include <utility>

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
  const Detector client_id{
      .id = "mce-client-id",
      .title = "Marketing Cloud client id",
      .role = Role::kClientId,
      .issuer = std::string(kMce),
      .alphabet = Alphabet::kLowerDigits,
      .sizes = {kLegacySize},
      .check = Check::kClientIdMce,
      .keys = {"clientid", "consumerkey", "client", "fuelsdkid", "sfmcid", "mceid"},
      .near = kMceWords,
      .by_pair = true};
  Detector by_weak_name = client_id;
  by_weak_name.keys = {"id", "username", "user", "login"};
  by_weak_name.other_keys = {"secretid", "sessionid", "sessid", "sid"};
  by_weak_name.needs_near = true;
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
      client_id,
      by_weak_name,
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

// Of an issuer whose secrets have no mark of their own: by the key's name and the issuer's nearby.
Detector near_issuer(std::string issuer, std::string name, std::vector<std::size_t> sizes,
                     std::vector<std::string> near) {
  return {.id = issuer + "-secret",
          .title = name + " client secret",
          .issuer = issuer,
          .alphabet = Alphabet::kUrl,
          .sizes = std::move(sizes),
          .check = Check::kRandom,
          .keys = joined(kSecretKeys, {"secret", "credentialssecret"}),
          .other_keys = kSigningKeys,
          .near = std::move(near),
          .needs_near = true};
}

std::vector<Detector> other_issuers() {
  Detector keycloak = near_issuer("keycloak", "Keycloak", {32, 36},
                                  {"keycloak", "auth-server-url", "openid-connect"});
  keycloak.check = Check::kUuidOrRandom;
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
      near_issuer("auth0", "Auth0", {64}, {"auth0"}),
      near_issuer("okta", "Okta", {40, 64}, {"okta"}),
      std::move(keycloak),
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

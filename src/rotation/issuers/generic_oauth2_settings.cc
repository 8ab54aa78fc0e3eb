#include "rotation/issuers/generic_oauth2_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "net/loopback.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;

constexpr std::array<std::string_view, 2> kAuthStyles{"basic", "body"};
constexpr std::array<std::string_view, 1> kActiveWhenStaged{"at_staging"};
constexpr std::array<std::string_view, 2> kWhoPicks{"issuer", "ours"};
constexpr std::string_view kUntilExpiry = "until_expiry";
constexpr std::string_view kUsualRefusal = "invalid_client";
constexpr std::int64_t kMostSlots = 4;
constexpr int kUsualSlots = 2;
constexpr Duration kUsualTimeout = std::chrono::seconds{30};
constexpr Duration kLongestTimeout = std::chrono::minutes{10};
// Every character that is seen; and of our own values those that need no escape anywhere.
constexpr std::string_view kAnyCharacter = "!-~";
constexpr std::string_view kOurCharacters = "A-Za-z0-9";
// As many as a key of AES-128 has.
constexpr double kLeastBits = 128;

tl::unexpected<base::Error> wrong(std::string detail) {
  return base::fail(Code::kInvalidArgument, std::move(detail));
}

std::vector<std::string> words_of(const DriverSpec& spec, std::string_view name) {
  return spec.words(name).value_or(std::vector<std::string>());
}

bool is_error_code(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

base::Status read_endpoint(const DriverSpec& spec, TokenEndpoint& endpoint) {
  endpoint.url = spec.text("token_url");
  if (!endpoint.url.empty() && !net::may_carry_secrets(endpoint.url)) {
    return wrong(
        "token_url carries secrets, so it begins with https:// (http:// only on this machine); "
        "write it as https://issuer.example/oauth2/token");
  }
  endpoint.is_basic = spec.text("auth_style") == kAuthStyles[0];
  endpoint.scope = spec.text("scope");
  endpoint.refusals = words_of(spec, "refused_errors");
  if (endpoint.refusals.empty()) endpoint.refusals.emplace_back(kUsualRefusal);
  for (const std::string& code : endpoint.refusals) {
    if (is_error_code(code)) continue;
    return wrong(
        "refused_errors are codes of token answers (RFC 6749 section 5.2): letters, digits and "
        "._- alone; write them as [invalid_client, unauthorized_client]");
  }
  return {};
}

base::Status read_overlap(const DriverSpec& spec, GenericOAuth2Settings& settings) {
  const std::string text = spec.text("overlap");
  if (text.empty() || text == kUntilExpiry) return {};
  const auto parsed = base::parse_duration(text);
  if (!parsed) {
    return wrong(
        "overlap is how long the old secret works after the activation: 0, a time such as 24h, or "
        "until_expiry");
  }
  settings.activation_ends_old = *parsed == Duration{0};
  settings.overlap = *parsed;
  return {};
}

base::Status read_shape(const DriverSpec& spec, GenericOAuth2Settings& settings) {
  settings.is_value_ours = spec.text("value") == kWhoPicks[1];
  settings.has_length = spec.find("secret_length") != nullptr;
  std::string alphabet = spec.text("secret_alphabet");
  if (alphabet.empty()) alphabet = settings.is_value_ours ? kOurCharacters : kAnyCharacter;
  REKEY_TRY(settings.shape, SecretShape::parse(spec.text("secret_length"), alphabet));
  if (!settings.is_value_ours) return {};
  if (!settings.has_length || settings.shape.lengths().size() != 1) {
    return wrong("value: ours needs one secret_length: how many characters Rekey is to make");
  }
  const double bits = static_cast<double>(settings.shape.lengths().front()) *
                      std::log2(static_cast<double>(settings.shape.characters().size()));
  if (bits >= kLeastBits) return {};
  return wrong(fmt::format(
      "a secret of that secret_length over that secret_alphabet has {:.0f} bits, which can be "
      "guessed; give it {:.0f} or more",
      std::floor(bits), kLeastBits));
}

// What cannot be done, and what nobody could see done.
base::Status check_deeds(const DriverSpec& spec, const GenericOAuth2Settings& settings) {
  const bool is_staged_by_hand = settings.stage_command.empty();
  if (settings.is_value_ours && is_staged_by_hand) {
    return wrong("value: ours needs a stage_command: no person is to carry it to the issuer");
  }
  if (is_staged_by_hand && !settings.has_length) {
    return wrong(
        "a person brings the new value, so secret_length is needed: an incomplete copy is "
        "known by it");
  }
  if (settings.is_active_when_staged && settings.activation_ends_old) {
    return wrong(
        "activates: at_staging with overlap: 0 would end the present secret while every consumer "
        "holds it; where the issuer leaves it alive for a while, write that as overlap");
  }
  if (settings.is_active_when_staged && !settings.activate_command.empty()) {
    return wrong("activates: at_staging leaves nothing to an activate_command; take one out");
  }
  const bool is_activated_by_hand =
      !settings.is_active_when_staged && settings.activate_command.empty();
  if (is_activated_by_hand && !settings.activation_ends_old && spec.find("overlap") != nullptr) {
    return wrong(
        "where the old secret outlives the activation, nobody can see whether a person has "
        "activated: give an activate_command, or activates: at_staging where there is no such "
        "step");
  }
  const bool is_revoked_by_hand = settings.revoke_command.empty() && !settings.activation_ends_old;
  const bool is_by_hand = is_staged_by_hand || is_activated_by_hand || is_revoked_by_hand;
  if (!is_by_hand || !settings.where.empty()) return {};
  return wrong(fmt::format("a person {} here, so where is needed: the way to the page, in words",
                           is_staged_by_hand      ? "stages"
                           : is_activated_by_hand ? "activates"
                                                  : "ends the old secret"));
}

KeySpec duration_key(std::string_view name, std::string_view help, Duration longest) {
  KeySpec key{name, KeyType::kDuration, false, help};
  key.longest = longest;
  return key;
}

}  // namespace

std::vector<KeySpec> generic_oauth2_keys() {
  KeySpec slots{"live_limit", KeyType::kNumber, false,
                "secrets of one client that work at once; 2 where not given"};
  slots.most = kMostSlots;
  return {
      {"token_url", KeyType::kText, true,
       "the token endpoint: https://issuer.example/oauth2/token"},
      {"auth_style", KeyType::kChoice, true,
       "basic: id and secret in the header; body: in the form", kAuthStyles},
      {"overlap", KeyType::kText, true,
       "how long the old secret works after the activation: 0, a time, or until_expiry"},
      {"scope", KeyType::kText, false, "scope that token requests ask for"},
      {"refused_errors", KeyType::kTexts, false,
       "error codes that mean that the secret is refused; invalid_client where not given"},
      slots,
      duration_key("settle", "until a staged secret works", std::chrono::hours{24}),
      duration_key("generation_interval", "least time between two new secrets", base::Days{30}),
      duration_key("ttl", "life of a secret; left out: no end is known", base::Days{3650}),
      {"value", KeyType::kChoice, false, "who makes the new value: issuer (the usual), or ours",
       kWhoPicks},
      {"secret_length", KeyType::kText, false, "characters that a new secret has: 40, or 24,64"},
      {"secret_alphabet", KeyType::kText, false, "its characters, as ranges: A-Za-z0-9_-"},
      {"activates", KeyType::kChoice, false,
       "at_staging: a new secret is active at once, and there is no other step", kActiveWhenStaged},
      {"stage_command", KeyType::kWords, false, "the program that stages, and its arguments"},
      {"activate_command", KeyType::kWords, false, "the program that activates"},
      {"revoke_command", KeyType::kWords, false, "the program that ends the old secret"},
      duration_key("timeout", "how long one of them may take; 30s where not given",
                   kLongestTimeout),
      {"where", KeyType::kText, false, "the way to the issuer's page, for a person"},
      {"notes", KeyType::kText, false, "what else a person has to see there"},
  };
}

base::Result<GenericOAuth2Settings> read_generic_oauth2(const DriverSpec& spec) {
  GenericOAuth2Settings settings;
  REKEY_CHECK(read_endpoint(spec, settings.endpoint));
  settings.live_limit = static_cast<int>(spec.number("live_limit").value_or(kUsualSlots));
  settings.settle = spec.duration("settle").value_or(Duration{0});
  settings.generation_interval = spec.duration("generation_interval").value_or(Duration{0});
  settings.ttl = spec.duration("ttl");
  REKEY_CHECK(read_overlap(spec, settings));
  settings.is_active_when_staged = spec.find("activates") != nullptr;
  settings.stage_command = words_of(spec, "stage_command");
  settings.activate_command = words_of(spec, "activate_command");
  settings.revoke_command = words_of(spec, "revoke_command");
  settings.timeout = spec.duration("timeout").value_or(kUsualTimeout);
  settings.where = spec.text("where");
  settings.notes = spec.text("notes");
  REKEY_CHECK(read_shape(spec, settings));
  REKEY_CHECK(check_deeds(spec, settings));
  return settings;
}

}  // namespace rekey::rotation

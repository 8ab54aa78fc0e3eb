#include "discovery/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "credential/secret_format.h"
#include "discovery/layers.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::pair<std::string_view, Alphabet>, 6> kAlphabets{
    {{"alphanumeric", Alphabet::kAlphanumeric},
     {"lower-digits", Alphabet::kLowerDigits},
     {"hex", Alphabet::kHex},
     {"url", Alphabet::kUrl},
     {"dotted", Alphabet::kDotted},
     {"base64", Alphabet::kBase64}}};

// The other checks are of one issuer's form each.
constexpr std::array<std::pair<std::string_view, Check>, 3> kChecks{
    {{"none", Check::kNone}, {"random", Check::kRandom}, {"uuid-or-random", Check::kUuidOrRandom}}};

bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_hex_letter(char c) noexcept {
  return c >= 'a' && c <= 'f';
}

// Words that no random value holds, and examples do.
bool is_example(std::string_view value) {
  constexpr std::array<std::string_view, 12> kWords{
      "secret", "client",    "example", "password", "placeholder", "sample",
      "change", "yourvalue", "abcdefg", "1234567",  "redacted",    "dummy"};
  std::string lower;
  for (const char c : value) lower += base::to_lower(c);
  const bool has_word = std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return lower.find(word) != std::string::npos;
  });
  base::wipe(lower.data(), lower.size());
  return has_word;
}

// Whether nearly all of it is words as names in programs have them: "ListAccessTokenOptions".
bool is_name(std::string_view value) {
  constexpr std::size_t kShortestWord = 3;  // lower-case letters, with or without a capital before
  constexpr std::size_t kOfHundred = 85;
  std::size_t in_words = 0;
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at;
    while (end < value.size() && is_lower(value[end])) ++end;
    const std::size_t size = end - at;
    if (size >= kShortestWord) in_words += size + (at > 0 && is_upper(value[at - 1]) ? 1 : 0);
    at = end + 1;
  }
  return in_words * 100 >= value.size() * kOfHundred;
}

// Whether `value` is drawn from letters of both cases and digits: words and numbers are not. Of
// random values of 24 characters it loses 1 in 10,000.
bool is_random(std::string_view value) {
  constexpr std::size_t kFewestDifferent = 10;
  constexpr std::size_t kFewestSteps = 7;
  std::array<bool, 256> seen{};
  std::size_t different = 0;
  std::size_t steps = 0;  // from one class to another
  bool has_lower = false;
  bool has_upper = false;
  bool has_digit = false;
  char before = '\0';
  for (const char c : value) {
    bool& is_seen = seen[static_cast<unsigned char>(c)];
    different += is_seen ? 0 : 1;
    is_seen = true;
    has_lower = has_lower || is_lower(c);
    has_upper = has_upper || is_upper(c);
    has_digit = has_digit || is_digit(c);
    const bool is_step =
        before != '\0' && (is_lower(c) != is_lower(before) || is_upper(c) != is_upper(before));
    steps += is_step ? 1 : 0;
    before = c;
  }
  if (different < kFewestDifferent || !has_lower || !has_upper) return false;
  if (!has_digit && steps < kFewestSteps) return false;
  return steps >= kFewestSteps - 3 && !is_name(value) && !is_example(value);
}

bool is_uuid(std::string_view value) noexcept {
  if (value.size() != 36) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = base::to_lower(value[i]);
    if (is_dash ? c != '-' : !is_digit(c) && !is_hex_letter(c)) return false;
  }
  return true;
}

// Hexadecimal numbers of 24 digits are identifiers of databases.
bool is_client_id(std::string_view value) noexcept {
  const bool has_digit = std::any_of(value.begin(), value.end(), is_digit);
  const bool has_letter = std::any_of(value.begin(), value.end(),
                                      [](char c) { return is_lower(c) && !is_hex_letter(c); });
  return has_digit && has_letter && !is_example(value);
}

bool is_entra(std::string_view value) noexcept {
  return value.size() > 6 && is_digit(value[3]) && value.substr(4, 2) == "Q~";
}

// RFC 7519 section 3, with the header of RFC 7515 section 4.1.1.
bool is_jwt(std::string_view value) {
  const std::size_t first = value.find('.');
  if (first == std::string_view::npos) return false;
  const std::size_t second = value.find('.', first + 1);
  if (second == std::string_view::npos || value.find('.', second + 1) != std::string_view::npos) {
    return false;
  }
  const Decoded header = decode_base64(value, {0, first}, 0);
  return header.text().starts_with('{') && header.text().find("\"alg\"") != std::string_view::npos;
}

bool passes(Check check, std::string_view value) {
  switch (check) {
    case Check::kNone:
      return true;
    case Check::kRandom:
      return is_random(value);
    case Check::kOurs:
      return credential::is_well_formed_secret(value);
    case Check::kForeignMce:
      return is_random(value.substr(credential::kSecretPrefixSize)) &&
             !credential::is_well_formed_secret(value);
    case Check::kEntra:
      return is_entra(value);
    case Check::kClientIdMce:
      return is_client_id(value);
    case Check::kJwt:
      return is_jwt(value);
    case Check::kUuidOrRandom:
      return is_uuid(value) || is_random(value);
  }
  return false;
}

template <typename T, std::size_t size>
Result<T> from_name(const std::array<std::pair<std::string_view, T>, size>& table,
                    std::string_view what, std::string_view name) {
  std::string names;
  for (const auto& [known, value] : table) {
    if (known == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  return fail(Code::kInvalidArgument, fmt::format("{} is one of {}", what, names));
}

}  // namespace

std::string_view name_of(Role role) noexcept {
  switch (role) {
    case Role::kSecret:
      return "client-secret";
    case Role::kSigningSecret:
      return "signing-secret";
    case Role::kToken:
      return "access-token";
    case Role::kClientId:
      return "client-id";
    case Role::kHost:
      return "tenant-host";
  }
  return "";
}

std::string_view name_of(Confidence confidence) noexcept {
  switch (confidence) {
    case Confidence::kLow:
      return "low";
    case Confidence::kMedium:
      return "medium";
    case Confidence::kHigh:
      return "high";
  }
  return "";
}

Result<Alphabet> alphabet_from(std::string_view name) {
  return from_name(kAlphabets, "an alphabet", name);
}

Result<Check> check_from(std::string_view name) {
  return from_name(kChecks, "a check", name);
}

std::string normalise_key(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (holds(Alphabet::kAlphanumeric, c)) key += base::to_lower(c);
  }
  return key;
}

bool has_size(const Detector& detector, std::size_t size) noexcept {
  if (detector.sizes.empty()) return size >= detector.min_size && size <= detector.max_size;
  return std::find(detector.sizes.begin(), detector.sizes.end(), size) != detector.sizes.end();
}

std::size_t longest_size(const Detector& detector) noexcept {
  if (detector.sizes.empty()) return detector.max_size;
  return *std::max_element(detector.sizes.begin(), detector.sizes.end());
}

std::size_t size_before_joint(const Detector& detector, std::string_view run) noexcept {
  if (detector.check == Check::kNone) return run.size();
  for (const std::size_t size : detector.sizes) {
    if (run.size() > size && (run[size] == '-' || run[size] == '_')) return size;
  }
  return run.size();
}

bool fits(const Detector& detector, std::string_view value) {
  if (!has_size(detector, value.size()) || !value.starts_with(detector.prefix)) return false;
  const auto rest = value.substr(detector.prefix.size());
  const bool is_of_alphabet =
      std::all_of(rest.begin(), rest.end(), [&](char c) { return holds(detector.alphabet, c); });
  return is_of_alphabet && passes(detector.check, value);
}

std::string shown_part(const Detector& detector, std::string_view value) {
  if (!is_sensitive(detector.role)) return std::string(value);
  if (detector.check == Check::kOurs) {
    return std::string(value.substr(0, credential::kSecretShownSize));
  }
  return detector.prefix;
}

}  // namespace rekey::discovery

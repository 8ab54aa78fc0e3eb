// Detectors are data: a row says how a value looks, by which names and neighbours it is known, and
// what checks it. docs/discovery.md describes each and how to add one.
//
// Two kinds. A row with a `prefix` is found by it, whatever stands around. A row without one is
// found only by its context: the name of its key, or what stands near it.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::discovery {

enum class Role {
  kSecret,         // an OAuth client secret
  kSigningSecret,  // a key that signs JWTs: no client secret, though it stands beside one
  kToken,          // an access token
  kClientId,       // no secret: names the credential
  kHost,           // no secret: names the tenant
};
[[nodiscard]] std::string_view name_of(Role role) noexcept;
[[nodiscard]] constexpr bool is_sensitive(Role role) noexcept {
  return role != Role::kClientId && role != Role::kHost;
}

enum class Confidence { kLow, kMedium, kHigh };
[[nodiscard]] std::string_view name_of(Confidence confidence) noexcept;

// What characters a value has.
enum class Alphabet {
  kAlphanumeric,  // [A-Za-z0-9]
  kLowerDigits,   // [a-z0-9]
  kHex,           // [0-9a-f]
  kUrl,           // [A-Za-z0-9_-]
  kDotted,        // [A-Za-z0-9_.~-]
  kBase64,        // [A-Za-z0-9+/=_-]
};
// One bit of each byte for each alphabet that holds it.
inline constexpr std::array<std::uint8_t, 256> kAlphabetBits = [] {
  std::array<std::uint8_t, 256> bits{};
  const auto give = [&bits](std::string_view bytes, std::initializer_list<Alphabet> alphabets) {
    for (const char c : bytes) {
      for (const Alphabet alphabet : alphabets) {
        std::uint8_t& of = bits[static_cast<unsigned char>(c)];
        of = static_cast<std::uint8_t>(of | 1U << static_cast<unsigned>(alphabet));
      }
    }
  };
  using enum Alphabet;
  give("ABCDEFGHIJKLMNOPQRSTUVWXYZ", {kAlphanumeric, kUrl, kDotted, kBase64});
  give("abcdefghijklmnopqrstuvwxyz0123456789",
       {kAlphanumeric, kLowerDigits, kUrl, kDotted, kBase64});
  give("abcdef0123456789", {kHex});
  give("_-", {kUrl, kDotted, kBase64});
  give(".~", {kDotted});
  give("+/=", {kBase64});
  return bits;
}();
[[nodiscard]] inline bool holds(Alphabet alphabet, char c) noexcept {
  return (kAlphabetBits[static_cast<unsigned char>(c)] >> static_cast<unsigned>(alphabet) & 1U) !=
         0;
}
// kInvalidArgument names those that there are.
[[nodiscard]] base::Result<Alphabet> alphabet_from(std::string_view name);

// What a value has to pass beside its shape.
enum class Check {
  kNone,
  kRandom,        // mixes cases and digits as random values do, and is no example's
  kOurs,          // docs/secret-format.md: version, kind and check characters
  kForeignMce,    // contract section 3.4: random, and not ours
  kEntra,         // "Q~" behind three characters and a digit
  kClientIdMce,   // letters and digits, and no hexadecimal number
  kJwt,           // three parts, the first a JSON header with "alg"
  kUuidOrRandom,  // a UUID, or kRandom
};
[[nodiscard]] base::Result<Check> check_from(std::string_view name);

// Of the user's rows: no value is shorter.
inline constexpr std::size_t kShortestOwnValue = 8;

struct Detector {
  std::string id{};     // "mce-legacy-secret"
  std::string title{};  // "Marketing Cloud client secret, legacy form"
  Role role = Role::kSecret;
  std::string issuer{};                         // "marketing-cloud"; empty: any
  std::string prefix{};                         // part of the value
  Alphabet alphabet = Alphabet::kAlphanumeric;  // of what follows the prefix
  std::vector<std::size_t> sizes{};             // of the whole; empty: from min_size to max_size
  std::size_t min_size = 0;
  std::size_t max_size = 0;
  Check check = Check::kNone;
  // Ends of key names, letters and digits alone, in lower case: "clientsecret". A value whose key
  // ends in one of `other_keys` is something else.
  std::vector<std::string> keys{};
  std::vector<std::string> other_keys{};
  // Of a row of the user's with `keys`: a part of each name, in lower case, without separators,
  // from which the search begins. Values may then be shorter than kRunSize.
  std::vector<std::string> key_words{};
  // Words of which one stands near the value or in its path, in lower case.
  std::vector<std::string> near{};
  bool needs_near = false;  // else they only raise the confidence to kHigh
  bool by_pair = false;     // a client id directly before it ("id:value") is context enough
  Confidence confidence = Confidence::kMedium;
};

// Every detector that is built in.
[[nodiscard]] std::span<const Detector> builtin_detectors();

// The ends of key names that say that a value is secret, or which other thing of the built-in rows
// it is: normalised as in Detector::keys.
[[nodiscard]] std::string normalise_key(std::string_view name);

// Whether a value may be so long.
[[nodiscard]] bool has_size(const Detector& detector, std::size_t size) noexcept;

// Of a value, in bytes.
[[nodiscard]] std::size_t longest_size(const Detector& detector) noexcept;

// How much of a run of its alphabet may be a value of the row: less than all where a dash or an
// underscore joins a value of a fixed size to the next word, and a check tells it from a name.
[[nodiscard]] std::size_t size_before_joint(const Detector& detector,
                                            std::string_view run) noexcept;

// Whether a value has the shape and passes the check of the row; its context is not looked at.
[[nodiscard]] bool fits(const Detector& detector, std::string_view value);

// What may be shown of a value: nothing of one whose form has no part that is not secret.
[[nodiscard]] std::string shown_part(const Detector& detector, std::string_view value);

}  // namespace rekey::discovery

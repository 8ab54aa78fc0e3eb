// The format of a client secret: docs/secret-format.md has the layout and the test vectors.
//
//   PPPPP V K TTTTTT R×45 C×6     64 characters of [A-Za-z0-9_]
//   prefix, version, kind, slot tag, random base62, CRC-32 of the 58 before in base62
//
// Foreign and legacy values (import only) have an alphabet and a length, and no check. Pure: the
// randomness is an argument.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "credential/ids.h"

namespace rekey::credential {

inline constexpr std::size_t kSecretSize = 64;
inline constexpr std::size_t kSecretPrefixSize = 5;
inline constexpr std::size_t kSecretShownSize = 13;  // holds no random character
inline constexpr std::size_t kSecretRandomSize = 45;
inline constexpr std::string_view kDefaultSecretPrefix = "SFMC_";

enum class SecretKind : char { kProduction = 'p', kSandbox = 's', kTest = 't' };

// What make_secret needs beside the randomness.
struct SecretShape {
  std::string prefix = std::string(kDefaultSecretPrefix);
  SecretKind kind = SecretKind::kProduction;
  SlotTag slot = default_slot();
};

// Builds a new value. `entropy` must hold at least 90 uniformly random bytes; rejection sampling
// takes 6-bit groups below 62. kInvalidArgument for a prefix that is not 4 of [A-Za-z0-9] and "_";
// kLimitReached when the entropy ran out (draw again).
[[nodiscard]] base::Result<base::Secret> make_secret(const SecretShape& shape,
                                                     std::span<const std::uint8_t> entropy);

// The facts that a well-formed value of ours tells without any key.
struct ParsedSecret {
  std::string_view prefix;
  SecretKind kind;
  std::string_view slot_tag;  // 6 characters; "000000" is the default slot
};

// Checks length, alphabet, version, kind and check characters. Allocates nothing on success. The
// error says what is wrong ("the check characters do not match: a typing or copying mistake") and
// never holds the value.
[[nodiscard]] base::Result<ParsedSecret> parse_secret(std::string_view value);

// True where parse_secret would succeed; for the hot path: no message, no allocation.
[[nodiscard]] bool is_well_formed_secret(std::string_view value) noexcept;

// What may be shown of a value: the first 13 characters of ours, "SFMC_" of a foreign one with that
// prefix, nothing of a legacy one.
[[nodiscard]] std::string shown_prefix(std::string_view value);

// An accepted shape of values made elsewhere.
struct ForeignShape {
  std::string prefix;              // "SFMC_" or empty
  std::size_t size = 24;           // whole length, prefix included
  bool allows_underscore = false;  // beside [A-Za-z0-9], after the prefix
};

// The two shapes of contract section 3.4: 24 × [A-Za-z0-9], and "SFMC_" + 59.
[[nodiscard]] std::span<const ForeignShape> default_foreign_shapes();

// Ok where the value is ours or has one of the shapes.
[[nodiscard]] base::Status check_importable(std::string_view value,
                                            std::span<const ForeignShape> shapes);

}  // namespace rekey::credential

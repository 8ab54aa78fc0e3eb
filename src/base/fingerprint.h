// A keyed fingerprint stands for a secret everywhere that the value must not be.
//
// HMAC-SHA-256 of the value under a key kept outside the database (crypto/fingerprint_key.h makes
// it), with the id of that key. Safe to store and to show; useless without the key.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::base {

struct Fingerprint {
  std::uint32_t key_id = 0;
  std::array<std::uint8_t, 32> digest{};
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};

// Both digests are read to the end whatever they hold.
[[nodiscard]] bool equal_in_constant_time(const Fingerprint& a, const Fingerprint& b) noexcept;

// What people see: "fp:" and the first 12 hex digits.
[[nodiscard]] std::string display(const Fingerprint& fingerprint);

// Storage form, 8 + 1 + 64 characters: key id in hex, ".", digest in hex.
[[nodiscard]] std::string to_text(const Fingerprint& fingerprint);
[[nodiscard]] Result<Fingerprint> fingerprint_from_text(std::string_view text);

}  // namespace rekey::base

// The root key: 32 random bytes in a file outside the database. Every other key is derived from it
// (HKDF-SHA-256, RFC 5869) under a label, so that one file is all there is to guard.
//
// File form, one line: "rekey-root-key-1 " and 43 characters of base64url, and a line feed.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::crypto {

inline constexpr std::size_t kKeySize = 32;

class RootKey {
 public:
  [[nodiscard]] static RootKey generate();
  // kInvalidArgument where the text is not a key file; never echoes it.
  [[nodiscard]] static base::Result<RootKey> parse(std::string_view file_text);
  [[nodiscard]] base::Secret format() const;

  // kKeySize bytes that depend on the root and the label only.
  [[nodiscard]] base::Secret derive(std::string_view label) const;
  // Names this key in fingerprints and sealed values; says nothing about it.
  [[nodiscard]] std::uint32_t id() const;

 private:
  explicit RootKey(base::Secret bytes) : bytes_(std::move(bytes)) {}
  base::Secret bytes_;
};

}  // namespace rekey::crypto

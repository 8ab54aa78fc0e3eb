// HKDF-SHA-256 (RFC 5869): keys from a key, one for each label.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/secret.h"

namespace rekey::crypto {

struct HkdfInput {
  std::string_view key;   // not empty
  std::string_view salt;  // may be empty
  std::string_view info;  // may be empty
};

// `size_bytes` of output keying material, 1 to 8160 (RFC 5869 section 2.3).
[[nodiscard]] base::Secret hkdf_sha256(const HkdfInput& input, std::size_t size_bytes);

}  // namespace rekey::crypto

// Sealing at rest: AES-256-GCM under a key derived from the root, with a random 96-bit nonce.
//
// Form: 1 byte version, 4 bytes key id, 12 bytes nonce, ciphertext, 16 bytes tag. `context` is
// authenticated and not stored: a sealed value moved elsewhere does not open.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/root_key.h"

namespace rekey::crypto {

[[nodiscard]] std::vector<std::uint8_t> seal(const RootKey& root, std::string_view context,
                                             std::string_view value);
// kCorrupt where it was changed or the context differs; kNotFound where another key sealed it.
[[nodiscard]] base::Result<base::Secret> open(const RootKey& root, std::string_view context,
                                              std::span<const std::uint8_t> sealed);

}  // namespace rekey::crypto

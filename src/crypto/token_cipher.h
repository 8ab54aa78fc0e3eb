// The AEAD under access tokens: AES-256-GCM with an explicit 96-bit IV and kept contexts.
//
// The caller guarantees that an IV is never used twice under one key (authority/token_minter.h says
// how). One object per thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/secret.h"

namespace rekey::crypto {

using TokenIv = std::array<std::uint8_t, 12>;
inline constexpr std::size_t kTokenTagSize = 16;

class TokenCipher {
 public:
  // `key`: 32 bytes.
  explicit TokenCipher(const base::Secret& key);
  TokenCipher(TokenCipher&&) noexcept;
  TokenCipher& operator=(TokenCipher&&) noexcept;
  ~TokenCipher();

  // Writes plaintext.size() bytes to `ciphertext` and the tag to `tag`. Allocates nothing.
  void encrypt(const TokenIv& iv, std::span<const std::uint8_t> associated,
               std::span<const std::uint8_t> plaintext, std::uint8_t* ciphertext,
               std::span<std::uint8_t, kTokenTagSize> tag) noexcept;
  // False where anything was changed. Allocates nothing.
  [[nodiscard]] bool decrypt(const TokenIv& iv, std::span<const std::uint8_t> associated,
                             std::span<const std::uint8_t> ciphertext,
                             std::span<const std::uint8_t, kTokenTagSize> tag,
                             std::uint8_t* plaintext) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::crypto

// Ed25519 signatures (RFC 8032), for the ledger's checkpoints.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::crypto {

using Signature = std::array<std::uint8_t, 64>;
using PublicKey = std::array<std::uint8_t, 32>;

class SigningKey {
 public:
  // `seed`: 32 bytes, such as RootKey::derive gives.
  explicit SigningKey(const base::Secret& seed);
  SigningKey(SigningKey&&) noexcept;
  ~SigningKey();
  [[nodiscard]] Signature sign(std::span<const std::uint8_t> message) const;
  [[nodiscard]] PublicKey public_key() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool is_valid_signature(const PublicKey& key, std::span<const std::uint8_t> message,
                                      std::span<const std::uint8_t> signature);

}  // namespace rekey::crypto

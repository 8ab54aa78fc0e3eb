// ECDSA over P-256 with SHA-256 (FIPS 186-5), to check what others signed.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace rekey::crypto {

// A public key of others. Movable; one object may be used by several threads.
class EcdsaPublicKey {
 public:
  // SubjectPublicKeyInfo in PEM (RFC 7468 section 13). kInvalidArgument where it is none, or of
  // another curve or algorithm.
  [[nodiscard]] static base::Result<EcdsaPublicKey> from_pem(std::string_view pem);
  EcdsaPublicKey(EcdsaPublicKey&&) noexcept;
  EcdsaPublicKey& operator=(EcdsaPublicKey&&) noexcept;
  ~EcdsaPublicKey();

  // `signature`: ECDSA-Sig-Value in DER (RFC 3279 section 2.2.3). Anything else is not valid.
  [[nodiscard]] bool is_valid(std::span<const std::uint8_t> message,
                              std::span<const std::uint8_t> signature) const;

 private:
  struct State;
  explicit EcdsaPublicKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::crypto

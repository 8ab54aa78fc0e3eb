#include "crypto/signing.h"

#include <openssl/err.h>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {

struct SigningKey::State {
  PrivateOrPublicKey key;
};

SigningKey::SigningKey(const base::Secret& seed) : state_(std::make_unique<State>()) {
  REKEY_ASSERT(seed.size_bytes() == 32);
  state_->key.reset(EVP_PKEY_new_raw_private_key_ex(
      nullptr, "ED25519", nullptr, base::bytes_of(seed.reveal()).data(), seed.size_bytes()));
  REKEY_ASSERT(state_->key != nullptr);
}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Signature SigningKey::sign(std::span<const std::uint8_t> message) const {
  const auto context = new_digest_context();
  Signature signature;
  std::size_t size = signature.size();
  REKEY_ASSERT(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                     state_->key.get(), nullptr) == 1);
  REKEY_ASSERT(
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  REKEY_ASSERT(size == signature.size());
  return signature;
}

PublicKey SigningKey::public_key() const {
  PublicKey key;
  std::size_t size = key.size();
  REKEY_ASSERT(EVP_PKEY_get_raw_public_key(state_->key.get(), key.data(), &size) == 1);
  REKEY_ASSERT(size == key.size());
  return key;
}

bool is_valid_signature(const PublicKey& key, std::span<const std::uint8_t> message,
                        std::span<const std::uint8_t> signature) {
  const PrivateOrPublicKey public_key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, key.data(), key.size()));
  const auto context = new_digest_context();
  const bool is_valid = public_key != nullptr &&
                        EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                                public_key.get(), nullptr) == 1 &&
                        EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                         message.data(), message.size()) == 1;
  // A wrong signature is an answer, not a fault: it must not surface in somebody's TLS error.
  if (!is_valid) ERR_clear_error();
  return is_valid;
}

}  // namespace rekey::crypto

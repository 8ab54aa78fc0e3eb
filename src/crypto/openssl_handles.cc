#include "crypto/openssl_handles.h"

#include "base/assert.h"

namespace rekey::crypto {

DigestContext new_digest_context() {
  DigestContext context(EVP_MD_CTX_new());
  REKEY_ASSERT(context != nullptr);
  return context;
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  REKEY_ASSERT(algorithm != nullptr);
  return algorithm;
}

const EVP_CIPHER* aes_256_gcm_algorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  REKEY_ASSERT(algorithm != nullptr);
  return algorithm;
}

EVP_KDF* hkdf_algorithm() {
  static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  REKEY_ASSERT(algorithm != nullptr);
  return algorithm;
}

EVP_KDF* scrypt_algorithm() {
  static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "SCRYPT", nullptr);
  REKEY_ASSERT(algorithm != nullptr);
  return algorithm;
}

}  // namespace rekey::crypto

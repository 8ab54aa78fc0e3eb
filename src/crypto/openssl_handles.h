// Owners for OpenSSL's objects, and its algorithms fetched once: an implicit fetch for every use
// costs more than the hash itself. Private to this folder; EVP interfaces only.
//
// The fetched algorithms live until the process ends and may be used by any thread.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

namespace rekey::crypto {

template <auto Free>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, OpensslFree<EVP_KDF_CTX_free>>;
using PrivateOrPublicKey = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;

[[nodiscard]] DigestContext new_digest_context();

[[nodiscard]] const EVP_MD* sha256_algorithm();
[[nodiscard]] const EVP_CIPHER* aes_256_gcm_algorithm();
[[nodiscard]] EVP_KDF* hkdf_algorithm();
[[nodiscard]] EVP_KDF* scrypt_algorithm();

}  // namespace rekey::crypto

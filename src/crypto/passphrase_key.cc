#include "crypto/passphrase_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <string>

#include "base/assert.h"
#include "crypto/openssl_handles.h"
#include "crypto/root_key.h"

namespace rekey::crypto {
namespace {

constexpr std::uint32_t kBlockSize = 8;  // r
constexpr std::uint32_t kLanes = 1;      // p

// What scrypt takes (RFC 7914 section 5) is 128 * r * N bytes, and a little.
std::uint64_t memory_bytes(std::uint64_t n) {
  return 128ull * kBlockSize * (n + 16);
}

}  // namespace

base::Result<base::Secret> key_from_passphrase(const base::Secret& passphrase,
                                               const PassphraseSalt& salt, PassphraseCost cost) {
  if (cost.log2_n < kLeastLog2N || cost.log2_n > kMostLog2N) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("scrypt's cost is 2^{}; from 2^{} to 2^{} is supported",
                                  cost.log2_n, kLeastLog2N, kMostLog2N));
  }
  std::uint64_t n = std::uint64_t{1} << cost.log2_n;
  std::uint32_t r = kBlockSize;
  std::uint32_t p = kLanes;
  std::uint64_t most = memory_bytes(n);
  // OpenSSL reads these parameters and does not write them; its constructor has no const form.
  const std::array<OSSL_PARAM, 7> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD,
                                        const_cast<char*>(passphrase.reveal().data()),
                                        passphrase.size_bytes()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<std::uint8_t*>(salt.data()),
                                        salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &most),
      OSSL_PARAM_construct_end()};
  const KdfContext context(EVP_KDF_CTX_new(scrypt_algorithm()));
  REKEY_ASSERT(context != nullptr);
  std::string key(kKeySize, '\0');
  if (EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(key.data()), key.size(),
                     parameters.data()) != 1) {
    ERR_clear_error();
    return base::fail(base::Code::kLimitReached,
                      fmt::format("no key could be made of the passphrase: that takes {} MiB of "
                                  "memory; free some and try again",
                                  (most >> 20) + 1));
  }
  return base::Secret::take(std::move(key));
}

}  // namespace rekey::crypto

#include "crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <string>

#include "base/assert.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {
namespace {

// OpenSSL reads these parameters and does not write them; its constructor has no const form.
OSSL_PARAM octets(const char* name, std::string_view value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size());
}

}  // namespace

base::Secret hkdf_sha256(const HkdfInput& input, std::size_t size_bytes) {
  REKEY_ASSERT(!input.key.empty());
  REKEY_ASSERT(size_bytes >= 1 && size_bytes <= 255 * 32);

  char digest_name[] = "SHA256";
  std::array<OSSL_PARAM, 5> parameters;
  std::size_t count = 0;
  parameters[count++] =
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, sizeof digest_name - 1);
  parameters[count++] = octets(OSSL_KDF_PARAM_KEY, input.key);
  if (!input.salt.empty()) parameters[count++] = octets(OSSL_KDF_PARAM_SALT, input.salt);
  if (!input.info.empty()) parameters[count++] = octets(OSSL_KDF_PARAM_INFO, input.info);
  parameters[count] = OSSL_PARAM_construct_end();

  const KdfContext context(EVP_KDF_CTX_new(hkdf_algorithm()));
  REKEY_ASSERT(context != nullptr);
  std::string output(size_bytes, '\0');
  REKEY_ASSERT(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(output.data()),
                              output.size(), parameters.data()) == 1);
  return base::Secret::take(std::move(output));
}

}  // namespace rekey::crypto

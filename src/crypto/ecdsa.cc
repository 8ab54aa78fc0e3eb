#include "crypto/ecdsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <string>

#include "base/assert.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {
namespace {

using Memory = std::unique_ptr<BIO, OpensslFree<BIO_free>>;

constexpr std::size_t kPemLimitBytes = 4096;
constexpr std::string_view kCurve = "prime256v1";  // OpenSSL's name of P-256

bool is_of_the_curve(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(),
                                        &size) == 1 &&
         std::string_view(name.data(), size) == kCurve;
}

}  // namespace

struct EcdsaPublicKey::State {
  PrivateOrPublicKey key;
};

EcdsaPublicKey::EcdsaPublicKey(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
EcdsaPublicKey::EcdsaPublicKey(EcdsaPublicKey&&) noexcept = default;
EcdsaPublicKey& EcdsaPublicKey::operator=(EcdsaPublicKey&&) noexcept = default;
EcdsaPublicKey::~EcdsaPublicKey() = default;

base::Result<EcdsaPublicKey> EcdsaPublicKey::from_pem(std::string_view pem) {
  PrivateOrPublicKey key;
  if (pem.size() <= kPemLimitBytes) {
    const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    REKEY_ASSERT(memory != nullptr);
    key.reset(PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr));
  }
  const bool is_usable = key != nullptr && is_of_the_curve(key.get());
  // A key that is none is an answer, not a fault: it must not surface in somebody's TLS error.
  ERR_clear_error();
  if (is_usable) return EcdsaPublicKey(std::unique_ptr<State>(new State{std::move(key)}));
  return base::fail(base::Code::kInvalidArgument, "this is no public key of P-256 in PEM");
}

bool EcdsaPublicKey::is_valid(std::span<const std::uint8_t> message,
                              std::span<const std::uint8_t> signature) const {
  const DigestContext context = new_digest_context();
  REKEY_ASSERT(EVP_DigestVerifyInit(context.get(), nullptr, sha256_algorithm(), nullptr,
                                    state_->key.get()) == 1);
  const bool is_valid = EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                         message.data(), message.size()) == 1;
  ERR_clear_error();
  return is_valid;
}

}  // namespace rekey::crypto

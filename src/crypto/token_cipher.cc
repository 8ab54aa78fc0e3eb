#include "crypto/token_cipher.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <limits>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {
namespace {

CipherContext new_context(const base::Secret& key, bool encrypts) {
  CipherContext context(EVP_CIPHER_CTX_new());
  REKEY_ASSERT(context != nullptr);
  REKEY_ASSERT(EVP_CipherInit_ex2(context.get(), aes_256_gcm_algorithm(),
                                  base::bytes_of(key.reveal()).data(), nullptr, encrypts ? 1 : 0,
                                  nullptr) == 1);
  return context;
}

// Keeps key and direction; only the IV is new.
void start_message(EVP_CIPHER_CTX* context, const TokenIv& iv) noexcept {
  constexpr int kSameDirection = -1;
  REKEY_ASSERT(EVP_CipherInit_ex2(context, nullptr, nullptr, iv.data(), kSameDirection, nullptr) ==
               1);
}

// `output` is nullptr for associated data.
void add(EVP_CIPHER_CTX* context, std::span<const std::uint8_t> input,
         std::uint8_t* output) noexcept {
  if (input.empty()) return;
  REKEY_ASSERT(input.size() <= std::numeric_limits<int>::max());
  int written = 0;
  REKEY_ASSERT(EVP_CipherUpdate(context, output, &written, input.data(),
                                static_cast<int>(input.size())) == 1);
  REKEY_ASSERT(static_cast<std::size_t>(written) == input.size());
}

// GCM is a stream: the end writes no byte, and on decryption it says whether the tag is right.
bool finish_message(EVP_CIPHER_CTX* context) noexcept {
  std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> nothing;
  int written = 0;
  return EVP_CipherFinal_ex(context, nothing.data(), &written) == 1;
}

}  // namespace

struct TokenCipher::State {
  CipherContext encrypting;
  CipherContext decrypting;
};

TokenCipher::TokenCipher(const base::Secret& key) {
  REKEY_ASSERT(key.size_bytes() == 32);
  state_.reset(new State{new_context(key, true), new_context(key, false)});
}

TokenCipher::TokenCipher(TokenCipher&&) noexcept = default;
TokenCipher& TokenCipher::operator=(TokenCipher&&) noexcept = default;
TokenCipher::~TokenCipher() = default;

void TokenCipher::encrypt(const TokenIv& iv, std::span<const std::uint8_t> associated,
                          std::span<const std::uint8_t> plaintext, std::uint8_t* ciphertext,
                          std::span<std::uint8_t, kTokenTagSize> tag) noexcept {
  EVP_CIPHER_CTX* const context = state_->encrypting.get();
  start_message(context, iv);
  add(context, associated, nullptr);
  add(context, plaintext, ciphertext);
  REKEY_ASSERT(finish_message(context));
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), tag.size()),
      OSSL_PARAM_construct_end()};
  REKEY_ASSERT(EVP_CIPHER_CTX_get_params(context, parameters) == 1);
}

bool TokenCipher::decrypt(const TokenIv& iv, std::span<const std::uint8_t> associated,
                          std::span<const std::uint8_t> ciphertext,
                          std::span<const std::uint8_t, kTokenTagSize> tag,
                          std::uint8_t* plaintext) noexcept {
  EVP_CIPHER_CTX* const context = state_->decrypting.get();
  start_message(context, iv);
  add(context, associated, nullptr);
  add(context, ciphertext, plaintext);
  // OpenSSL only reads the tag here; its constructor has no const form.
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
                                        const_cast<std::uint8_t*>(tag.data()), tag.size()),
      OSSL_PARAM_construct_end()};
  REKEY_ASSERT(EVP_CIPHER_CTX_set_params(context, parameters) == 1);
  if (finish_message(context)) return true;
  // What did not authenticate must not be used, by mistake neither.
  base::wipe(plaintext, ciphertext.size());
  return false;
}

}  // namespace rekey::crypto

#include "crypto/hmac.h"

#include <algorithm>

#include "base/assert.h"
#include "base/secret.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {
namespace {

using Block = std::array<std::uint8_t, 64>;  // SHA-256 takes its input in blocks of 64 bytes

void start_with(EVP_MD_CTX* context, Block block, std::uint8_t pad) {
  for (auto& byte : block) byte ^= pad;
  REKEY_ASSERT(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1);
  REKEY_ASSERT(EVP_DigestUpdate(context, block.data(), block.size()) == 1);
  base::wipe(block.data(), block.size());
}

Digest continue_with(EVP_MD_CTX* work, const EVP_MD_CTX* start, const void* data,
                     std::size_t size) noexcept {
  Digest digest;
  REKEY_ASSERT(EVP_MD_CTX_copy_ex(work, start) == 1);
  REKEY_ASSERT(EVP_DigestUpdate(work, data, size) == 1);
  REKEY_ASSERT(EVP_DigestFinal_ex(work, digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace

struct HmacSha256::State {
  DigestContext inner = new_digest_context();
  DigestContext outer = new_digest_context();
  DigestContext work = new_digest_context();
};

HmacSha256::HmacSha256(std::string_view key) : state_(std::make_unique<State>()) {
  Block block{};
  if (key.size() > block.size()) {
    const Digest short_key = sha256(key);
    std::copy(short_key.begin(), short_key.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  start_with(state_->inner.get(), block, 0x36);
  start_with(state_->outer.get(), block, 0x5c);
  base::wipe(block.data(), block.size());
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Digest HmacSha256::operator()(std::string_view message) noexcept {
  State& state = *state_;
  const Digest inner =
      continue_with(state.work.get(), state.inner.get(), message.data(), message.size());
  return continue_with(state.work.get(), state.outer.get(), inner.data(), inner.size());
}

}  // namespace rekey::crypto

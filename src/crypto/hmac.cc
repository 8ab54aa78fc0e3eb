// SHA-256's low-level functions: every EVP way allocates twice and takes nearly twice as long for
// each message (docs/adr/0004). They are deprecated, not gone, in OpenSSL 3; only this file uses
// them.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/hmac.h"

#include <openssl/sha.h>

#include <algorithm>

#include "base/assert.h"
#include "base/secret.h"

namespace rekey::crypto {
namespace {

using Block = std::array<std::uint8_t, 64>;  // SHA-256 takes its input in blocks of 64 bytes

SHA256_CTX start_with(Block block, std::uint8_t pad) {
  for (auto& byte : block) byte ^= pad;
  SHA256_CTX context;
  REKEY_ASSERT(SHA256_Init(&context) == 1);
  REKEY_ASSERT(SHA256_Update(&context, block.data(), block.size()) == 1);
  base::wipe(block.data(), block.size());
  return context;
}

Digest continue_with(SHA256_CTX context, const void* data, std::size_t size) noexcept {
  Digest digest;
  REKEY_ASSERT(SHA256_Update(&context, data, size) == 1);
  REKEY_ASSERT(SHA256_Final(digest.data(), &context) == 1);  // and wipes the context
  return digest;
}

}  // namespace

struct HmacSha256::State {
  SHA256_CTX inner;
  SHA256_CTX outer;
  ~State() { base::wipe(this, sizeof *this); }
};

HmacSha256::HmacSha256(std::string_view key) : state_(std::make_unique<State>()) {
  Block block{};
  if (key.size() > block.size()) {
    const Digest short_key = sha256(key);
    std::copy(short_key.begin(), short_key.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  state_->inner = start_with(block, 0x36);
  state_->outer = start_with(block, 0x5c);
  base::wipe(block.data(), block.size());
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Digest HmacSha256::operator()(std::string_view message) noexcept {
  const Digest inner = continue_with(state_->inner, message.data(), message.size());
  return continue_with(state_->outer, inner.data(), inner.size());
}

}  // namespace rekey::crypto

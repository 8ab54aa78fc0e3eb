#include "crypto/seal.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "crypto/random.h"
#include "crypto/token_cipher.h"

namespace rekey::crypto {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderSize = 1 + 4;  // version, key id
constexpr std::size_t kNonceSize = std::tuple_size_v<TokenIv>;
constexpr std::size_t kOverhead = kHeaderSize + kNonceSize + kTokenTagSize;

std::array<std::uint8_t, kHeaderSize> header_of(std::uint32_t key_id) {
  return {kVersion, static_cast<std::uint8_t>(key_id >> 24),
          static_cast<std::uint8_t>(key_id >> 16), static_cast<std::uint8_t>(key_id >> 8),
          static_cast<std::uint8_t>(key_id)};
}

// What is authenticated beside the value: the header, whose size is fixed, and then the context.
std::string associated_with(const std::array<std::uint8_t, kHeaderSize>& header,
                            std::string_view context) {
  return std::string(base::text_of(header)).append(context);
}

TokenCipher cipher_of(const RootKey& root) {
  return TokenCipher(root.derive("seal"));
}

}  // namespace

std::vector<std::uint8_t> seal(const RootKey& root, std::string_view context,
                               std::string_view value) {
  const auto header = header_of(root.id());
  TokenIv nonce;
  fill_random(nonce);

  std::vector<std::uint8_t> sealed(kOverhead + value.size());
  std::copy(header.begin(), header.end(), sealed.begin());
  std::copy(nonce.begin(), nonce.end(), sealed.begin() + kHeaderSize);
  cipher_of(root).encrypt(nonce, base::bytes_of(associated_with(header, context)),
                          base::bytes_of(value), sealed.data() + kHeaderSize + kNonceSize,
                          std::span(sealed).last<kTokenTagSize>());
  return sealed;
}

base::Result<base::Secret> open(const RootKey& root, std::string_view context,
                                std::span<const std::uint8_t> sealed) {
  if (sealed.size() < kOverhead || sealed[0] != kVersion) {
    return base::fail(base::Code::kCorrupt, "the sealed value is damaged or of an unknown version");
  }
  const auto header = header_of(root.id());
  if (!std::equal(header.begin(), header.end(), sealed.begin())) {
    return base::fail(base::Code::kNotFound, "the value was sealed under another root key");
  }
  TokenIv nonce;
  std::copy_n(sealed.begin() + kHeaderSize, kNonceSize, nonce.begin());
  const auto ciphertext = sealed.subspan(kHeaderSize + kNonceSize, sealed.size() - kOverhead);
  std::string value(ciphertext.size(), '\0');
  if (!cipher_of(root).decrypt(nonce, base::bytes_of(associated_with(header, context)), ciphertext,
                               sealed.last<kTokenTagSize>(),
                               reinterpret_cast<std::uint8_t*>(value.data()))) {
    return base::fail(base::Code::kCorrupt,
                      "the sealed value was changed, or belongs to another place");
  }
  return base::Secret::take(std::move(value));
}

}  // namespace rekey::crypto

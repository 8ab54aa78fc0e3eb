#include "crypto/sealed_stream.h"

#include <utility>

#include "base/assert.h"
#include "base/text.h"

namespace rekey::crypto {
namespace {

TokenIv nonce_of(std::uint64_t number, bool is_last) {
  TokenIv nonce{};
  for (std::size_t i = 0; i < sizeof number; ++i) {
    nonce[nonce.size() - 2 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  nonce.back() = is_last ? 1 : 0;
  return nonce;
}

}  // namespace

std::string StreamSealer::seal(std::string_view piece, bool is_last) {
  REKEY_ASSERT(!is_ended_ && piece.size() <= kStreamPieceBytes);
  is_ended_ = is_last;
  std::string sealed(piece.size() + kTokenTagSize, '\0');
  auto* const bytes = reinterpret_cast<std::uint8_t*>(sealed.data());
  cipher_.encrypt(nonce_of(next_++, is_last), base::bytes_of(associated_), base::bytes_of(piece),
                  bytes,
                  std::span<std::uint8_t, kTokenTagSize>(bytes + piece.size(), kTokenTagSize));
  return sealed;
}

base::Result<base::Secret> StreamOpener::open(std::string_view sealed, bool is_last) {
  const auto damaged = [] {
    return base::fail(base::Code::kCorrupt, "it was changed, or cut off, since it was sealed");
  };
  if (sealed.size() < kTokenTagSize) return damaged();
  const auto bytes = base::bytes_of(sealed);
  std::string piece(sealed.size() - kTokenTagSize, '\0');
  if (!cipher_.decrypt(nonce_of(next_++, is_last), base::bytes_of(associated_),
                       bytes.first(piece.size()), bytes.last<kTokenTagSize>(),
                       reinterpret_cast<std::uint8_t*>(piece.data()))) {
    return damaged();
  }
  return base::Secret::take(std::move(piece));
}

}  // namespace rekey::crypto

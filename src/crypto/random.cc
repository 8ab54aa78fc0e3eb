#include "crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>

#include "base/assert.h"

namespace rekey::crypto {

void fill_random(std::span<std::uint8_t> bytes) {
  constexpr std::size_t kMostAtOnce = 1u << 20;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kMostAtOnce));
    REKEY_ASSERT(RAND_bytes(part.data(), static_cast<int>(part.size())) == 1);
    bytes = bytes.subspan(part.size());
  }
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  fill_random(bytes);
  return bytes;
}

}  // namespace rekey::crypto

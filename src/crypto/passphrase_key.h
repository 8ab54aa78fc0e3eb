// A key from a passphrase: scrypt (RFC 7914) with r = 8 and p = 1, which costs 2^cost KiB of memory
// and a time to match, so that guesses are dear.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::crypto {

using PassphraseSalt = std::array<std::uint8_t, 16>;

struct PassphraseCost {
  int log2_n = 17;  // the logarithm of N: 128 MiB
};
inline constexpr int kLeastLog2N = 14;
inline constexpr int kMostLog2N = 20;  // 1 GiB

// 32 bytes. kInvalidArgument for a cost outside these bounds, kLimitReached where the memory for it
// is not there.
[[nodiscard]] base::Result<base::Secret> key_from_passphrase(const base::Secret& passphrase,
                                                             const PassphraseSalt& salt,
                                                             PassphraseCost cost);

}  // namespace rekey::crypto

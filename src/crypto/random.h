// Randomness from the system's CSPRNG, through OpenSSL.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rekey::crypto {

// Fills the bytes; aborts where the system has no randomness. Any thread.
void fill_random(std::span<std::uint8_t> bytes);
[[nodiscard]] std::vector<std::uint8_t> random_bytes(std::size_t count);

}  // namespace rekey::crypto

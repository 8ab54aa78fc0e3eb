// What stands for one access token where it is revoked: says nothing about its value.
#pragma once

#include <array>
#include <cstdint>

namespace rekey::authority {

// Of a JWT its jti, because its signature has more than one spelling; of an opaque token the first
// half of its SHA-256.
using TokenId = std::array<std::uint8_t, 16>;

}  // namespace rekey::authority

// Big-endian numbers, as git writes them. The caller has checked that the bytes are there.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace rekey::discovery::git {

[[nodiscard]] inline std::uint32_t big_endian_32(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
}

[[nodiscard]] inline std::uint64_t big_endian_64(const std::uint8_t* at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

}  // namespace rekey::discovery::git

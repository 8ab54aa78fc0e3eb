// The kernels of the class pass. Each fills the masks of so many blocks of 64 bytes; of `bytes` two
// more may be read.
//
// They return a bit for each block that may begin or hold a trigger: it has an anchor's first
// bytes, a zero, or as many letters and digits in a row as every run of kRunSize has in one of its
// blocks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "discovery/classes.h"

namespace rekey::discovery {

// A run that lies in two blocks has at least so much of it in one of them.
inline constexpr std::size_t kHalfRun = kRunSize / 2;

// Where kHalfRun ones in a row begin.
[[nodiscard]] inline std::uint64_t half_runs(std::uint64_t mask) noexcept {
  static_assert(kHalfRun == 12);
  std::uint64_t starts = mask & (mask >> 1U);  // 2
  starts &= starts >> 2U;                      // 4
  starts &= starts >> 4U;                      // 8
  return starts & (starts >> 4U);              // 12
}

std::uint64_t classify_scalar(const std::uint8_t* bytes, std::size_t blocks,
                              const Classes::Tables& tables, Classes::Masks& masks) noexcept;
#if defined(__x86_64__)
std::uint64_t classify_avx2(const std::uint8_t* bytes, std::size_t blocks,
                            const Classes::Tables& tables, Classes::Masks& masks) noexcept;
std::uint64_t classify_avx512(const std::uint8_t* bytes, std::size_t blocks,
                              const Classes::Tables& tables, Classes::Masks& masks) noexcept;
#endif

}  // namespace rekey::discovery

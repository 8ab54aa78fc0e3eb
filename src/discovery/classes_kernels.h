// The kernels of the class pass. Each fills one Masks for every 64 bytes; `bytes` has blocks * 64
// bytes and two more that may be read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "discovery/classes.h"

namespace rekey::discovery {

void classify_scalar(const std::uint8_t* bytes, std::size_t blocks, const Classes::Tables& tables,
                     Classes::Masks* out) noexcept;
#if defined(__x86_64__)
void classify_avx2(const std::uint8_t* bytes, std::size_t blocks, const Classes::Tables& tables,
                   Classes::Masks* out) noexcept;
void classify_avx512(const std::uint8_t* bytes, std::size_t blocks, const Classes::Tables& tables,
                     Classes::Masks* out) noexcept;
#endif

}  // namespace rekey::discovery

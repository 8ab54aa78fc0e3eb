#include "discovery/classes_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rekey::discovery {
namespace {

constexpr std::size_t kBlock = 64;

bool is_alphanumeric(std::uint8_t c) noexcept {
  const auto lower = static_cast<std::uint8_t>(c | 0x20);
  return static_cast<std::uint8_t>(lower - 'a') < 26 || static_cast<std::uint8_t>(c - '0') < 10;
}

std::uint64_t notable(const Classes::Masks& masks, std::size_t blocks) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::uint64_t any =
        half_runs(masks.alphanumeric[block]) | masks.candidate[block] | masks.zero[block];
    bits |= static_cast<std::uint64_t>(any != 0) << block;
  }
  return bits;
}

}  // namespace

std::uint64_t classify_scalar(const std::uint8_t* bytes, std::size_t blocks,
                              const Classes::Tables& tables, Classes::Masks& masks) noexcept {
  for (std::size_t block = 0; block < blocks; ++block, bytes += kBlock) {
    std::uint64_t alphanumeric = 0;
    std::uint64_t candidate = 0;
    std::uint64_t zero = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      unsigned groups = 0xff;
      for (std::size_t k = 0; k < 3; ++k) {
        const std::uint8_t c = bytes[i + k];
        groups &= static_cast<unsigned>(tables.low[k][c & 15U] & tables.high[k][c >> 4U]);
      }
      alphanumeric |= static_cast<std::uint64_t>(is_alphanumeric(bytes[i])) << i;
      candidate |= static_cast<std::uint64_t>(groups != 0) << i;
      zero |= static_cast<std::uint64_t>(bytes[i] == 0) << i;
    }
    masks.alphanumeric[block] = alphanumeric;
    masks.candidate[block] = candidate;
    masks.zero[block] = zero;
  }
  return notable(masks, blocks);
}

#if defined(__x86_64__)

namespace {

// A byte is in a range where, moved so that the range begins at the least signed value, it is less
// than the range's size from there.
__attribute__((target("avx2"))) inline __m256i is_in_range(__m256i c, char low,
                                                           char size) noexcept {
  const __m256i moved = _mm256_sub_epi8(c, _mm256_set1_epi8(static_cast<char>(low + 128)));
  return _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(size - 128)), moved);
}

__attribute__((target("avx2"))) inline __m256i groups_of(__m256i c, __m256i low,
                                                         __m256i high) noexcept {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i of_low = _mm256_shuffle_epi8(low, _mm256_and_si256(c, nibble));
  const __m256i of_high =
      _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(c, 4), nibble));
  return _mm256_and_si256(of_low, of_high);
}

__attribute__((target("avx2"))) inline __m256i load_twice(const std::uint8_t* table) noexcept {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
}

__attribute__((target("avx2"))) inline __m256i load(const std::uint8_t* at) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

}  // namespace

__attribute__((target("avx2"))) std::uint64_t classify_avx2(const std::uint8_t* bytes,
                                                            std::size_t blocks,
                                                            const Classes::Tables& tables,
                                                            Classes::Masks& masks) noexcept {
  const __m256i low[3] = {load_twice(tables.low[0].data()), load_twice(tables.low[1].data()),
                          load_twice(tables.low[2].data())};
  const __m256i high[3] = {load_twice(tables.high[0].data()), load_twice(tables.high[1].data()),
                           load_twice(tables.high[2].data())};
  for (std::size_t block = 0; block < blocks; ++block, bytes += kBlock) {
    std::uint64_t alphanumeric = 0;
    std::uint64_t candidate = 0;
    std::uint64_t zero = 0;
    for (unsigned half = 0; half < 2; ++half) {
      const std::uint8_t* at = bytes + std::size_t{32} * half;
      const __m256i c = load(at);
      const __m256i letter = is_in_range(_mm256_or_si256(c, _mm256_set1_epi8(0x20)), 'a', 26);
      const __m256i either = _mm256_or_si256(letter, is_in_range(c, '0', 10));
      __m256i groups = groups_of(c, low[0], high[0]);
      groups = _mm256_and_si256(groups, groups_of(load(at + 1), low[1], high[1]));
      groups = _mm256_and_si256(groups, groups_of(load(at + 2), low[2], high[2]));
      const __m256i none = _mm256_cmpeq_epi8(groups, _mm256_setzero_si256());
      const auto found = static_cast<std::uint32_t>(_mm256_movemask_epi8(either));
      const auto missed = static_cast<std::uint32_t>(_mm256_movemask_epi8(none));
      alphanumeric |= std::uint64_t{found} << (32U * half);
      const auto zeros = static_cast<std::uint32_t>(
          _mm256_movemask_epi8(_mm256_cmpeq_epi8(c, _mm256_setzero_si256())));
      candidate |= std::uint64_t{~missed} << (32U * half);
      zero |= std::uint64_t{zeros} << (32U * half);
    }
    masks.alphanumeric[block] = alphanumeric;
    masks.candidate[block] = candidate;
    masks.zero[block] = zero;
  }
  return notable(masks, blocks);
}

namespace {

// Eight blocks at once; what is beyond `blocks` does not count.
__attribute__((target("avx512f"))) std::uint64_t notable_avx512(const Classes::Masks& masks,
                                                                std::size_t blocks) noexcept {
  constexpr std::size_t kLanes = 8;
  constexpr __mmask8 kAll = 0xff;  // GCC 12 warns of the form without
  std::uint64_t bits = 0;
  for (std::size_t block = 0; block < blocks; block += kLanes) {
    const __m512i runs = _mm512_loadu_si512(masks.alphanumeric.data() + block);
    __m512i starts = _mm512_and_si512(runs, _mm512_maskz_srli_epi64(kAll, runs, 1));
    starts = _mm512_and_si512(starts, _mm512_maskz_srli_epi64(kAll, starts, 2));
    starts = _mm512_and_si512(starts, _mm512_maskz_srli_epi64(kAll, starts, 4));
    starts = _mm512_and_si512(starts, _mm512_maskz_srli_epi64(kAll, starts, 4));
    const __m512i candidates = _mm512_loadu_si512(masks.candidate.data() + block);
    const __m512i zeros = _mm512_loadu_si512(masks.zero.data() + block);
    const __m512i any = _mm512_or_si512(starts, _mm512_or_si512(candidates, zeros));
    bits |= std::uint64_t{_mm512_test_epi64_mask(any, any)} << block;
  }
  return blocks == 64 ? bits : bits & ((std::uint64_t{1} << blocks) - 1);
}

}  // namespace

__attribute__((target("avx512f,avx512bw"))) std::uint64_t classify_avx512(
    const std::uint8_t* bytes, std::size_t blocks, const Classes::Tables& tables,
    Classes::Masks& masks) noexcept {
  const __m512i nibble = _mm512_set1_epi8(15);
  __m512i low[3];
  __m512i high[3];
  for (std::size_t k = 0; k < 3; ++k) {
    low[k] = _mm512_broadcast_i32x4(
        _mm_load_si128(reinterpret_cast<const __m128i*>(tables.low[k].data())));
    high[k] = _mm512_broadcast_i32x4(
        _mm_load_si128(reinterpret_cast<const __m128i*>(tables.high[k].data())));
  }
  for (std::size_t block = 0; block < blocks; ++block, bytes += kBlock) {
    const __m512i c = _mm512_loadu_si512(bytes);
    const __m512i lower = _mm512_or_si512(c, _mm512_set1_epi8(0x20));
    const __mmask64 letter =
        _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lower, _mm512_set1_epi8('a')), _mm512_set1_epi8(26));
    const __mmask64 digit =
        _mm512_cmplt_epu8_mask(_mm512_sub_epi8(c, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    __m512i groups = _mm512_set1_epi8(-1);
    for (std::size_t k = 0; k < 3; ++k) {
      const __m512i d = _mm512_loadu_si512(bytes + k);
      const __m512i of_low = _mm512_shuffle_epi8(low[k], _mm512_and_si512(d, nibble));
      const __m512i of_high =
          _mm512_shuffle_epi8(high[k], _mm512_and_si512(_mm512_srli_epi16(d, 4), nibble));
      groups = _mm512_and_si512(groups, _mm512_and_si512(of_low, of_high));
    }
    masks.alphanumeric[block] = letter | digit;
    masks.candidate[block] = _mm512_test_epi8_mask(groups, groups);
    masks.zero[block] = _mm512_testn_epi8_mask(c, c);
  }
  return notable_avx512(masks, blocks);
}

#endif

}  // namespace rekey::discovery

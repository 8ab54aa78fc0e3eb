// Deltas of pack files: copy and insert instructions against a base (gitformat-pack, "Deltified
// representation"). Pure; every length of the input is checked before it is used.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rekey::discovery::git {

// A number of seven bits a byte, the lowest first; moves `in` on. nullopt where it breaks off or
// does not fit 64 bits.
[[nodiscard]] std::optional<std::uint64_t> take_delta_size(std::span<const std::uint8_t>& in);

struct Delta {
  std::uint64_t base_bytes = 0;
  std::uint64_t result_bytes = 0;
  std::span<const std::uint8_t> instructions;
};

// The header of an inflated delta; nullopt where it is none.
[[nodiscard]] std::optional<Delta> parse_delta(std::span<const std::uint8_t> inflated);

// Writes the result to `out`, which has result_bytes; false unless `base` has base_bytes, every
// instruction stays within both, and the result comes out exactly as long as declared.
[[nodiscard]] bool apply_delta(const Delta& delta, std::span<const std::uint8_t> base,
                               std::span<std::uint8_t> out);

// Bytes of a result.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};
// What a delta inserts, in order, and an empty extent where two copies meet that are apart in the
// base: what touches none of them stands in the base too. Of a delta that apply_delta took.
[[nodiscard]] std::vector<Extent> changes_of(const Delta& delta);

}  // namespace rekey::discovery::git

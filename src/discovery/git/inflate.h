// Inflation of zlib streams (RFC 1950), as every object of a git store is kept.
//
// Whole objects at once with libdeflate, which is twice as fast; in pieces with zlib where an
// object is too large to be held, or where only its beginning is wanted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace rekey::discovery::git {

// Deflate makes at most 1032 bytes of one (RFC 1951: 258 bytes for two bits): a size that is
// declared beyond that is a lie, and is found out before memory is asked for.
[[nodiscard]] constexpr bool can_inflate_to(std::uint64_t packed_bytes,
                                            std::uint64_t size_bytes) noexcept {
  return size_bytes / 1032 <= packed_bytes;
}

// One thread at a time.
class Inflater {
 public:
  Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();

  // Fills `out` from the stream at the start of `packed`; false unless the stream is whole, its
  // checksum right and its content exactly as long as `out`. What follows the stream is ignored.
  [[nodiscard]] bool inflate(std::span<const std::uint8_t> packed, std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Writes the first bytes of the content to `out` and returns how many there were (fewer where the
// content ends); 0 where the stream is broken from its beginning.
[[nodiscard]] std::size_t inflate_beginning(std::span<const std::uint8_t> packed,
                                            std::span<std::uint8_t> out);

// Gives the content in pieces of at most `piece_bytes`, in order; false where the stream breaks off
// or its checksum is wrong (what was given until then was given), or where `take` returns false.
[[nodiscard]] bool inflate_pieces(std::span<const std::uint8_t> packed, std::size_t piece_bytes,
                                  const std::function<bool(std::span<const std::uint8_t>)>& take);

}  // namespace rekey::discovery::git

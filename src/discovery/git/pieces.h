// A content that is too large to be held whole, given in pieces that overlap, so that whatever is
// not longer than the overlap stands whole in one of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "discovery/git/inflate.h"

namespace rekey::discovery::git {

inline constexpr std::size_t kPieceBytes = 8U << 20;
inline constexpr std::size_t kPieceOverlapBytes = 64U << 10;

// Inflates `packed`, leaves the first `skip_bytes` out, and gives the rest; false where the stream
// breaks off, or has not exactly `size_bytes` after what was left out.
[[nodiscard]] inline bool inflate_overlapping(
    std::span<const std::uint8_t> packed, std::size_t skip_bytes, std::uint64_t size_bytes,
    const std::function<void(std::uint64_t offset_bytes, std::span<const std::uint8_t>)>& take) {
  std::vector<std::uint8_t> window;
  window.reserve(kPieceBytes + kPieceOverlapBytes);
  std::uint64_t window_offset = 0;
  std::size_t to_skip = skip_bytes;
  std::uint64_t seen = 0;
  const bool is_whole =
      inflate_pieces(packed, kPieceBytes, [&](std::span<const std::uint8_t> piece) {
        const auto skipped = std::min(to_skip, piece.size());
        to_skip -= skipped;
        piece = piece.subspan(skipped);
        seen += piece.size();
        if (seen > size_bytes) return false;
        if (piece.empty()) return true;
        const auto kept = std::min(window.size(), kPieceOverlapBytes);
        const auto dropped = window.size() - kept;
        window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(dropped));
        window_offset += dropped;
        window.insert(window.end(), piece.begin(), piece.end());
        take(window_offset, window);
        return true;
      });
  return is_whole && seen == size_bytes;
}

}  // namespace rekey::discovery::git

// Bytes to be looked at, whole or a window of something large.
#pragma once

#include <cstdint>
#include <string_view>

#include "discovery/place.h"

namespace rekey::discovery {

// Larger contents come in windows of this size, each beginning kWindowOverlapBytes before the end
// of the one before: nothing that is looked for, with what is read around it, is longer than that.
inline constexpr std::size_t kWindowBytes = std::size_t{8} << 20;
inline constexpr std::size_t kWindowOverlapBytes = std::size_t{64} << 10;

struct Content {
  const Place& place;
  std::string_view bytes;
  std::uint64_t offset = 0;      // of bytes[0] in the whole
  std::uint64_t line_feeds = 0;  // that stand before it
  std::uint64_t line_bytes = 0;  // that stand before it in the same line
  bool is_first = true;
  bool is_last = true;
};

}  // namespace rekey::discovery

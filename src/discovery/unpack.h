// Compressed data and archives within an encoding: base64 of gzip (Helm's releases), of a zip, …
//
// Told by their first bytes alone. Pure; nothing is written anywhere.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "discovery/layers.h"

namespace rekey::discovery {

// By the first bytes: gzip, zlib (RFC 1950), zstd, xz, bzip2, lz4, or an archive.
[[nodiscard]] bool may_be_packed(std::string_view first_bytes) noexcept;

// Where in a span of base64 characters packed data begins: with the span, or soon behind what may
// belong to something before it ("name/H4sI…"). nullopt where it does not.
[[nodiscard]] std::optional<std::size_t> packed_begin(std::string_view text, Span span);

enum class UnpackEnd {
  kWhole,
  kStopped,  // `take` wanted no more
  kBroken,   // what came before the damage, or what a password hides, was given
  kNotPacked,
};

// Gives the content, of an archive that of each member, in windows as content.h has them. `take`
// says whether to go on.
[[nodiscard]] UnpackEnd unpack(std::string_view packed,
                               const std::function<bool(std::string_view content)>& take);

}  // namespace rekey::discovery

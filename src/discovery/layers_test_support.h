// Texts within encodings that no codec of base/ writes.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "discovery/sources/archive_test_support.h"

namespace rekey::discovery {

// RFC 1950.
[[nodiscard]] inline std::string zlib_of(std::string_view text) {
  uLongf size = ::compressBound(static_cast<uLong>(text.size()));
  std::string out(size, '\0');
  ::compress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()));
  out.resize(size);
  return out;
}

// RFC 1952.
[[nodiscard]] inline std::string gzip_of(std::string_view text) {
  return packed("raw", "gzip", {{"x", std::string(text)}});
}

// RFC 2045 section 6.7, lines of at most 76 characters.
[[nodiscard]] inline std::string quoted_printable_of(std::string_view text) {
  constexpr std::size_t kWidth = 75;
  std::string out;
  std::size_t column = 0;
  for (const char c : text) {
    const std::string unit = c == '=' ? "=3D" : std::string(1, c);
    if (c != '\n' && column + unit.size() > kWidth) {
      out += "=\r\n";
      column = 0;
    }
    out += c == '\n' ? "\r\n" : unit;
    column = c == '\n' ? 0 : column + unit.size();
  }
  return out;
}

}  // namespace rekey::discovery

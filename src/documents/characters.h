// UTF-8 and escapes, as the formats share them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::documents {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The value of a hex digit, or -1.
[[nodiscard]] int hex_value(char c) noexcept;
// The digits at [index, index + count); nothing but hex digits may stand there.
[[nodiscard]] std::uint32_t hex_at(std::string_view text, std::size_t index, std::size_t count);
// Whether `count` hex digits stand at `index`.
[[nodiscard]] bool has_hex_at(std::string_view text, std::size_t index, std::size_t count) noexcept;

[[nodiscard]] constexpr bool is_high_surrogate(std::uint32_t unit) noexcept {
  return unit >= 0xd800 && unit < 0xdc00;
}
[[nodiscard]] constexpr bool is_low_surrogate(std::uint32_t unit) noexcept {
  return unit >= 0xdc00 && unit < 0xe000;
}
// Whether the number is a character's (Unicode 15, D76).
[[nodiscard]] constexpr bool is_scalar_value(std::uint32_t point) noexcept {
  return point < 0xd800 || (point >= 0xe000 && point <= 0x10ffff);
}

void append_utf8(std::string& out, std::uint32_t point);
// "\u00e9", in UTF-16 code units: two of them beyond U+FFFF.
void append_utf16_escape(std::string& out, std::uint32_t point);

struct Character {
  std::uint32_t point = 0;
  std::size_t length_bytes = 1;
};
// The character that begins at `index` of valid UTF-8.
[[nodiscard]] Character character_at(std::string_view text, std::size_t index) noexcept;

[[nodiscard]] constexpr std::string_view without_mark(std::string_view document) noexcept {
  return document.substr(document.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}
[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

// kCorrupt, with the line, where it is not UTF-8 or holds a NUL.
[[nodiscard]] base::Status check_text(std::string_view document);
// The same for a NUL alone.
[[nodiscard]] base::Status check_no_nul(std::string_view document);

}  // namespace rekey::documents

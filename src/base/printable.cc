#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace rekey::base {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

struct Character {
  char32_t code_point = 0;
  std::string_view bytes;
  bool is_valid = true;
};

char32_t decode(std::string_view bytes) noexcept {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) return lead;
  // The lead byte of n bytes begins with n ones and a zero.
  char32_t code_point = lead & (0x7fu >> bytes.size());
  for (const char tail : bytes.substr(1)) {
    code_point = code_point << 6 | (static_cast<unsigned char>(tail) & 0x3fu);
  }
  return code_point;
}

// The character at the front of a text that is not empty, or its first byte where none is there.
Character front_of(std::string_view text) noexcept {
  constexpr std::size_t kLongestSequence = 4;
  for (std::size_t size = 1; size <= std::min(kLongestSequence, text.size()); ++size) {
    const auto bytes = text.substr(0, size);
    if (is_valid_utf8(bytes)) return {decode(bytes), bytes, true};
  }
  return {0, text.substr(0, 1), false};
}

bool is_control(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool is_directional(char32_t c) noexcept {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool has_no_width(char32_t c) noexcept {
  return (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff;
}

}  // namespace

bool is_hidden_character(char32_t code_point) noexcept {
  return is_control(code_point) || is_directional(code_point) || has_no_width(code_point);
}

std::optional<char32_t> find_hidden_character(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto character = front_of(text);
    if (character.is_valid && is_hidden_character(character.code_point)) {
      return character.code_point;
    }
    text.remove_prefix(character.bytes.size());
  }
  return std::nullopt;
}

std::string describe_hidden_character(char32_t code_point) {
  const std::string_view what = is_control(code_point) ? "a control character"
                                : is_directional(code_point)
                                    ? "which turns the direction of text"
                                    : "which takes no room and is not seen";
  return fmt::format("U+{:04X}, {}", static_cast<std::uint32_t>(code_point), what);
}

std::string escape_hidden(std::string_view text, EscapeForm form) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto character = front_of(text);
    const auto number = static_cast<std::uint32_t>(character.code_point);
    if (!character.is_valid) {
      shown += kReplacement;
    } else if (!is_hidden_character(character.code_point)) {
      shown += character.bytes;
    } else if (form == EscapeForm::kJson) {
      shown += fmt::format("\\u{:04x}", number);
    } else {
      shown += fmt::format("\\u{{{:X}}}", number);
    }
    text.remove_prefix(character.bytes.size());
  }
  return shown;
}

}  // namespace rekey::base

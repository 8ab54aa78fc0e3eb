// What a text must not hold if people are to read it in a terminal: characters that move the
// cursor, turn the direction of the text around them, or take no room, and so let one text look
// like another (Unicode Technical Report 36 section 3.2).
//
// "Hidden" are: C0, DEL and C1 controls (ECMA-48); U+061C, U+200E, U+200F, U+202A to U+202E and
// U+2066 to U+2069 (UAX 9 section 2); U+200B to U+200D, U+2060 and U+FEFF. What arrives is refused
// by find_hidden_character; what is stored already is shown by escape_hidden. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey::base {

[[nodiscard]] bool is_hidden_character(char32_t code_point) noexcept;

// The first one; nullopt where there is none. Bytes that are not UTF-8 are passed over.
[[nodiscard]] std::optional<char32_t> find_hidden_character(std::string_view text) noexcept;

// "U+202E, which turns the direction of text".
[[nodiscard]] std::string describe_hidden_character(char32_t code_point);

enum class EscapeForm {
  kBraces,  // \u{202E}, for people
  kJson,    // \u202e, inside of JSON text: the document stays the same (RFC 8259 section 7)
};
// The text with every hidden character, line ends among them, escaped; a byte that is not UTF-8
// becomes U+FFFD.
[[nodiscard]] std::string escape_hidden(std::string_view text, EscapeForm form);

}  // namespace rekey::base

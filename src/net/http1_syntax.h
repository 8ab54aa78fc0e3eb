// The character classes of HTTP/1.1 (RFC 9110 section 5.6.2 and 5.5), as tables.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace rekey::net {

class CharacterClass {
 public:
  template <typename Predicate>
  constexpr explicit CharacterClass(Predicate predicate) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      members_[i] = predicate(static_cast<unsigned char>(i));
    }
  }
  [[nodiscard]] constexpr bool has(char c) const noexcept {
    return members_[static_cast<unsigned char>(c)];
  }
  [[nodiscard]] constexpr bool has_all(std::string_view text) const noexcept {
    for (const char c : text) {
      if (!has(c)) return false;
    }
    return true;
  }

 private:
  std::array<bool, 256> members_{};
};

constexpr bool is_ascii_alphanumeric(unsigned char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// token: methods and header names.
inline constexpr CharacterClass kTokenCharacters([](unsigned char c) {
  return is_ascii_alphanumeric(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
});
// field-value: visible ASCII, space, tab and obs-text; no other control character.
inline constexpr CharacterClass kFieldValueCharacters([](unsigned char c) {
  return c == '\t' || (c >= 0x20 && c != 0x7f);
});
// A request target: visible ASCII but the fragment sign, which never goes on the wire.
inline constexpr CharacterClass kTargetCharacters([](unsigned char c) {
  return c > 0x20 && c < 0x7f && c != '#';
});
// uri-host and port (RFC 3986 section 3.2.2) without the sub-delimiters that nobody has in a host.
inline constexpr CharacterClass kHostCharacters([](unsigned char c) {
  return is_ascii_alphanumeric(c) ||
         std::string_view("-._~%:[]").find(static_cast<char>(c)) != std::string_view::npos;
});

// Without spaces and tabs at both ends.
constexpr std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace rekey::net

// Text codecs: hex, base64url, base62, percent encoding, CRC-32, UTF-8 validity.
//
// Decoders are strict: a character outside the alphabet, a wrong length or spare bits is an error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::base {

inline constexpr std::string_view kBase62Alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view text_of(std::span<const std::uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] std::string hex_encode(std::span<const std::uint8_t> bytes);
[[nodiscard]] Result<std::vector<std::uint8_t>> hex_decode(std::string_view text);

// RFC 4648 section 5, without padding.
[[nodiscard]] constexpr std::size_t base64url_size(std::size_t bytes) noexcept {
  return (bytes * 4 + 2) / 3;
}
[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);
// Writes base64url_size(bytes.size()) characters to `out` and returns the end; allocates nothing.
char* base64url_encode_to(std::span<const std::uint8_t> bytes, char* out) noexcept;
[[nodiscard]] Result<std::vector<std::uint8_t>> base64url_decode(std::string_view text);
// Decodes into `out`; returns the number of bytes, or an error when it does not fit or is not
// base64url. Allocates nothing on success.
[[nodiscard]] Result<std::size_t> base64url_decode_to(std::string_view text,
                                                      std::span<std::uint8_t> out);
// RFC 4648 section 4, padded.
[[nodiscard]] std::string base64_encode(std::span<const std::uint8_t> bytes);
[[nodiscard]] Result<std::vector<std::uint8_t>> base64_decode(std::string_view text);

// `value` in base 62 over kBase62Alphabet, left-padded with '0' to `width` characters.
[[nodiscard]] std::string base62_encode(std::uint64_t value, std::size_t width);

// application/x-www-form-urlencoded (WHATWG URL section 5): '+' is a space, bad % is an error.
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] Result<std::string> percent_decode_form(std::string_view text);

// CRC-32 (IEEE 802.3, reflected, as in zip and png).
[[nodiscard]] std::uint32_t crc32(std::string_view text) noexcept;

[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

// ASCII only; locale-free.
[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

// The candidate nearest to `word` by edit distance, if it is near enough to be a likely typo;
// otherwise empty.
[[nodiscard]] std::string_view nearest_word(std::string_view word,
                                            std::span<const std::string_view> candidates);

}  // namespace rekey::base

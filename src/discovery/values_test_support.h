// Values of the shapes that are looked for, made anew from a seed: none stands in any file.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "credential/secret_format.h"

namespace rekey::discovery {

class Values {
 public:
  explicit Values(std::uint32_t seed) : random_(seed) {}

  std::string of(std::string_view alphabet, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += alphabet[random_() % alphabet.size()];
    return text;
  }
  std::string legacy() { return of(base::kBase62Alphabet, 24); }
  std::string foreign() { return "SFMC_" + of(base::kBase62Alphabet, 59); }
  std::string client_id() { return of("0123456789abcdefghijklmnopqrstuvwxyz", 24); }
  std::string tenant() { return "mc" + of("0123456789abcdefghijklmnopqrstuvwxyz-", 25) + "x"; }
  std::string ours(std::string_view prefix = credential::kDefaultSecretPrefix) {
    for (;;) {
      std::vector<std::uint8_t> entropy(256);
      for (auto& byte : entropy) byte = static_cast<std::uint8_t>(random_());
      credential::SecretShape shape;
      shape.prefix = prefix;
      const auto made = credential::make_secret(shape, entropy);
      if (made) return std::string(made->reveal());
    }
  }
  std::string uuid() {
    const auto hex = [this](std::size_t size) { return of("0123456789abcdef", size); };
    return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-8" + hex(3) + "-" + hex(12);
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }

 private:
  std::mt19937 random_;
};

[[nodiscard]] inline std::string base64_of(std::string_view text) {
  return base::base64_encode(base::bytes_of(text));
}

[[nodiscard]] inline std::string utf16_of(std::string_view text, bool is_little = true) {
  std::string wide;
  for (const char c : text) {
    if (is_little) wide += c;
    wide += '\0';
    if (!is_little) wide += c;
  }
  return wide;
}

// Every byte as an escape: "\u0041", "%41", "&#65;".
[[nodiscard]] inline std::string escaped_of(std::string_view text, std::string_view head,
                                            std::string_view tail, bool is_decimal = false) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += head;
    out += is_decimal ? std::to_string(byte) : base::hex_encode(base::bytes_of({&c, 1}));
    out += tail;
  }
  return out;
}

// Every byte as three octal digits: "\\101".
[[nodiscard]] inline std::string octal_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '\\';
    for (const unsigned shift : {6U, 3U, 0U}) out += static_cast<char>('0' + (byte >> shift & 7U));
  }
  return out;
}

// Folded in its middle, as in a quoted scalar of YAML.
[[nodiscard]] inline std::string folded_of(std::string_view text) {
  const std::size_t half = text.size() / 2;
  return std::string(text.substr(0, half)) + "\\\n    " + std::string(text.substr(half));
}

}  // namespace rekey::discovery

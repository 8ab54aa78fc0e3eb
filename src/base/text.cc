#include "base/text.h"

#include <algorithm>
#include <array>

#include "base/decode_to.h"

namespace rekey::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kPlainAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotInAlphabet = 0xff;

constexpr std::array<std::uint8_t, 256> reverse_table(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  for (auto& entry : table) entry = kNotInAlphabet;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr auto kUrlReverse = reverse_table(kUrlAlphabet);
constexpr auto kPlainReverse = reverse_table(kPlainAlphabet);

// tables[k][b]: what byte b does to the sum when k more bytes follow it.
constexpr std::array<std::array<std::uint32_t, 256>, 8> crc_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0u);
    tables[0][i] = value;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[k - 1][i];
      tables[k][i] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr auto kCrcTables = crc_tables();

char* encode_64(std::span<const std::uint8_t> bytes, std::string_view alphabet,
                char* out) noexcept {
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group =
        (std::uint32_t{bytes[i]} << 16) | (std::uint32_t{bytes[i + 1]} << 8) | bytes[i + 2];
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[(group >> 12) & 63];
    *out++ = alphabet[(group >> 6) & 63];
    *out++ = alphabet[group & 63];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 1) {
    *out++ = alphabet[bytes[i] >> 2];
    *out++ = alphabet[(bytes[i] & 3u) << 4];
  } else if (rest == 2) {
    *out++ = alphabet[bytes[i] >> 2];
    *out++ = alphabet[((bytes[i] & 3u) << 4) | (bytes[i + 1] >> 4)];
    *out++ = alphabet[(bytes[i + 1] & 15u) << 2];
  }
  return out;
}

Result<std::size_t> decode_64(std::string_view text, const std::array<std::uint8_t, 256>& reverse,
                              std::span<std::uint8_t> out) {
  if (text.size() % 4 == 1) return fail(Code::kInvalidArgument, "base64 of an impossible length");
  const std::size_t size = text.size() * 3 / 4;
  if (size > out.size()) return fail(Code::kLimitReached, "base64 text is longer than allowed");
  std::uint32_t group = 0;
  unsigned bits = 0;
  std::size_t written = 0;
  for (const char c : text) {
    const auto value = reverse[static_cast<std::uint8_t>(c)];
    if (value == kNotInAlphabet) return fail(Code::kInvalidArgument, "not a base64 character");
    group = (group << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[written++] = static_cast<std::uint8_t>(group >> bits);
      group &= (1u << bits) - 1;
    }
  }
  if (group != 0) return fail(Code::kInvalidArgument, "base64 text has spare bits set");
  return written;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (to_lower(a[i - 1]) == to_lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Length of the UTF-8 sequence at the front of `text`, or 0 when it is not valid (RFC 3629).
std::size_t utf8_sequence_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto is_tail = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return is_tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : 0xbf;
    return is_tail(1, low, high) && is_tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const std::uint8_t low = lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xf4 ? 0x8f : 0xbf;
    return is_tail(1, low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string hex_encode(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

Result<std::vector<std::uint8_t>> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Code::kInvalidArgument, "hex of an odd length");
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(Code::kInvalidArgument, "not a hexadecimal digit");
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
  std::string text(base64url_size(bytes.size()), '\0');
  encode_64(bytes, kUrlAlphabet, text.data());
  return text;
}

char* base64url_encode_to(std::span<const std::uint8_t> bytes, char* out) noexcept {
  return encode_64(bytes, kUrlAlphabet, out);
}

Result<std::vector<std::uint8_t>> base64url_decode(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size() * 3 / 4);
  REKEY_TRY(const auto size, decode_64(text, kUrlReverse, bytes));
  bytes.resize(size);
  return bytes;
}

Result<std::size_t> base64url_decode_to(std::string_view text, std::span<std::uint8_t> out) {
  return decode_64(text, kUrlReverse, out);
}

std::string base64_encode(std::span<const std::uint8_t> bytes) {
  std::string text(base64url_size(bytes.size()), '\0');
  encode_64(bytes, kPlainAlphabet, text.data());
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<std::vector<std::uint8_t>> base64_decode(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size() * 3 / 4);
  REKEY_TRY(const auto size, base64_decode_to(text, bytes));
  bytes.resize(size);
  return bytes;
}

Result<std::size_t> base64_decode_to(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() % 4 != 0) return fail(Code::kInvalidArgument, "base64 of an impossible length");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode_64(text, kPlainReverse, out);
}

std::string base62_encode(std::uint64_t value, std::size_t width) {
  std::string text(width, '0');
  for (std::size_t i = width; i > 0 && value > 0; --i, value /= 62) {
    text[i - 1] = kBase62Alphabet[value % 62];
  }
  return text;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      encoded += '%';
      encoded += "0123456789ABCDEF"[byte >> 4];
      encoded += "0123456789ABCDEF"[byte & 15];
    }
  }
  return encoded;
}

Result<std::string> percent_decode_form(std::string_view text) {
  std::string decoded(text.size(), '\0');
  REKEY_TRY(const std::size_t size, percent_decode_form_to(text, decoded));
  decoded.resize(size);
  return decoded;
}

Result<std::size_t> percent_decode_form_to(std::string_view text, std::span<char> out) {
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (written == out.size()) return fail(Code::kLimitReached, "longer than allowed");
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail(Code::kInvalidArgument, "a '%' is not followed by two hexadecimal digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    out[written++] = c;
  }
  return written;
}

std::uint32_t crc32(std::string_view text) noexcept {
  const auto byte = [](char c) { return std::uint32_t{static_cast<std::uint8_t>(c)}; };
  const auto word = [&byte](std::string_view four) {
    return byte(four[0]) | byte(four[1]) << 8 | byte(four[2]) << 16 | byte(four[3]) << 24;
  };
  const auto sum_of = [](std::uint32_t bytes, std::size_t following) {
    return kCrcTables[following + 3][bytes & 0xff] ^
           kCrcTables[following + 2][(bytes >> 8) & 0xff] ^
           kCrcTables[following + 1][(bytes >> 16) & 0xff] ^ kCrcTables[following][bytes >> 24];
  };
  std::uint32_t value = 0xffffffffu;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    value = sum_of(value ^ word(text.substr(0, 4)), 4) ^ sum_of(word(text.substr(4, 4)), 0);
  }
  for (const char c : text) value = (value >> 8) ^ kCrcTables[0][(value ^ byte(c)) & 0xff];
  return value ^ 0xffffffffu;
}

bool is_valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto size = utf8_sequence_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  if (a == b) return true;  // what most write as everybody does
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto candidate : candidates) {
    if (const auto distance = edit_distance(word, candidate); distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace rekey::base

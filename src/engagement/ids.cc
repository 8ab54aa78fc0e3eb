#include "engagement/ids.h"

#include <array>

#include "base/text.h"

namespace rekey::engagement {

namespace {

constexpr std::size_t kGuidSize = 36;

constexpr bool is_dash_place(std::size_t at) noexcept {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

constexpr bool is_hex_digit(char c) noexcept {
  const char lower = base::to_lower(c);
  return (lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f');
}

}  // namespace

std::string Ids::guid() const {
  std::array<std::uint8_t, 16> bytes;
  fill_random_(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = base::hex_encode(bytes);
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' +
         hex.substr(16, 4) + '-' + hex.substr(20);
}

bool is_guid(std::string_view text) noexcept {
  if (text.size() != kGuidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_place(i) ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

}  // namespace rekey::engagement

#include "documents/characters.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "documents/position.h"

namespace rekey::documents {

using base::Code;
using base::fail;
using base::Status;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::uint32_t hex_at(std::string_view text, std::size_t index, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = index; i < index + count; ++i) {
    number = number * 16 + static_cast<std::uint32_t>(hex_value(text[i]));
  }
  return number;
}

bool has_hex_at(std::string_view text, std::size_t index, std::size_t count) noexcept {
  const auto digits = index < text.size() ? text.substr(index, count) : std::string_view{};
  return digits.size() == count &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return hex_value(c) >= 0; });
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

void append_utf16_escape(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
  };
  if (point < 0x10000) {
    put(point);
  } else {
    put(0xd800 + ((point - 0x10000) >> 10));
    put(0xdc00 + ((point - 0x10000) & 0x3ff));
  }
}

Character character_at(std::string_view text, std::size_t index) noexcept {
  const auto lead = static_cast<unsigned char>(text[index]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : (lead >= 0xe0 ? 3 : 2);
  std::uint32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[index + i]) & 0x3fU);
  }
  return {point, length};
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Status check_no_nul(std::string_view document) {
  const auto nul = document.find('\0');
  if (nul == std::string_view::npos) return {};
  return fail(Code::kCorrupt, fmt::format("{}: a NUL character; is this UTF-16? Only UTF-8 is read",
                                          describe_position(document, nul)));
}

// Line by line, to say where: a line break is never part of another character.
Status check_text(std::string_view document) {
  REKEY_CHECK(check_no_nul(document));
  if (base::is_valid_utf8(document)) return {};
  std::size_t begin = 0;
  for (;;) {
    const auto end = std::min(document.find('\n', begin), document.size());
    if (!base::is_valid_utf8(document.substr(begin, end - begin))) break;
    begin = end + 1;
  }
  return fail(Code::kCorrupt, fmt::format("{} or behind it: this line is not UTF-8",
                                          describe_position(document, begin)));
}

}  // namespace rekey::documents

#include "documents/yaml_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "base/text.h"
#include "documents/characters.h"

namespace rekey::documents {
namespace {

using base::Secret;

constexpr std::pair<char, std::uint32_t> kShortEscapes[] = {
    {'0', 0},   {'a', 7},     {'b', 8},    {'t', 9},    {'\t', 9},     {'n', 10},
    {'v', 11},  {'f', 12},    {'r', 13},   {'e', 27},   {' ', ' '},    {'"', '"'},
    {'/', '/'}, {'\\', '\\'}, {'N', 0x85}, {'_', 0xa0}, {'L', 0x2028}, {'P', 0x2029},
};

constexpr std::string_view kDigits = "0123456789";

// The digits of "\x41", "\u0041" and "\U00000041".
std::size_t digits_of(char kind) {
  return kind == 'x' ? 2 : (kind == 'u' ? 4 : (kind == 'U' ? 8 : 0));
}

bool is_word_of_another_type(std::string_view text) {
  constexpr std::string_view kWords[] = {"~",   "null", "true", "false", "yes", "no",   "on",
                                         "off", "y",    "n",    "=",     "<<",  ".inf", ".nan"};
  return std::any_of(std::begin(kWords), std::end(kWords), [text](std::string_view word) {
    return base::equal_ignoring_case(text, word);
  });
}

bool consists_of(std::string_view text, std::string_view any) {
  return text.find_first_not_of(any) == std::string_view::npos;
}

// "2026-01-02", and a time behind it.
bool is_date(std::string_view text) {
  const auto year = text.find('-');
  if (year != 4 || !consists_of(text.substr(0, 4), kDigits)) return false;
  const auto month = text.find('-', 5);
  return month != std::string_view::npos && consists_of(text.substr(5, month - 5), kDigits) &&
         month + 1 < text.size() && kDigits.find(text[month + 1]) != std::string_view::npos;
}

// More than is a number anywhere: base 60, underscores, all bases.
bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (is_word_of_another_type(text)) return true;
  if (text.empty()) return false;
  if (text.starts_with("0x")) return consists_of(text.substr(2), "0123456789abcdefABCDEF_");
  if (text.starts_with("0b") || text.starts_with("0o")) {
    return consists_of(text.substr(2), "01234567_");
  }
  if (text.find_first_of(kDigits) > 1) return false;
  const auto mantissa = std::min(text.find_first_not_of("0123456789_.:,"), text.size());
  if (mantissa == 0) return false;
  auto exponent = text.substr(mantissa);
  if (exponent.empty()) return true;
  if (!exponent.starts_with('e') && !exponent.starts_with('E')) return false;
  exponent.remove_prefix(1);
  if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
  return !exponent.empty() && consists_of(exponent, kDigits);
}

bool carries_plain(std::string_view value) {
  constexpr std::string_view kInside =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/-.+=@";
  return !value.empty() && kInside.find(value.front()) < 64 && consists_of(value, kInside) &&
         !is_yaml_other_type(value);
}

bool carries_single_quoted(std::string_view value, bool keeps_ascii) {
  for (std::size_t i = 0; i < value.size();) {
    const auto [point, length_bytes] = character_at(value, i);
    if (!is_yaml_printable(point) || (point >= 0x80 && keeps_ascii)) return false;
    i += length_bytes;
  }
  return true;
}

std::string single_quote(std::string_view value) {
  std::string text;
  text.reserve(value.size() * 2 + 2);  // no growth: it would leave copies
  text += '\'';
  for (const char c : value) {
    if (c == '\'') text += '\'';
    text += c;
  }
  text += '\'';
  return text;
}

std::string double_quote(std::string_view value, bool keeps_ascii) {
  std::string text;
  text.reserve(value.size() * 4 + 2);  // no growth: it would leave copies
  text += '"';
  for (std::size_t i = 0; i < value.size();) {
    const auto [point, length_bytes] = character_at(value, i);
    if (point == '"' || point == '\\') {
      text += '\\';
      text += value[i];
    } else if (point == '\n' || point == '\r' || point == '\t') {
      text += '\\';
      text += point == '\n' ? 'n' : (point == '\r' ? 'r' : 't');
    } else if (is_yaml_printable(point) && (point < 0x80 || !keeps_ascii)) {
      text += value.substr(i, length_bytes);
    } else if (point < 0x80) {
      fmt::format_to(std::back_inserter(text), "\\x{:02x}", point);
    } else if (point < 0x10000) {
      fmt::format_to(std::back_inserter(text), "\\u{:04x}", point);
    } else {
      fmt::format_to(std::back_inserter(text), "\\U{:08x}", point);
    }
    i += length_bytes;
  }
  text += '"';
  return text;
}

Secret decode_single_quoted(std::string_view inner) {
  std::string value;
  value.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    value += inner[i];
    if (inner[i] == '\'') ++i;
  }
  return Secret::take(std::move(value));
}

Secret decode_double_quoted(std::string_view inner) {
  std::string value;
  value.reserve(inner.size() * 2);  // "\L" is three bytes
  for (std::size_t i = 0; i < inner.size();) {
    if (inner[i] != '\\') {
      value += inner[i++];
      continue;
    }
    const auto length = yaml_escape_length(inner.substr(i));
    const auto* known =
        std::find_if(std::begin(kShortEscapes), std::end(kShortEscapes),
                     [c = inner[i + 1]](const auto& escape) { return escape.first == c; });
    append_utf8(value, length == 2 ? known->second : hex_at(inner, i + 2, length - 2));
    i += length;
  }
  return Secret::take(std::move(value));
}

}  // namespace

bool is_yaml_printable(std::uint32_t point) noexcept {
  return point >= 0x20 && (point < 0x7f || point >= 0xa0) && point != 0x2028 && point != 0x2029 &&
         point != 0xfeff && point != 0xfffe && point != 0xffff;
}

std::size_t yaml_escape_length(std::string_view text) noexcept {
  if (text.size() < 2) return 0;
  const auto digits = digits_of(text[1]);
  if (digits > 0) {
    return has_hex_at(text, 2, digits) && is_scalar_value(hex_at(text, 2, digits)) ? 2 + digits : 0;
  }
  return std::any_of(std::begin(kShortEscapes), std::end(kShortEscapes),
                     [&text](const auto& escape) { return escape.first == text[1]; })
             ? 2
             : 0;
}

bool is_yaml_other_type(std::string_view text) noexcept {
  return text.empty() || is_word_of_another_type(text) || is_number(text) || is_date(text);
}

Secret decode_yaml(std::string_view text) {
  if (text.starts_with('\'')) return decode_single_quoted(text.substr(1, text.size() - 2));
  if (text.starts_with('"')) return decode_double_quoted(text.substr(1, text.size() - 2));
  return Secret(text);
}

Secret encode_yaml(std::string_view present, std::string_view value, bool keeps_ascii) {
  const bool is_quoted = present.starts_with('"') || present.starts_with('\'');
  if (!is_quoted && carries_plain(value)) return Secret(value);
  if (present.starts_with('\'') && carries_single_quoted(value, keeps_ascii)) {
    return Secret::take(single_quote(value));
  }
  return Secret::take(double_quote(value, keeps_ascii));
}

}  // namespace rekey::documents

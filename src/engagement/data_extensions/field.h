// The columns of data extensions, and what they hold.
//
// A value is kept in one canonical text for its type, so that what was written in any accepted form
// is read in one form, and keys compare. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::engagement::data_extensions {

enum class FieldType { kText, kNumber, kDate, kBoolean, kEmailAddress, kPhone, kDecimal, kLocale };
// "Text", "EmailAddress", …
[[nodiscard]] std::string_view name_of(FieldType type) noexcept;
// In any letter case; nullopt where it is no type.
[[nodiscard]] std::optional<FieldType> parse_field_type(std::string_view text) noexcept;

inline constexpr std::int64_t kLongestText = 4000;

struct Field {
  std::int64_t number = 0;  // within the data extension; never given twice
  std::string guid;
  std::int64_t ordinal = 0;
  std::string name;
  FieldType type = FieldType::kText;
  std::int64_t length = kLongestText;  // characters of a text, digits of a decimal
  std::int64_t scale = 0;              // digits of a decimal after the point
  bool is_primary_key = false;
  bool is_nullable = true;
  std::optional<std::string> default_value;  // canonical
  std::string description;
};

// The canonical text of a value as it was sent; nullopt for null, and for an empty text of any type
// but Text. kInvalidArgument with a sentence that names the column and what it takes, never the
// value.
//   Text at most `length` characters · Number -2147483648 to 2147483647 · Date ISO 8601 or
//   M/D/YYYY with or without a time, kept as "2026-09-01T10:00:00" · Boolean true, false, 1, 0,
//   yes, no, kept as "True" and "False" · EmailAddress, at most 254 characters · Phone digits and
//   ()+-. and spaces, at most 50 · Decimal at most `length` digits, of them `scale` after the point
//   · Locale such as en-US
[[nodiscard]] base::Result<std::optional<std::string>> canonical(
    const Field& field, const std::optional<std::string>& text);

}  // namespace rekey::engagement::data_extensions

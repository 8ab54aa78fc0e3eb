#include "engagement/data_extensions/field.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/text.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::pair<FieldType, std::string_view>, 8> kTypes{{
    {FieldType::kText, "Text"},
    {FieldType::kNumber, "Number"},
    {FieldType::kDate, "Date"},
    {FieldType::kBoolean, "Boolean"},
    {FieldType::kEmailAddress, "EmailAddress"},
    {FieldType::kPhone, "Phone"},
    {FieldType::kDecimal, "Decimal"},
    {FieldType::kLocale, "Locale"},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::string> canonical_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool fits = number >= std::numeric_limits<std::int32_t>::min() &&
                    number <= std::numeric_limits<std::int32_t>::max();
  if (problem != std::errc{} || end != text.data() + text.size() || !fits) return std::nullopt;
  return std::to_string(number);
}

std::optional<std::string> canonical_boolean(std::string_view text) {
  for (const std::string_view word : {"true", "1", "yes", "y", "t"}) {
    if (base::equal_ignoring_case(text, word)) return "True";
  }
  for (const std::string_view word : {"false", "0", "no", "n", "f"}) {
    if (base::equal_ignoring_case(text, word)) return "False";
  }
  return std::nullopt;
}

// Without a plus sign and superfluous zeros; with a digit before the point.
std::optional<std::string> canonical_decimal(const Field& field, std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const bool is_number = (!whole.empty() || !fraction.empty()) &&
                         std::all_of(whole.begin(), whole.end(), is_digit) &&
                         std::all_of(fraction.begin(), fraction.end(), is_digit);
  if (!is_number) return std::nullopt;
  while (whole.starts_with('0')) whole.remove_prefix(1);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  const auto most_whole = static_cast<std::size_t>(field.length - field.scale);
  if (whole.size() > most_whole || fraction.size() > static_cast<std::size_t>(field.scale)) {
    return std::nullopt;
  }
  const bool is_zero = whole.empty() && fraction.empty();
  std::string result = is_negative && !is_zero ? "-" : "";
  result += whole.empty() ? std::string_view("0") : whole;
  if (!fraction.empty()) result.append(".").append(fraction);
  return result;
}

std::optional<std::string> canonical_phone(std::string_view text) {
  constexpr std::size_t kLongest = 50;
  const auto is_allowed = [](char c) {
    return is_digit(c) || std::string_view("()+-. /x").find(c) != std::string_view::npos;
  };
  const bool is_phone = text.size() <= kLongest &&
                        std::any_of(text.begin(), text.end(), is_digit) &&
                        std::all_of(text.begin(), text.end(), is_allowed);
  if (!is_phone) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> canonical_locale(std::string_view text) {
  const auto is_letter = [](char c) {
    return base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z';
  };
  const std::size_t dash = std::min(text.find_first_of("-_"), text.size());
  const std::string_view language = text.substr(0, dash);
  const std::string_view country = text.substr(std::min(dash + 1, text.size()));
  const bool is_locale = language.size() >= 2 && language.size() <= 3 && country.size() <= 4 &&
                         std::all_of(language.begin(), language.end(), is_letter) &&
                         std::all_of(country.begin(), country.end(), is_letter) &&
                         (dash == text.size() || country.size() >= 2);
  if (!is_locale) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> convert(const Field& field, std::string_view text) {
  switch (field.type) {
    case FieldType::kText:
      if (character_count(text) > static_cast<std::size_t>(field.length)) return std::nullopt;
      return std::string(text);
    case FieldType::kNumber:
      return canonical_number(text);
    case FieldType::kDate:
      return canonical_date(text);
    case FieldType::kBoolean:
      return canonical_boolean(text);
    case FieldType::kEmailAddress:
      if (!is_email_address(text)) return std::nullopt;
      return std::string(text);
    case FieldType::kPhone:
      return canonical_phone(text);
    case FieldType::kDecimal:
      return canonical_decimal(field, text);
    case FieldType::kLocale:
      return canonical_locale(text);
  }
  return std::nullopt;
}

std::string what_it_takes(const Field& field) {
  switch (field.type) {
    case FieldType::kText:
      return fmt::format("at most {} characters", field.length);
    case FieldType::kNumber:
      return "a whole number from -2147483648 to 2147483647";
    case FieldType::kDate:
      return "a date such as 2026-09-01T10:00:00 or 9/1/2026 10:00 AM";
    case FieldType::kBoolean:
      return "true or false";
    case FieldType::kEmailAddress:
      return "an e-mail address";
    case FieldType::kPhone:
      return "a telephone number of at most 50 characters";
    case FieldType::kDecimal:
      return fmt::format("a number of at most {} digits, {} of them after the point", field.length,
                         field.scale);
    case FieldType::kLocale:
      return "a locale such as en-US";
  }
  return {};
}

// Every type but a text takes an empty text for no value.
bool means_null(const Field& field, std::string_view text) {
  return text.empty() && field.type != FieldType::kText;
}

tl::unexpected<base::Error> wrong(const Field& field) {
  return fail(Code::kInvalidArgument, fmt::format("the column \"{}\" ({}) takes {}", field.name,
                                                  name_of(field.type), what_it_takes(field)));
}

}  // namespace

std::string_view name_of(FieldType type) noexcept {
  for (const auto& [known, name] : kTypes) {
    if (known == type) return name;
  }
  return {};
}

std::optional<FieldType> parse_field_type(std::string_view text) noexcept {
  for (const auto& [type, name] : kTypes) {
    if (base::equal_ignoring_case(name, text)) return type;
  }
  return std::nullopt;
}

Result<std::optional<std::string>> canonical(const Field& field,
                                             const std::optional<std::string>& text) {
  if (!text || means_null(field, *text)) return std::optional<std::string>{};
  auto converted = convert(field, *text);
  if (!converted) return wrong(field);
  return converted;
}

}  // namespace rekey::engagement::data_extensions

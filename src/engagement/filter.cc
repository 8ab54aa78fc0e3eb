#include "engagement/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "base/time.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/data_extensions/field.h"
#include "engagement/filter_joins.h"
#include "engagement/text_rules.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kLongestName = 200;

std::string shown(std::string_view name) {
  return std::string(name.substr(0, kLongestName));
}

tl::unexpected<base::Error> wrong(std::string_view property, std::string_view what) {
  return fail(Code::kInvalidArgument,
              fmt::format("The filter on the property {} {}", shown(property), what));
}

std::optional<std::int64_t> as_integer(std::string_view text) {
  text = without_blanks(text);
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_part) &&
         std::count(text.begin(), text.end(), '.') <= 1 && text != ".";
}

// With the fraction of a second where there is one; without a zone it is UTC.
std::optional<base::Instant> as_instant(std::string_view text) {
  const std::string trimmed(without_blanks(text));
  if (const auto exact = base::parse_instant(trimmed)) return *exact;
  if (const auto exact = base::parse_instant(trimmed + "Z")) return *exact;
  const auto canonical = data_extensions::canonical_date(trimmed);
  if (!canonical) return std::nullopt;
  const auto parsed = base::parse_instant(*canonical + "Z");
  return parsed ? std::optional<base::Instant>(*parsed) : std::nullopt;
}

std::optional<bool> as_truth(std::string_view text) {
  data_extensions::Field field;
  field.type = data_extensions::FieldType::kBoolean;
  const auto canonical = data_extensions::canonical(field, std::string(without_blanks(text)));
  if (!canonical || !*canonical) return std::nullopt;
  return **canonical == "True";
}

std::optional<Parameter> as_parameter(ValueKind kind, const std::string& text) {
  switch (kind) {
    case ValueKind::kText:
      return text;
    case ValueKind::kInteger:
    case ValueKind::kIntegerText: {
      const auto number = as_integer(text);
      return number ? std::optional<Parameter>(*number) : std::nullopt;
    }
    case ValueKind::kDecimalText: {
      const std::string_view trimmed = without_blanks(text);
      return is_decimal(trimmed) ? std::optional<Parameter>(std::string(trimmed)) : std::nullopt;
    }
    case ValueKind::kInstant: {
      const auto instant = as_instant(text);
      return instant ? std::optional<Parameter>(base::to_millis(*instant)) : std::nullopt;
    }
    case ValueKind::kDateText:
      return data_extensions::canonical_date(without_blanks(text));
    case ValueKind::kBoolean: {
      const auto truth = as_truth(text);
      return truth ? std::optional<Parameter>(std::int64_t{*truth}) : std::nullopt;
    }
    case ValueKind::kBooleanText: {
      const auto truth = as_truth(text);
      return truth ? std::optional<Parameter>(std::string(*truth ? "True" : "False"))
                   : std::nullopt;
    }
    case ValueKind::kPairs:
      break;
  }
  return std::nullopt;
}

std::string_view what_it_takes(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText:
      return "takes a text";
    case ValueKind::kInteger:
    case ValueKind::kIntegerText:
      return "takes a whole number";
    case ValueKind::kDecimalText:
      return "takes a number";
    case ValueKind::kInstant:
    case ValueKind::kDateText:
      return "takes a date such as 2026-09-01T10:00:00";
    case ValueKind::kBoolean:
    case ValueKind::kBooleanText:
      return "takes true or false";
    case ValueKind::kPairs:
      return "is not possible: it is a list";
  }
  return {};
}

// For LIKE: the value itself, anywhere (`around`), with '%' as it is (`keeps_percent`).
std::string pattern_of(std::string_view value, bool begins_anywhere, bool ends_anywhere,
                       bool keeps_percent) {
  std::string pattern = begins_anywhere ? "%" : "";
  for (const char c : value) {
    if (c == '\\' || c == '_' || (c == '%' && !keeps_percent)) pattern += '\\';
    pattern += c;
  }
  if (ends_anywhere) pattern += '%';
  return pattern;
}

class Compiler {
 public:
  Compiler(const FindColumn& find, int first_parameter) : find_(find), next_(first_parameter) {}

  Result<std::string> comparison(const Filter& filter) {
    const auto column = find_(filter.property);
    if (!column) return wrong(filter.property, "is not possible: it is no filterable property");
    switch (filter.comparison) {
      case Operator::kIsNull:
        return fmt::format("({}) IS NULL", column->sql);
      case Operator::kIsNotNull:
        return fmt::format("({}) IS NOT NULL", column->sql);
      case Operator::kLike:
      case Operator::kBeginsWith:
      case Operator::kEndsWith:
      case Operator::kContains:
      case Operator::kNotContains:
      case Operator::kContainsWord:
        return text_search(filter, *column);
      case Operator::kIn:
        return list(filter, *column);
      case Operator::kBetween:
        return between(filter, *column);
      default:
        return order(filter, *column);
    }
  }
  std::vector<Parameter> release() { return std::move(parameters_); }

 private:
  // "?N" for the value, brought into the column's form.
  Result<std::string> bound(const Filter& filter, const FilterColumn& column,
                            const std::string& value) {
    auto parameter = as_parameter(column.kind, value);
    if (!parameter) return wrong(filter.property, what_it_takes(column.kind));
    parameters_.push_back(*std::move(parameter));
    const char* form = column.kind == ValueKind::kDecimalText ? "CAST(?{} AS REAL)" : "?{}";
    return fmt::format(fmt::runtime(form), next_++);
  }
  Result<std::string> order(const Filter& filter, const FilterColumn& column) {
    constexpr std::array<std::pair<Operator, std::string_view>, 6> kSigns{{
        {Operator::kEquals, "="},
        {Operator::kNotEquals, "<>"},
        {Operator::kGreaterThan, ">"},
        {Operator::kLessThan, "<"},
        {Operator::kGreaterThanOrEqual, ">="},
        {Operator::kLessThanOrEqual, "<="},
    }};
    const auto* const known = std::find_if(kSigns.begin(), kSigns.end(), [&](const auto& one) {
      return one.first == filter.comparison;
    });
    REKEY_ASSERT(known != kSigns.end());
    REKEY_TRY(const std::string value, bound(filter, column, filter.values.front()));
    return fmt::format("{} {} {}", ordered(column), known->second, value);
  }

  Result<std::string> between(const Filter& filter, const FilterColumn& column) {
    REKEY_TRY(const std::string low, bound(filter, column, filter.values[0]));
    REKEY_TRY(const std::string high, bound(filter, column, filter.values[1]));
    return fmt::format("{} BETWEEN {} AND {}", ordered(column), low, high);
  }

  Result<std::string> list(const Filter& filter, const FilterColumn& column) {
    std::string values;
    for (const std::string& value : filter.values) {
      if (!values.empty()) values += ',';
      REKEY_TRY(const std::string one, bound(filter, column, value));
      values += one;
    }
    return fmt::format("{} IN ({})", ordered(column), values);
  }

  Result<std::string> text_search(const Filter& filter, const FilterColumn& column) {
    if (column.kind == ValueKind::kInstant || column.kind == ValueKind::kBoolean ||
        column.kind == ValueKind::kPairs) {
      return wrong(filter.property, "takes no search in a text: it is none");
    }
    const std::string& value = filter.values.front();
    const bool is_word = filter.comparison == Operator::kContainsWord;
    std::string pattern;
    if (is_word) {
      pattern = "% " + pattern_of(value, false, false, false) + " %";
    } else {
      pattern = pattern_of(value, filter.comparison != Operator::kBeginsWith,
                           filter.comparison != Operator::kEndsWith,
                           filter.comparison == Operator::kLike);
    }
    parameters_.emplace_back(std::move(pattern));
    const bool is_not = filter.comparison == Operator::kNotContains;
    return fmt::format("({}{}{}) {}LIKE ?{} ESCAPE '\\'", is_word ? "' ' || " : "", column.sql,
                       is_word ? " || ' '" : "", is_not ? "NOT " : "", next_++);
  }

  const FindColumn& find_;
  int next_;
  std::vector<Parameter> parameters_;
};

}  // namespace

Result<Condition> compile_filter(const Filter& filter, const FindColumn& find,
                                 int first_parameter) {
  Compiler compiler(find, first_parameter);
  REKEY_TRY(std::string sql, write_joined(filter, [&](const Filter& comparison) {
              return compiler.comparison(comparison);
            }));
  return Condition{std::move(sql), compiler.release()};
}

std::string ordered(const FilterColumn& column) {
  switch (column.kind) {
    case ValueKind::kText:
      return fmt::format("({}) COLLATE NOCASE", column.sql);
    case ValueKind::kIntegerText:
      return fmt::format("CAST(({}) AS INTEGER)", column.sql);
    case ValueKind::kDecimalText:
      return fmt::format("CAST(({}) AS REAL)", column.sql);
    default:
      return fmt::format("({})", column.sql);
  }
}

void append_parameters(storage::Values& values, const Condition& condition) {
  for (const Parameter& parameter : condition.parameters) {
    if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
      values.emplace_back(*number);
    } else {
      values.emplace_back(std::get<std::string>(parameter));
    }
  }
}

}  // namespace rekey::engagement

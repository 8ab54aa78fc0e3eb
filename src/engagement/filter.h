// What a list is filtered by: a tree of comparisons, compiled to a condition in SQL.
//
// SOAP reads it from XML (soap/filter.h), REST from a text (filter_text.h). Texts are compared
// without regard to the letter case of ASCII, numbers as numbers, dates as instants. A comparison
// with null is false, whatever the operator, but for isNull. `like` finds its value anywhere; '%'
// in it stands for any text. Values are bound, never written into the condition. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "storage/select.h"

namespace rekey::engagement {

inline constexpr std::size_t kMostFilterParts = 500;
inline constexpr std::size_t kMostFilterValues = 5000;
inline constexpr std::size_t kLongestFilterValue = 4000;

enum class Operator {
  kEquals,
  kNotEquals,
  kGreaterThan,
  kLessThan,
  kGreaterThanOrEqual,
  kLessThanOrEqual,
  kIsNull,
  kIsNotNull,
  kBetween,
  kIn,
  kLike,
  kBeginsWith,
  kEndsWith,
  kContains,
  kNotContains,
  kContainsWord,
};

struct Filter {
  // Of a part with operands: how they are joined. Else it is a comparison.
  bool needs_all = false;
  std::vector<Filter> operands;

  std::string property;
  Operator comparison = Operator::kEquals;
  std::vector<std::string> values;
};

// How a property's value stands in the database.
enum class ValueKind {
  kText,
  kInteger,      // an integer
  kIntegerText,  // digits as text
  kDecimalText,
  kInstant,      // milliseconds since 1970
  kDateText,     // "2026-09-01T10:00:00", UTC
  kBoolean,      // 0 or 1
  kBooleanText,  // "True" or "False"
  kPairs,        // [["name", "value"], …], each a nested object; cannot be filtered by
};

struct FilterColumn {
  std::string sql;
  ValueKind kind = ValueKind::kText;
};
// The column as it is compared, and as a list is put in its order.
[[nodiscard]] std::string ordered(const FilterColumn& column);
// nullopt: no such property, or none to filter by.
using FindColumn = std::function<std::optional<FilterColumn>(std::string_view property)>;

using Parameter = std::variant<std::int64_t, std::string>;
struct Condition {
  std::string sql;
  std::vector<Parameter> parameters;  // "?N" is the (N - first)th
};
// kInvalidArgument with a sentence that names the property, never a value.
[[nodiscard]] base::Result<Condition> compile_filter(const Filter& filter, const FindColumn& find,
                                                     int first_parameter);

// For binding; the condition must live as long.
void append_parameters(storage::Values& values, const Condition& condition);

}  // namespace rekey::engagement

#include "engagement/data_extensions/row_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Result;

// What ends a column in a key, and what comes right after that (rows.cc).
constexpr char kSeparator = '\x01';
constexpr char kAfterSeparator = '\x02';

ValueKind kind_of(FieldType type) {
  switch (type) {
    case FieldType::kNumber:
      return ValueKind::kIntegerText;
    case FieldType::kDecimal:
      return ValueKind::kDecimalText;
    case FieldType::kDate:
      return ValueKind::kDateText;
    case FieldType::kBoolean:
      return ValueKind::kBooleanText;
    default:
      return ValueKind::kText;
  }
}

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    literal += c;
    if (c == '\'') literal += c;
  }
  return literal + "'";
}

// A column that came later than the row, and may not be null, shows its default value.
std::string sql_of(const Field& field) {
  const std::string stored = fmt::format("json_extract(r.content, '$.\"{}\"')", field.number);
  const bool has_default = !field.is_nullable && field.default_value &&
                           field.default_value->find('\0') == std::string::npos;
  return has_default ? fmt::format("coalesce({}, {})", stored, quoted(*field.default_value))
                     : stored;
}

// The value that every row of the filter has in that column, as keys hold it.
std::optional<std::string> pinned_value(const Filter& filter, const Field& field) {
  for (const Filter& operand : filter.operands) {
    if (!filter.needs_all) break;
    if (auto value = pinned_value(operand, field)) return value;
  }
  const bool pins = filter.operands.empty() && filter.comparison == Operator::kEquals &&
                    base::equal_ignoring_case(filter.property, field.name);
  // Of decimals the same number may be written in several ways.
  if (!pins || field.type == FieldType::kDecimal) return std::nullopt;
  const auto value = canonical(field, filter.values.front());
  return value ? *value : std::nullopt;
}

// Narrows a list down to keys; the filter itself stays.
struct KeyRange {
  std::string condition;
  std::vector<std::string> bounds;
};
KeyRange key_range(const Definition& definition, const Filter& filter, int first_parameter) {
  std::vector<std::string> leading;
  const auto keys = definition.primary_key();
  for (const Field* field : keys) {
    auto value = pinned_value(filter, *field);
    if (!value) break;
    leading.push_back(*std::move(value));
  }
  const auto prefix = key_prefix(leading);
  if (leading.empty() || !prefix) return {};
  if (leading.size() == keys.size()) {
    return {fmt::format(" AND r.row_key = ?{}", first_parameter), {*prefix}};
  }
  return {fmt::format(" AND r.row_key >= ?{} AND r.row_key < ?{}", first_parameter,
                      first_parameter + 1),
          {*prefix + kSeparator, *prefix + kAfterSeparator}};
}

// Rows lie in the order of their keys: that needs no sorting.
std::string order_of(const Definition& definition, const RowsAsked& asked,
                     const ListColumns& columns) {
  const auto keys = definition.primary_key();
  const bool is_by_key =
      asked.orders.size() == 1 && keys.size() == 1 &&
      base::equal_ignoring_case(asked.orders.front().property, keys.front()->name) &&
      keys.front()->type != FieldType::kNumber && keys.front()->type != FieldType::kDecimal;
  if (!is_by_key) return order_by(asked.orders, columns, "r.row_key");
  return asked.orders.front().is_descending ? "r.row_key DESC" : "r.row_key";
}

}  // namespace

ListColumns row_columns(const Definition& definition) {
  ListColumns columns;
  for (const Field& field : definition.fields) {
    columns.push_back({field.name, sql_of(field), kind_of(field.type)});
  }
  return columns;
}

Result<storage::Page<Row>> list_rows(storage::Connection& tables, const Definition& definition,
                                     const RowsAsked& asked) {
  const ListColumns columns = row_columns(definition);
  std::string source = "FROM data_extension_row r WHERE r.store = ?1";
  storage::Values values{definition.store};
  KeyRange range;
  Condition condition;
  if (asked.filter) {
    range = key_range(definition, *asked.filter, 2);
    for (const std::string& bound : range.bounds) values.emplace_back(bound);
    REKEY_TRY(condition, compile_for(*asked.filter, columns, static_cast<int>(values.size()) + 1));
    append_parameters(values, condition);
    source += range.condition + " AND " + condition.sql;
  }
  const std::string order = order_of(definition, asked, columns);
  const storage::PageQuery query{"r.row_key, r.content", source,     order,
                                 std::move(values),      asked.page, asked.size};
  const PageReader reader(asked.most_bytes);
  if (asked.filter) return storage::read_page(tables, query, reader);
  storage::Page<Row> page;
  page.count = definition.row_count;
  REKEY_TRY(page.rows, storage::all_rows(storage::select_page(tables, query), reader));
  return page;
}

}  // namespace rekey::engagement::data_extensions

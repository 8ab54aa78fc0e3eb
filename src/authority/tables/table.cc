#include "authority/tables/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "base/assert.h"

namespace rekey::authority::tables {

namespace {

using base::Code;
using base::Result;

std::string join_names(const std::vector<Column>& columns, std::size_t first, std::size_t last,
                       std::string_view form, std::string_view separator) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) {
    if (i != first) text += separator;
    text += fmt::format(fmt::runtime(form), fmt::arg("name", columns[i].name),
                        fmt::arg("number", i + 1));
  }
  return text;
}

void bind_cell(storage::Statement& statement, int parameter, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    statement.bind(parameter, *number);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    statement.bind(parameter, std::string_view(*text));
  } else {
    statement.bind_null(parameter);
  }
}

}  // namespace

Table::Table(std::string_view name, std::size_t key_size, std::vector<Column> columns,
             std::string_view owner)
    : name_(name), key_size_(key_size), columns_(std::move(columns)) {
  const std::size_t count = columns_.size();
  const std::string names = join_names(columns_, 0, count, "{name}", ", ");
  const std::string key = join_names(columns_, 0, key_size_, "{name}", ", ");
  put_ = fmt::format("INSERT INTO {}({}) VALUES({}) ON CONFLICT({}) DO UPDATE SET {}", name_, names,
                     join_names(columns_, 0, count, "?{number}", ", "), key,
                     join_names(columns_, key_size_, count, "{name} = ?{number}", ", "));
  remove_ = fmt::format("DELETE FROM {} WHERE {}", name_,
                        join_names(columns_, 0, key_size_, "{name} = ?{number}", " AND "));
  select_all_ = fmt::format("SELECT {} FROM {} ORDER BY {}", names, name_, key);
  select_of_ = fmt::format("SELECT {} FROM {} WHERE {} = ?1 ORDER BY {}", names, name_,
                           owner.empty() ? columns_.front().name : owner, key);
}

base::Status Table::put(storage::Connection& connection, const Row& row) const {
  REKEY_ASSERT(row.size() == columns_.size());
  REKEY_TRY(storage::Statement statement, connection.prepare(put_));
  for (std::size_t i = 0; i < row.size(); ++i) {
    bind_cell(statement, static_cast<int>(i) + 1, row[i]);
  }
  return statement.run();
}

base::Status Table::remove(storage::Connection& connection, const Row& row) const {
  REKEY_TRY(storage::Statement statement, connection.prepare(remove_));
  for (std::size_t i = 0; i < key_size_; ++i) {
    bind_cell(statement, static_cast<int>(i) + 1, row[i]);
  }
  return statement.run();
}

Result<std::vector<Row>> Table::read_all(storage::Connection& connection) const {
  REKEY_TRY(storage::Statement statement, connection.prepare(select_all_));
  return read(std::move(statement));
}

Result<std::vector<Row>> Table::read_of(storage::Connection& connection, std::int64_t owner) const {
  REKEY_TRY(storage::Statement statement, connection.prepare(select_of_));
  statement.bind(1, owner);
  return read(std::move(statement));
}

Result<std::vector<Row>> Table::read(storage::Statement statement) const {
  std::vector<Row> rows;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return rows;
    Row row;
    row.reserve(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int column = static_cast<int>(i);
      if (columns_[i].type == ColumnType::kText) {
        row.emplace_back(statement.text(column));
      } else if (const std::optional<std::int64_t> number = statement.optional_integer(column)) {
        row.emplace_back(*number);
      } else {
        row.emplace_back(std::monostate{});
      }
    }
    rows.push_back(std::move(row));
  }
}

base::Status put_changes(storage::Connection& connection, const Table& table,
                         const std::vector<Row>& before, const std::vector<Row>& after) {
  const auto less = [&](const Row& a, const Row& b) { return key_is_less(table, a, b); };
  for (const Row& row : before) {
    if (!std::binary_search(after.begin(), after.end(), row, less)) {
      REKEY_CHECK(table.remove(connection, row));
    }
  }
  for (const Row& row : after) {
    const auto old = std::lower_bound(before.begin(), before.end(), row, less);
    if (old == before.end() || *old != row) REKEY_CHECK(table.put(connection, row));
  }
  return {};
}

std::string describe(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&cell)) return fmt::format("'{}'", *text);
  return "NULL";
}

std::string describe_key(const Table& table, const Row& row) {
  std::string text = fmt::format("table {}, row ", table.name());
  for (std::size_t i = 0; i < table.key_size(); ++i) {
    if (i != 0) text += '/';
    const auto* key_text = std::get_if<std::string>(&row[i]);
    text += key_text != nullptr ? *key_text : describe(row[i]);
  }
  return text;
}

bool has_same_key(const Table& table, const Row& a, const Row& b) {
  return !key_is_less(table, a, b) && !key_is_less(table, b, a);
}

bool key_is_less(const Table& table, const Row& a, const Row& b) {
  const auto size = static_cast<std::ptrdiff_t>(table.key_size());
  return std::lexicographical_compare(a.begin(), a.begin() + size, b.begin(), b.begin() + size);
}

Result<std::reference_wrapper<const Cell>> RowReader::next() {
  if (column_ >= row_.size()) return base::fail(Code::kInternal, "a row has no more columns");
  return std::cref(row_[column_++]);
}

namespace {

tl::unexpected<base::Error> wrong_cell(const Table& table, const Row& row, std::size_t column) {
  return base::fail(Code::kCorrupt,
                    fmt::format("{}, column {}: {} cannot be", describe_key(table, row),
                                table.columns()[column].name, describe(row[column])));
}

}  // namespace

Result<std::int64_t> RowReader::integer() {
  REKEY_TRY(const Cell& cell, next());
  const auto* number = std::get_if<std::int64_t>(&cell);
  if (number == nullptr) return wrong_cell(table_, row_, column_ - 1);
  return *number;
}

Result<std::optional<std::int64_t>> RowReader::optional_integer() {
  REKEY_TRY(const Cell& cell, next());
  if (std::holds_alternative<std::monostate>(cell)) return std::optional<std::int64_t>{};
  const auto* number = std::get_if<std::int64_t>(&cell);
  if (number == nullptr) return wrong_cell(table_, row_, column_ - 1);
  return std::optional<std::int64_t>{*number};
}

Result<std::string> RowReader::text() {
  REKEY_TRY(const Cell& cell, next());
  const auto* text = std::get_if<std::string>(&cell);
  if (text == nullptr) return wrong_cell(table_, row_, column_ - 1);
  return *text;
}

}  // namespace rekey::authority::tables

// Tables whose every column follows from events.
//
// Each such table is described once, as data: the same description writes the rows, reads them
// back, and lets verify.h compare what stands in the database with what the ledger says. Used on
// the thread that owns the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

// NULL, INTEGER or TEXT.
using Cell = std::variant<std::monostate, std::int64_t, std::string>;
using Row = std::vector<Cell>;  // in the order of Table::columns

enum class ColumnType { kInteger, kText };
struct Column {
  std::string_view name;
  ColumnType type;
};

// Lives for the whole program: connections cache statements by its texts.
class Table {
 public:
  // The first `key_size` columns are the primary key. `owner`: the column by which rows are fetched
  // together; the key's first where it is empty.
  Table(std::string_view name, std::size_t key_size, std::vector<Column> columns,
        std::string_view owner = {});

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t key_size() const noexcept { return key_size_; }

  // Inserts the row, or replaces the one with its key.
  [[nodiscard]] base::Status put(storage::Connection& connection, const Row& row) const;
  // Deletes the row with that key.
  [[nodiscard]] base::Status remove(storage::Connection& connection, const Row& row) const;
  // All rows in the order of the key.
  [[nodiscard]] base::Result<std::vector<Row>> read_all(storage::Connection& connection) const;
  [[nodiscard]] base::Result<std::vector<Row>> read_of(storage::Connection& connection,
                                                       std::int64_t owner) const;

 private:
  [[nodiscard]] base::Result<std::vector<Row>> read(storage::Statement statement) const;

  std::string_view name_;
  std::size_t key_size_;
  std::vector<Column> columns_;
  std::string put_;
  std::string remove_;
  std::string select_all_;
  std::string select_of_;
};

// Writes the rows of `after` that `before` does not have, and removes those that only `before` has.
// Both in the order of the key.
[[nodiscard]] base::Status put_changes(storage::Connection& connection, const Table& table,
                                       const std::vector<Row>& before,
                                       const std::vector<Row>& after);

// "17", "'abc'" or "NULL", for messages.
[[nodiscard]] std::string describe(const Cell& cell);
// "secret 17", "slot 4/-": the table and the row's key.
[[nodiscard]] std::string describe_key(const Table& table, const Row& row);
[[nodiscard]] bool has_same_key(const Table& table, const Row& a, const Row& b);
[[nodiscard]] bool key_is_less(const Table& table, const Row& a, const Row& b);

// Typed access; kCorrupt, naming the column, where the cell holds something else.
class RowReader {
 public:
  RowReader(const Table& table, const Row& row) : table_(table), row_(row) {}
  // Each call reads the next column.
  [[nodiscard]] base::Result<std::int64_t> integer();
  [[nodiscard]] base::Result<std::optional<std::int64_t>> optional_integer();
  [[nodiscard]] base::Result<std::string> text();

 private:
  [[nodiscard]] base::Result<std::reference_wrapper<const Cell>> next();
  const Table& table_;
  const Row& row_;
  std::size_t column_ = 0;
};

}  // namespace rekey::authority::tables

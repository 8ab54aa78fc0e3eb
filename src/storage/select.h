// Statements in one piece: a text, the values of its parameters, and what becomes of a row.
//
//   storage::first_row(storage::select(tables, "SELECT … WHERE unit = ?1 AND id = ?2", {unit, id}),
//                      read_campaign)
//
// Errors are those of sqlite.h and of the function that reads a row.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::storage {

// What a parameter is bound to. Converts from what stores hold: a truth is 0 or 1, an instant its
// milliseconds since 1970, an empty optional null. A text must live until it is bound.
class Value {
 public:
  template <std::integral Number>
  Value(Number number) : value_(static_cast<std::int64_t>(number)) {}
  Value(std::string_view text) : value_(text) {}
  Value(const std::string& text) : value_(std::string_view(text)) {}
  Value(const char* text) : value_(std::string_view(text)) {}
  Value(base::Instant at) : value_(base::to_millis(at)) {}
  template <typename Content>
  Value(const std::optional<Content>& content) {
    if (content) *this = Value(*content);
  }

  void bind_to(Statement& statement, int parameter) const;

 private:
  std::variant<std::monostate, std::int64_t, std::string_view> value_;
};
using Values = std::vector<Value>;

// Prepared, with "?1" the first of `values`.
[[nodiscard]] base::Result<Statement> select(Connection& tables, std::string_view sql,
                                             const Values& values = {});
// For its effect; for statements without rows.
[[nodiscard]] base::Status run(Connection& tables, std::string_view sql, const Values& values = {});
// The same of an INSERT of one row; gives the row's id.
[[nodiscard]] base::Result<std::int64_t> insert(Connection& tables, std::string_view sql,
                                                const Values& values = {});
// What came of a write, in the caller's words where a unique key was taken (kAlreadyExists).
template <typename Outcome>
[[nodiscard]] Outcome say_taken(Outcome written, std::string_view sentence) {
  if (written || written.error().code != base::Code::kAlreadyExists) return written;
  return base::fail(base::Code::kAlreadyExists, std::string(sentence));
}

// Whether there is a row.
[[nodiscard]] base::Result<bool> has_row(base::Result<Statement> rows);
// The first column of the first row; nullopt where there is no row, or null.
[[nodiscard]] base::Result<std::optional<std::int64_t>> first_number(base::Result<Statement> rows);
[[nodiscard]] base::Result<std::optional<base::Instant>> first_instant(
    base::Result<Statement> rows);
// Of "SELECT count(*) …": 0 where there is no row.
[[nodiscard]] base::Result<std::int64_t> count(base::Result<Statement> rows);

// Readers of rows of one column.
[[nodiscard]] std::int64_t read_number(const Statement& row);
[[nodiscard]] std::string read_text(const Statement& row);
// A column of milliseconds since 1970; nullopt for null.
[[nodiscard]] std::optional<base::Instant> optional_instant(const Statement& row, int column);

namespace detail {

template <typename Row>
struct ReadRow {
  using Type = Row;
  static base::Result<Row> result(Row row) { return row; }
};
template <typename Row>
struct ReadRow<base::Result<Row>> {
  using Type = Row;
  static base::Result<Row> result(base::Result<Row> row) { return row; }
};
template <typename Read>
using Reads = ReadRow<std::invoke_result_t<Read, const Statement&>>;

}  // namespace detail

// `read` makes a Row or a Result<Row> of a `const Statement&`. The first one; nullopt where there
// is none.
template <typename Read, typename Row = typename detail::Reads<Read>::Type>
[[nodiscard]] base::Result<std::optional<Row>> first_row(base::Result<Statement> rows, Read read) {
  if (!rows) return tl::unexpected<base::Error>(std::move(rows).error());
  REKEY_TRY(const bool has_one, rows->step());
  if (!has_one) return std::optional<Row>{};
  REKEY_TRY(Row row, detail::Reads<Read>::result(read(*rows)));
  return std::optional<Row>(std::move(row));
}

// All of them, in their order.
template <typename Read, typename Row = typename detail::Reads<Read>::Type>
[[nodiscard]] base::Result<std::vector<Row>> all_rows(base::Result<Statement> rows, Read read) {
  if (!rows) return tl::unexpected<base::Error>(std::move(rows).error());
  std::vector<Row> all;
  for (;;) {
    REKEY_TRY(const bool has_one, rows->step());
    if (!has_one) return all;
    REKEY_TRY(Row row, detail::Reads<Read>::result(read(*rows)));
    all.push_back(std::move(row));
  }
}

// One page of a list, and how many rows the whole list has.
template <typename Row>
struct Page {
  std::int64_t count = 0;
  std::vector<Row> rows;
};
struct PageQuery {
  std::string_view columns;  // "id, name"
  std::string_view source;   // "FROM campaign WHERE business_unit = ?1"
  std::string_view order;    // "name DESC, id"
  Values values;             // of `source`, all of them
  std::int64_t page = 1;     // from 1
  std::int64_t size = 0;     // rows of a page
};
// The two statements of a page.
[[nodiscard]] base::Result<Statement> select_count(Connection& tables, const PageQuery& query);
[[nodiscard]] base::Result<Statement> select_page(Connection& tables, const PageQuery& query);

template <typename Read, typename Row = typename detail::Reads<Read>::Type>
[[nodiscard]] base::Result<Page<Row>> read_page(Connection& tables, const PageQuery& query,
                                                Read read) {
  Page<Row> page;
  REKEY_TRY(page.count, count(select_count(tables, query)));
  REKEY_TRY(page.rows, all_rows(select_page(tables, query), read));
  return page;
}

}  // namespace rekey::storage

#include "storage/select.h"

#include <fmt/format.h>

namespace rekey::storage {

using base::Result;

void Value::bind_to(Statement& statement, int parameter) const {
  if (const auto* number = std::get_if<std::int64_t>(&value_)) {
    statement.bind(parameter, *number);
  } else if (const auto* text = std::get_if<std::string_view>(&value_)) {
    statement.bind(parameter, *text);
  } else {
    statement.bind_null(parameter);
  }
}

Result<Statement> select(Connection& tables, std::string_view sql, const Values& values) {
  REKEY_TRY(Statement statement, tables.prepare(sql));
  int parameter = 0;
  for (const Value& value : values) value.bind_to(statement, ++parameter);
  return statement;
}

base::Status run(Connection& tables, std::string_view sql, const Values& values) {
  REKEY_TRY(Statement statement, select(tables, sql, values));
  return statement.run();
}

Result<std::int64_t> insert(Connection& tables, std::string_view sql, const Values& values) {
  REKEY_CHECK(run(tables, sql, values));
  return tables.last_insert_id();
}

Result<bool> has_row(Result<Statement> rows) {
  if (!rows) return tl::unexpected<base::Error>(std::move(rows).error());
  return rows->step();
}

Result<std::optional<std::int64_t>> first_number(Result<Statement> rows) {
  if (!rows) return tl::unexpected<base::Error>(std::move(rows).error());
  REKEY_TRY(const bool has_one, rows->step());
  return has_one ? rows->optional_integer(0) : std::nullopt;
}

Result<std::optional<base::Instant>> first_instant(Result<Statement> rows) {
  if (!rows) return tl::unexpected<base::Error>(std::move(rows).error());
  REKEY_TRY(const bool has_one, rows->step());
  return has_one ? optional_instant(*rows, 0) : std::nullopt;
}

Result<std::int64_t> count(Result<Statement> rows) {
  REKEY_TRY(const auto number, first_number(std::move(rows)));
  return number.value_or(0);
}

std::int64_t read_number(const Statement& row) {
  return row.integer(0);
}

std::string read_text(const Statement& row) {
  return row.text(0);
}

std::optional<base::Instant> optional_instant(const Statement& row, int column) {
  const auto millis = row.optional_integer(column);
  if (!millis) return std::nullopt;
  return base::from_millis(*millis);
}

Result<Statement> select_count(Connection& tables, const PageQuery& query) {
  return select(tables, fmt::format("SELECT count(*) {}", query.source), query.values);
}

Result<Statement> select_page(Connection& tables, const PageQuery& query) {
  Values values = query.values;
  values.emplace_back(query.size);
  values.emplace_back((query.page - 1) * query.size);
  return select(tables,
                fmt::format("SELECT {} {} ORDER BY {} LIMIT ?{} OFFSET ?{}", query.columns,
                            query.source, query.order, values.size() - 1, values.size()),
                values);
}

}  // namespace rekey::storage

// What a sandbox holds, for its administrator: every row of every table as a line of JSON.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "engagement/sandbox/sandbox_routes.h"
#include "net/json.h"

namespace rekey::engagement::sandbox {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

constexpr std::size_t kPageBytes = 1024 * 1024;
constexpr std::string_view kTables =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
    "AND name <> 'schema_version' AND name >= ?1 ORDER BY name";
constexpr std::string_view kColumns = "SELECT name FROM pragma_table_info(?1) ORDER BY cid";
constexpr std::string_view kKeyColumns =
    "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";

Result<std::vector<std::string>> names_in(Connection& tables, std::string_view sql,
                                          std::string_view about) {
  REKEY_TRY(auto rows, tables.prepare(sql));
  rows.bind(1, about);
  std::vector<std::string> names;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return names;
    names.push_back(rows.text(0));
  }
}

// A row as a JSON object, and its key as a JSON list; in the order of the keys, all of them or
// those behind the key ?1. The names are the schema's own.
Result<std::string> query_over(Connection& tables, const std::string& table, bool goes_on) {
  REKEY_TRY(const auto columns, names_in(tables, kColumns, table));
  REKEY_TRY(const auto key, names_in(tables, kKeyColumns, table));
  if (key.empty()) return base::fail(Code::kInternal, table + " has no primary key");
  std::string members;
  for (const std::string& column : columns) {
    members += fmt::format("{}'{}', \"{}\"", members.empty() ? "" : ", ", column, column);
  }
  std::string places;
  for (std::size_t i = 0; i < key.size(); ++i) {
    places += fmt::format("{}json_extract(?1, '$[{}]')", places.empty() ? "" : ", ", i);
  }
  const std::string names = fmt::format("\"{}\"", fmt::join(key, "\", \""));
  return fmt::format(
      "SELECT json_object({}), json_array({}) FROM \"{}\"{} ORDER BY {}", members, names, table,
      goes_on ? fmt::format(" WHERE ({}) > ({})", names, places) : std::string(), names);
}

struct Page {
  std::string lines;
  std::string next;  // the query that asks for the next one; empty: it was the last
};

std::string place(const std::string& table, const std::string& key) {
  return fmt::format("table={}&after={}", table, base::percent_encode(key));
}

// From behind that key on, until the page is full.
base::Status add_rows(Connection& tables, const std::string& table, const std::string& after,
                      Page& page) {
  REKEY_TRY(const std::string sql, query_over(tables, table, !after.empty()));
  REKEY_TRY(auto rows, tables.prepare(sql));
  if (!after.empty()) rows.bind(1, after);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return {};
    page.lines += fmt::format("{{\"table\":\"{}\",\"row\":{}}}\n", table, rows.text(0));
    if (page.lines.size() < kPageBytes) continue;
    page.next = place(table, rows.text(1));
    return {};
  }
}

// Where a page before this one ended; empty for the beginning.
Result<std::string> read_after(const Query& query) {
  std::string after = query.find("after").value_or("");
  if (after.empty()) return after;
  const auto key = net::parse_json(after);
  if (key && key->kind() == net::JsonValue::Kind::kArray) return after;
  return base::fail(Code::kInvalidArgument, "after takes what an answer's Rekey-Next gives");
}

// ?table=contact&after=[7]; from the first row on where they are not given.
Answer export_page(Call& call) {
  REKEY_TRY(std::string after, read_after(call.query));
  const std::string first = call.query.find("table").value_or("");
  REKEY_TRY(const auto names, names_in(call.tables, kTables, first));
  Page page;
  for (const std::string& name : names) {
    REKEY_CHECK(add_rows(call.tables, name, name == first ? after : std::string(), page));
    if (!page.next.empty()) break;
  }
  Reply reply{200, std::move(page.lines)};
  reply.content_type = "application/x-ndjson";
  if (!page.next.empty()) reply.headers.emplace_back("Rekey-Next", std::move(page.next));
  return reply;
}

constexpr std::array<Route, 1> kRoutes{{
    {net::Method::kGet, "/sandbox/v1/export", kAdministratorOnly, Access::kReads, export_page},
}};

}  // namespace

std::span<const Route> export_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sandbox

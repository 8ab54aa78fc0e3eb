// What a sandbox holds, for its administrator: every row of every table as a line of JSON.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "engagement/sandbox/sandbox_routes.h"
#include "engagement/sandbox/snapshot.h"
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
  std::string next;  // where the next one begins; empty: it was the last
};

// Of one table, from behind that key on, until there are so many bytes.
Result<Page> rows_of(Connection& tables, const std::string& table, const std::string& after,
                     std::size_t most_bytes) {
  REKEY_TRY(const std::string sql, query_over(tables, table, !after.empty()));
  REKEY_TRY(auto rows, tables.prepare(sql));
  if (!after.empty()) rows.bind(1, after);
  Page page;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return page;
    page.lines += fmt::format("{{\"table\":\"{}\",\"row\":{}}}\n", table, rows.text(0));
    if (page.lines.size() < most_bytes) continue;
    page.next = fmt::format("table={}&after={}", table, base::percent_encode(rows.text(1)));
    return page;
  }
}

// From the row of the table `first` whose key is `after` on, without it; from the very first row on
// where they are empty.
Result<Page> read_page(Connection& tables, const std::string& first, const std::string& after) {
  REKEY_TRY(const auto names, names_in(tables, kTables, first));
  Page page;
  for (const std::string& name : names) {
    REKEY_TRY(Page part, rows_of(tables, name, name == first ? after : std::string(),
                                 kPageBytes - page.lines.size()));
    page.lines += part.lines;
    page.next = std::move(part.next);
    if (!page.next.empty()) break;
  }
  return page;
}

// Where a page before this one ended; empty for the beginning.
Result<std::string> read_after(const Query& query) {
  std::string after = query.find("after").value_or("");
  if (after.empty()) return after;
  const auto key = net::parse_json(after);
  if (key && key->kind() == net::JsonValue::Kind::kArray) return after;
  return base::fail(Code::kInvalidArgument, "after takes what an answer's Rekey-Next gives");
}

// ?export=…&table=contact&after=[7]; a new export where nothing is given. All of its pages are of
// one state.
Answer export_page(Call& call) {
  REKEY_TRY(const std::string after, read_after(call.query));
  const std::string first = call.query.find("table").value_or("");
  Snapshot& snapshot = call.tools.snapshot;
  std::string name = call.query.find("export").value_or("");
  if (name.empty()) {
    name = call.tools.ids.guid();
    REKEY_CHECK(snapshot.begin(name, call.now));
  }
  Page page;
  REKEY_CHECK(snapshot.read(name, call.now, [&](Connection& tables) -> base::Status {
    REKEY_TRY(page, read_page(tables, first, after));
    return {};
  }));
  if (page.next.empty()) REKEY_CHECK(snapshot.end(name));
  Reply reply{200, std::move(page.lines)};
  reply.content_type = "application/x-ndjson";
  if (!page.next.empty()) {
    reply.headers.emplace_back("Rekey-Next", fmt::format("export={}&{}", name, page.next));
  }
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

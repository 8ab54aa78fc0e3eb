#include "engagement/data_extensions/row_counts.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

#include "storage/select.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Result;
using storage::Connection;

// The most rows of a stretch, by level.
constexpr std::array<std::int64_t, 4> kMostRows{64, 1024, 16'384, 262'144};
constexpr std::int64_t kHighestLevel = kMostRows.size() - 1;

constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE data_extension_stretch(
  store INTEGER NOT NULL,
  level INTEGER NOT NULL,
  first_key TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  PRIMARY KEY(store, level, first_key)
) STRICT, WITHOUT ROWID;
INSERT INTO data_extension_stretch
SELECT store, level, CASE stretch WHEN 0 THEN '' ELSE min(row_key) END, count(*) FROM (
  SELECT r.store, r.row_key, l.value AS level,
    (row_number() OVER (PARTITION BY r.store, l.value ORDER BY r.row_key) - 1)
      / (32 << (4 * l.value)) AS stretch
  FROM data_extension_row r, json_each('[0,1,2,3]') l)
GROUP BY store, level, stretch;
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

struct Stretch {
  std::string first_key;
  std::int64_t row_count = 0;
};
Stretch read_stretch(const storage::Statement& row) {
  return {row.text(0), row.integer(1)};
}

// From `first_key` on, in order.
Result<storage::Statement> select_stretches(Connection& tables, std::int64_t store,
                                            std::int64_t level, std::string_view first_key) {
  return storage::select(tables,
                         "SELECT first_key, row_count FROM data_extension_stretch WHERE "
                         "store = ?1 AND level = ?2 AND first_key >= ?3 ORDER BY first_key",
                         {store, level, first_key});
}

// Of those, gives the ones that had no row. What begins above stays, and the first one of all.
Result<std::set<std::string>> drop_empty(Connection& tables, std::int64_t store, std::int64_t level,
                                         const std::set<std::string>& first_keys) {
  std::set<std::string> gone;
  for (const std::string& first_key : first_keys) {
    REKEY_CHECK(storage::run(tables,
                             "DELETE FROM data_extension_stretch WHERE store = ?1 AND level = ?2 "
                             "AND first_key = ?3 AND first_key <> '' AND row_count = 0 AND NOT "
                             "EXISTS(SELECT 1 FROM data_extension_stretch WHERE store = ?1 AND "
                             "level = ?2 + 1 AND first_key = ?3)",
                             {store, level, first_key}));
    if (tables.changes() > 0) gone.insert(first_key);
  }
  return gone;
}

}  // namespace

base::Status prepare_row_counts(Connection& connection) {
  return storage::migrate(connection, "engagement.row_counts", kMigrations);
}

base::Status RowCounts::change(std::string_view key, std::int64_t by) {
  REKEY_TRY(std::string first_key, stretch_of(0, key));
  changes_[std::move(first_key)] += by;
  return {};
}

base::Status RowCounts::save() {
  using Changes = std::map<std::string, std::int64_t>;
  std::array<Changes, kMostRows.size()> by_level;
  by_level.front() = std::exchange(changes_, {});
  for (std::size_t level = 1; level < by_level.size(); ++level) {
    for (const auto& [first_key, by] : by_level.front()) {
      REKEY_TRY(std::string above, stretch_of(static_cast<std::int64_t>(level), first_key));
      by_level[level][std::move(above)] += by;
    }
  }
  // From below: a stretch is divided where one of the level below it begins.
  for (std::size_t level = 0; level < by_level.size(); ++level) {
    for (const auto& [first_key, by] : by_level[level]) {
      REKEY_CHECK(add(static_cast<std::int64_t>(level), first_key, by));
    }
  }
  // From above: where one begins on a level it begins on all below.
  std::set<std::string> gone;
  for (std::size_t level = by_level.size(); level-- > 0;) {
    std::set<std::string> touched = std::move(gone);
    for (const auto& [first_key, by] : by_level[level]) {
      if (by < 0) touched.insert(first_key);
    }
    REKEY_TRY(gone, drop_empty(tables_, store_, static_cast<std::int64_t>(level), touched));
  }
  return {};
}

// Where there is none yet, the first one of all.
Result<std::string> RowCounts::stretch_of(std::int64_t level, std::string_view key) {
  REKEY_TRY(auto found,
            storage::first_row(storage::select(tables_,
                                               "SELECT first_key FROM data_extension_stretch "
                                               "WHERE store = ?1 AND level = ?2 AND "
                                               "first_key <= ?3 ORDER BY first_key DESC LIMIT 1",
                                               {store_, level, key}),
                               storage::read_text));
  return std::move(found).value_or(std::string());
}

base::Status RowCounts::add(std::int64_t level, const std::string& first_key, std::int64_t by) {
  if (by == 0) return {};
  REKEY_CHECK(storage::run(tables_,
                           "INSERT INTO data_extension_stretch(store, level, first_key, row_count) "
                           "VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET "
                           "row_count = row_count + ?4",
                           {store_, level, first_key, by}));
  REKEY_TRY(const std::int64_t count,
            storage::count(storage::select(tables_,
                                           "SELECT row_count FROM data_extension_stretch WHERE "
                                           "store = ?1 AND level = ?2 AND first_key = ?3",
                                           {store_, level, first_key})));
  if (count <= kMostRows[static_cast<std::size_t>(level)]) return {};
  return divide(level, first_key, count);
}

// Half of what a stretch may hold stays in it, and the rest goes into another, over and over: a
// batch can bring more rows than fit in two.
base::Status RowCounts::divide(std::int64_t level, std::string first_key, std::int64_t count) {
  while (count > kMostRows[static_cast<std::size_t>(level)]) {
    REKEY_TRY(auto cut, find_cut(level, first_key));
    if (!cut || cut->rows_before >= count) return {};
    count -= cut->rows_before;
    REKEY_CHECK(storage::run(tables_,
                             "UPDATE data_extension_stretch SET row_count = ?4 "
                             "WHERE store = ?1 AND level = ?2 AND first_key = ?3",
                             {store_, level, first_key, cut->rows_before}));
    REKEY_CHECK(storage::run(tables_,
                             "INSERT INTO data_extension_stretch(store, level, first_key, "
                             "row_count) VALUES(?1, ?2, ?3, ?4)",
                             {store_, level, cut->first_key, count}));
    first_key = std::move(cut->first_key);
  }
  return {};
}

// A row of the lowest level, else the beginning of a stretch of the level below: where one begins
// on one level it begins on all below.
Result<std::optional<RowCounts::Cut>> RowCounts::find_cut(std::int64_t level,
                                                          std::string_view first_key) {
  const std::int64_t half = kMostRows[static_cast<std::size_t>(level)] / 2;
  if (level == 0) {
    return storage::first_row(storage::select(tables_,
                                              "SELECT row_key FROM data_extension_row WHERE "
                                              "store = ?1 AND row_key >= ?2 ORDER BY row_key "
                                              "LIMIT 1 OFFSET ?3",
                                              {store_, first_key, half}),
                              [&](const storage::Statement& row) {
                                return Cut{row.text(0), half};
                              });
  }
  REKEY_TRY(auto below, select_stretches(tables_, store_, level - 1, first_key));
  std::int64_t rows_before = 0;
  for (;;) {
    REKEY_TRY(const bool has_row, below.step());
    if (!has_row) return std::optional<Cut>{};
    const Stretch stretch = read_stretch(below);
    if (rows_before >= half) return std::optional<Cut>(Cut{stretch.first_key, rows_before});
    rows_before += stretch.row_count;
  }
}

Result<std::optional<std::string>> key_of_row(Connection& tables, std::int64_t store,
                                              std::int64_t number) {
  std::string first_key;
  std::int64_t left = number;
  for (std::int64_t level = kHighestLevel; level >= 0; --level) {
    REKEY_TRY(auto stretches, select_stretches(tables, store, level, first_key));
    for (;;) {
      REKEY_TRY(const bool has_row, stretches.step());
      if (!has_row) return std::optional<std::string>{};
      const std::int64_t row_count = stretches.integer(1);
      if (left <= row_count) break;
      left -= row_count;
    }
    first_key = stretches.text(0);
  }
  return storage::first_row(storage::select(tables,
                                            "SELECT row_key FROM data_extension_row WHERE "
                                            "store = ?1 AND row_key >= ?2 ORDER BY row_key "
                                            "LIMIT 1 OFFSET ?3",
                                            {store, first_key, left - 1}),
                            storage::read_text);
}

base::Status drop_row_counts(Connection& tables, std::int64_t store) {
  return storage::run(tables, "DELETE FROM data_extension_stretch WHERE store = ?1", {store});
}

}  // namespace rekey::engagement::data_extensions

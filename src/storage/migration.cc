#include <fmt/format.h>

#include "base/assert.h"
#include "storage/sqlite.h"

namespace rekey::storage {
namespace {

base::Status check_not_newer(std::string_view component, int found, std::size_t known) {
  if (found <= static_cast<int>(known)) return {};
  return base::fail(base::Code::kUnsupported,
                    fmt::format("the database has version {} of the {} tables, and this program "
                                "knows them up to version {}; run the newer Rekey that wrote it",
                                found, component, known));
}

base::Status apply_next(Connection& connection, std::string_view component,
                        std::span<const Migration> migrations) {
  // Read again inside the transaction: another process may have been faster.
  REKEY_TRY(const int at, schema_version(connection, component));
  REKEY_CHECK(check_not_newer(component, at, migrations.size()));
  if (at == static_cast<int>(migrations.size())) return {};
  const Migration& next = migrations[static_cast<std::size_t>(at)];
  REKEY_CHECK(connection.execute(next.sql));
  REKEY_TRY(auto record,
            connection.prepare("INSERT INTO schema_version(component, version) VALUES(?1, ?2) "
                               "ON CONFLICT(component) DO UPDATE SET version = ?2"));
  return record.bind(1, component).bind(2, std::int64_t{next.version}).run();
}

}  // namespace

base::Result<int> schema_version(Connection& connection, std::string_view component) {
  {
    REKEY_TRY(auto table, connection.prepare("SELECT 1 FROM sqlite_schema "
                                             "WHERE type = 'table' AND name = 'schema_version'"));
    REKEY_TRY(const bool has_table, table.step());
    if (!has_table) return 0;
  }
  REKEY_TRY(auto version,
            connection.prepare("SELECT version FROM schema_version WHERE component = ?1"));
  version.bind(1, component);
  REKEY_TRY(const bool is_known, version.step());
  return is_known ? static_cast<int>(version.integer(0)) : 0;
}

base::Status migrate(Connection& connection, std::string_view component,
                     std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    REKEY_ASSERT(migrations[i].version == static_cast<int>(i) + 1);
  }
  REKEY_TRY(int at, schema_version(connection, component));
  REKEY_CHECK(check_not_newer(component, at, migrations.size()));
  while (at < static_cast<int>(migrations.size())) {
    const auto status = connection.in_transaction([&]() -> base::Status {
      REKEY_CHECK(connection.execute(
          "CREATE TABLE IF NOT EXISTS schema_version("
          "component TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL) STRICT"));
      return apply_next(connection, component, migrations);
    });
    if (!status) {
      return tl::unexpected<base::Error>(base::with_context(
          fmt::format("bringing the {} tables to version {}", component, at + 1), status.error()));
    }
    REKEY_TRY(at, schema_version(connection, component));
  }
  return {};
}

}  // namespace rekey::storage

#include "authority/open_folder.h"

#include <fmt/format.h>

#include "authority/tables/schema.h"
#include "authority/tables/tenants.h"
#include "ledger/ledger.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

base::Status check_is_there(platform::Files& files, const DataFolder& folder) {
  const Result<platform::FileFacts> facts = files.facts(folder.database());
  if (facts) return {};
  if (facts.error().code != Code::kNotFound) return tl::unexpected(facts.error());
  return base::fail(
      Code::kNotFound,
      fmt::format("{} is no data folder: it has no rekey.db; rekey serve --data makes "
                  "one",
                  folder.path));
}

Result<platform::FileLock> lock_folder(const DataFolder& folder) {
  Result<platform::FileLock> lock = platform::FileLock::acquire(folder.lock());
  if (!lock && lock.error().code == Code::kConflict) {
    return tl::unexpected(base::with_context(
        fmt::format("another server has the folder {}", folder.path), std::move(lock).error()));
  }
  return lock;
}

Result<storage::Connection> open_database(const DataFolder& folder) {
  REKEY_TRY(storage::Connection connection,
            storage::Connection::open(folder.database(), storage::OpenMode::kReadWriteCreate));
  REKEY_CHECK(connection.check_integrity());
  REKEY_CHECK(ledger::prepare_schema(connection));
  REKEY_CHECK(tables::prepare_schema(connection));
  return connection;
}

}  // namespace

Result<OpenFolder> open_folder(platform::Files& files, const std::string& path,
                               const std::string& key_file, IfMissing if_missing) {
  DataFolder folder{path};
  REKEY_CHECK(check_is_whole(files, folder));
  if (if_missing == IfMissing::kFail) REKEY_CHECK(check_is_there(files, folder));
  REKEY_CHECK(prepare_folder(files, folder));
  REKEY_TRY(platform::FileLock lock, lock_folder(folder));
  REKEY_TRY(crypto::RootKey key, read_or_make_root_key(files, folder, key_file));
  Result<storage::Connection> connection = open_database(folder);
  if (!connection) {
    return tl::unexpected(base::with_context(folder.database(), std::move(connection).error()));
  }
  REKEY_TRY(std::optional<Tenant> tenant, tables::load_tenant(*connection));
  if (tenant) REKEY_CHECK(check_root_key(key, tenant->root_key_id));
  return OpenFolder{std::move(folder), std::move(lock), std::move(key), *std::move(connection),
                    std::move(tenant)};
}

}  // namespace rekey::authority

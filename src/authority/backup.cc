#include "authority/backup.h"

#include <fmt/format.h>

#include <optional>

#include "authority/data_folder.h"
#include "authority/tables/schema.h"
#include "authority/tables/tenants.h"
#include "authority/verify.h"
#include "ledger/ledger.h"
#include "storage/sqlite.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

constexpr std::int64_t kAnchorLimit = 4096;

base::Status check_can_be_backed_up(platform::Files& files, const DataFolder& folder) {
  REKEY_CHECK(check_is_whole(files, folder));
  const Result<platform::FileFacts> facts = files.facts(folder.database());
  if (!facts && facts.error().code == Code::kNotFound) {
    return base::fail(Code::kNotFound,
                      fmt::format("{} is no data folder: it has no rekey.db; name the folder that "
                                  "`rekey serve --data` serves",
                                  folder.path));
  }
  if (!facts) return tl::unexpected(facts.error());
  if (!files.facts(folder.sandbox_database())) return {};
  return base::fail(Code::kRefused,
                    fmt::format("{} is a sandbox's folder, whose data are not backed up; `rekey "
                                "sandbox export` writes them to a file",
                                folder.path));
}

Result<platform::FileLock> take_turn(const DataFolder& folder) {
  Result<platform::FileLock> lock = platform::FileLock::acquire(folder.backup_lock());
  if (lock || lock.error().code != Code::kConflict) return lock;
  return tl::unexpected(base::with_context(
      fmt::format("another backup of {} is being made", folder.path), std::move(lock).error()));
}

// The copy of the database. What a backup that was killed left is removed first; it is removed
// itself when this dies.
class Copy {
 public:
  Copy(platform::Files& files, std::string path) : files_(files), path_(std::move(path)) {
    remove();
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() { remove(); }

 private:
  void remove() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      const std::string path = path_ + suffix;
      if (files_.facts(path)) static_cast<void>(files_.remove(path));
    }
  }
  platform::Files& files_;
  const std::string path_;
};

// nullopt where there is none: a ledger that was never sealed has none either.
Result<std::optional<ledger::Checkpoint>> read_anchor(platform::Files& files,
                                                      const DataFolder& folder) {
  const Result<base::Secret> text = files.read(folder.anchor(), kAnchorLimit);
  if (!text && text.error().code == Code::kNotFound) return std::optional<ledger::Checkpoint>();
  if (!text) return tl::unexpected(text.error());
  Result<ledger::Checkpoint> anchor = ledger::parse_anchor(text->reveal());
  if (anchor) return std::optional(*std::move(anchor));
  return tl::unexpected(base::with_context(folder.anchor(), std::move(anchor).error()));
}

// Else the copy would be sealed anew, and that the end of its ledger was cut off never be noticed.
// The first checkpoint may be so new that its anchor is still to be written.
base::Status check_is_anchored(storage::Connection& connection, const DataFolder& folder,
                               const std::optional<ledger::Checkpoint>& anchor) {
  REKEY_TRY(const std::optional<ledger::Checkpoint> newest, ledger::latest_checkpoint(connection));
  if (anchor || !newest || newest->number <= 1) return {};
  return base::fail(Code::kCorrupt,
                    fmt::format("{} is not backed up, because {} is missing: that the end of its "
                                "ledger was cut off would not be noticed; `rekey ledger verify "
                                "--data {}` tells all of it",
                                folder.path, folder.anchor(), folder.path));
}

base::Status check_fits(const FolderReport& report, const DataFolder& folder) {
  if (report.ledger.findings.empty()) return {};
  return base::fail(Code::kCorrupt,
                    fmt::format("{} is not backed up, because it does not fit its ledger: {}; "
                                "`rekey ledger verify --data {}` tells all of it",
                                folder.path, report.ledger.findings.front().what, folder.path));
}

// What the content is made of, beside the database.
struct Parts {
  BackupFacts facts;
  base::Secret root_key;
  std::string anchor;
};

// Brings the copy to this program's schema, checks it, and makes one file of it.
Result<Parts> settle_copy(const DataFolder& folder, const crypto::RootKey& root_key,
                          const std::optional<ledger::Checkpoint>& anchor) {
  Parts parts;
  REKEY_TRY(storage::Connection connection,
            storage::Connection::open(folder.backup_copy(), storage::OpenMode::kReadWrite));
  REKEY_CHECK(connection.check_integrity());
  REKEY_CHECK(ledger::prepare_schema(connection));
  REKEY_CHECK(tables::prepare_schema(connection));
  REKEY_TRY(const std::optional<Tenant> tenant, tables::load_tenant(connection));
  if (!tenant) {
    return base::fail(Code::kNotFound,
                      fmt::format("{} was never served: there is nothing to back up", folder.path));
  }
  REKEY_CHECK(check_root_key(root_key, tenant->root_key_id));
  REKEY_CHECK(check_is_anchored(connection, folder, anchor));
  REKEY_TRY(const FolderReport report, verify_database(connection, root_key, anchor));
  REKEY_CHECK(check_fits(report, folder));

  parts.root_key = root_key.format();
  REKEY_TRY(const std::optional<ledger::Checkpoint> newest, ledger::latest_checkpoint(connection));
  BackupFacts& facts = parts.facts;
  if (newest) {
    parts.anchor = ledger::format_anchor(*newest);
    facts.checkpoint_number = newest->number;
    facts.checkpoint_position = newest->position;
  }
  facts.tenant = tenant->name;
  facts.made_by = REKEY_VERSION;
  facts.root_key_id = root_key.id();
  REKEY_TRY(facts.position, ledger::last_position(connection));
  REKEY_TRY(facts.latest_event_at, ledger::latest_instant(connection));
  facts.sizes.root_key_bytes = static_cast<std::int64_t>(parts.root_key.size_bytes());
  facts.sizes.anchor_bytes = static_cast<std::int64_t>(parts.anchor.size());
  REKEY_CHECK(connection.execute("PRAGMA journal_mode = DELETE"));
  return parts;
}

base::Status append_file(BackupWriter& writer, platform::LargeFileReader& file) {
  std::string portion(crypto::kStreamPieceBytes, '\0');
  for (;;) {
    REKEY_TRY(const std::size_t size, file.read(portion));
    if (size == 0) return {};
    REKEY_CHECK(writer.append(std::string_view(portion).substr(0, size)));
  }
}

}  // namespace

Result<BackupFacts> make_backup(platform::Files& files, const BackupRequest& request,
                                base::Instant now) {
  const DataFolder folder{request.folder};
  REKEY_CHECK(check_can_be_backed_up(files, folder));
  if (files.facts(request.to)) {
    return base::fail(Code::kAlreadyExists,
                      request.to + " exists and is left as it is; name a file that does not");
  }
  REKEY_TRY(const crypto::RootKey root_key, read_root_key(files, folder, request.key_file));
  REKEY_TRY(const platform::FileLock turn, take_turn(folder));
  const Copy copy(files, folder.backup_copy());
  // Before the copy: an anchor is written after the checkpoint that it names.
  REKEY_TRY(const std::optional<ledger::Checkpoint> anchor, read_anchor(files, folder));
  {
    REKEY_TRY(storage::Connection source,
              storage::Connection::open(folder.database(), storage::OpenMode::kReadOnly));
    REKEY_CHECK(source.back_up_to(folder.backup_copy()));
  }
  REKEY_TRY(Parts parts, settle_copy(folder, root_key, anchor));
  REKEY_TRY(platform::LargeFileReader database,
            platform::LargeFileReader::open(folder.backup_copy()));
  parts.facts.made_at = now;
  parts.facts.sizes.database_bytes = database.size_bytes();
  REKEY_TRY(BackupWriter writer, BackupWriter::create(request.to, parts.facts, request.seal));
  REKEY_CHECK(writer.append(parts.root_key.reveal()));
  REKEY_CHECK(writer.append(parts.anchor));
  REKEY_CHECK(append_file(writer, database));
  REKEY_CHECK(writer.finish());
  return parts.facts;
}

}  // namespace rekey::authority

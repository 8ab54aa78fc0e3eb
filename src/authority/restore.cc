#include "authority/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "authority/admin_secret.h"
#include "authority/change.h"
#include "authority/restore_compare.h"
#include "authority/sealer.h"
#include "authority/signing_key_store.h"
#include "authority/tables/integrations.h"
#include "authority/tables/schema.h"
#include "authority/tables/side_tables.h"
#include "authority/tables/tenants.h"
#include "ledger/ledger.h"
#include "storage/writer.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

// A restored authority's numbers begin at the next multiple: who reads one sees that a copy was
// restored before it was given.
constexpr std::int64_t kNumbersStep = 1'000'000;

// The files of a restore, until it is whole: removes them when it dies without having ended.
class HalfRestored {
 public:
  // Makes the folder, or takes the empty one, and puts the mark in it.
  [[nodiscard]] static Result<std::unique_ptr<HalfRestored>> begin(platform::Files& files,
                                                                   const RestoreRequest& request);
  HalfRestored(const HalfRestored&) = delete;
  HalfRestored& operator=(const HalfRestored&) = delete;
  ~HalfRestored() {
    if (is_ended_) return;
    for (const std::string& path :
         {folder_.database(), folder_.database() + "-wal", folder_.database() + "-shm",
          folder_.anchor(), written_key_, folder_.lock(), folder_.restore_mark()}) {
      if (!path.empty() && files_.facts(path)) static_cast<void>(files_.remove(path));
    }
  }

  [[nodiscard]] const DataFolder& folder() const noexcept { return folder_; }
  [[nodiscard]] base::Status write_key(const std::string& path, const base::Secret& line) {
    REKEY_CHECK(files_.create(path, line.reveal(), 0600));
    written_key_ = path;
    return {};
  }
  [[nodiscard]] base::Status end() {
    REKEY_CHECK(files_.remove(folder_.restore_mark()));
    is_ended_ = true;
    return {};
  }

 private:
  HalfRestored(platform::Files& files, DataFolder folder)
      : files_(files), folder_(std::move(folder)) {}

  platform::Files& files_;
  const DataFolder folder_;
  std::string written_key_;
  bool is_ended_ = false;
};

Result<std::unique_ptr<HalfRestored>> HalfRestored::begin(platform::Files& files,
                                                          const RestoreRequest& request) {
  DataFolder folder{request.folder};
  REKEY_CHECK(check_is_whole(files, folder));
  if (files.facts(folder.path)) {
    REKEY_TRY(const bool is_empty, platform::is_empty_folder(folder.path));
    if (!is_empty) {
      return base::fail(Code::kRefused,
                        folder.path +
                            " is not empty, and nothing is restored over what is there; "
                            "name a folder that does not exist yet");
    }
  }
  REKEY_CHECK(prepare_folder(files, folder));
  REKEY_CHECK(files.create(folder.restore_mark(), "", 0600));
  return std::unique_ptr<HalfRestored>(new HalfRestored(files, std::move(folder)));
}

struct Content {
  crypto::RootKey root_key;
  std::optional<ledger::Checkpoint> anchor;
};

// Writes the root key and the database.
Result<Content> unpack(BackupReader& backup, const RestoreRequest& request, HalfRestored& half) {
  const BackupFacts& facts = backup.head().facts;
  REKEY_TRY(const base::Secret key_line, backup.take(facts.sizes.root_key_bytes));
  REKEY_TRY(const base::Secret anchor_line, backup.take(facts.sizes.anchor_bytes));
  REKEY_TRY(crypto::RootKey root_key, crypto::RootKey::parse(key_line.reveal()));
  REKEY_CHECK(check_root_key(root_key, facts.root_key_id));
  Content content{std::move(root_key), std::nullopt};
  if (!anchor_line.is_empty()) {
    REKEY_TRY(content.anchor, ledger::parse_anchor(anchor_line.reveal()));
  }
  REKEY_TRY(platform::NewFile database, platform::NewFile::create(half.folder().database(), 0600));
  REKEY_CHECK(backup.take_rest([&](std::string_view portion) { return database.append(portion); }));
  REKEY_CHECK(database.finish());
  REKEY_CHECK(half.write_key(request.key_file.empty() ? half.folder().root_key() : request.key_file,
                             key_line));
  return content;
}

base::Status check_is_what_was_told(storage::Connection& connection, const Tenant& tenant,
                                    const BackupFacts& facts) {
  REKEY_TRY(const std::int64_t position, ledger::last_position(connection));
  if (position == facts.position && tenant.name == facts.tenant) return {};
  return base::fail(Code::kCorrupt,
                    fmt::format("the backup's head tells of {} at event {}, and its database is of "
                                "{} at event {}",
                                facts.tenant, facts.position, tenant.name, position));
}

struct Opened {
  storage::Connection connection;
  FolderReport verified;
};

// The database at this program's schema, seen to be what was backed up.
Result<Opened> open_restored(const BackupFacts& facts, const DataFolder& folder,
                             const Content& content) {
  REKEY_TRY(storage::Connection connection,
            storage::Connection::open(folder.database(), storage::OpenMode::kReadWrite));
  REKEY_CHECK(connection.check_integrity());
  REKEY_CHECK(ledger::prepare_schema(connection));
  REKEY_CHECK(tables::prepare_schema(connection));
  REKEY_TRY(const std::optional<Tenant> tenant, tables::load_tenant(connection));
  if (!tenant) return base::fail(Code::kCorrupt, "the backup's database has no tenant");
  REKEY_CHECK(check_is_what_was_told(connection, *tenant, facts));
  REKEY_TRY(FolderReport verified, verify_database(connection, content.root_key, content.anchor));
  if (verified.ledger.findings.empty()) return Opened{std::move(connection), std::move(verified)};
  return base::fail(Code::kCorrupt,
                    fmt::format("the backup does not fit its ledger: {}; restore an earlier one",
                                verified.ledger.findings.front().what));
}

// Above every number that the lost authority had given when the backup was made, by far.
Result<std::int64_t> numbers_after(storage::Connection& connection, const Tenant& tenant) {
  REKEY_TRY(const credential::SecretId secret, tables::next_secret_id(connection));
  REKEY_TRY(const credential::IntegrationId integration, tables::next_integration_id(connection));
  const std::int64_t greatest =
      std::max({secret.value, integration.value, std::int64_t{tenant.last_token_key},
                std::int64_t{tenant.last_instance}});
  const std::int64_t next = (greatest / kNumbersStep + 1) * kNumbersStep;
  if (next <= kMostNumbersAfter) return next;
  return base::fail(Code::kLimitReached,
                    "this authority was restored so often that its numbers are used up");
}

base::Status go_on_from(ChangeScope& scope, const BackupFacts& facts) {
  REKEY_TRY(const Tenant tenant, scope.tenant());
  REKEY_TRY(const std::int64_t after, numbers_after(scope.connection(), tenant));
  REKEY_TRY([[maybe_unused]] const Tenant restored,
            scope.execute(AuthorityRestored{facts.made_at, facts.position, after}));
  REKEY_CHECK(tables::forget_token_keys(scope.connection()));
  for (const crypto::JwsAlgorithm algorithm : crypto::kJwsAlgorithms) {
    REKEY_TRY([[maybe_unused]] const auto withdrawn,
              withdraw_signing_keys(scope, algorithm, "restored from a backup"));
  }
  // Nobody counted in between, even where the server had stopped cleanly.
  return tables::save_server_state(
      scope.connection(), {.is_stopped_cleanly = false, .usage_complete_since = scope.now()});
}

struct Surroundings {
  platform::Files& files;
  const platform::Clock& clock;
  telemetry::Logger& logger;
};

// What runs with the folder's database open.
Result<RestoreReport> settle(const Surroundings& around, const BackupFacts& facts,
                             const RestoreRequest& request, const DataFolder& folder,
                             const Content& content) {
  Result<Opened> opened = open_restored(facts, folder, content);
  if (!opened) {
    return tl::unexpected(base::with_context(folder.database(), std::move(opened).error()));
  }
  RestoreReport report;
  report.verified = std::move(opened->verified);
  REKEY_TRY(const std::optional<base::Instant> latest, ledger::latest_instant(opened->connection));
  telemetry::Metrics metrics;
  storage::Writer writer(std::move(opened->connection));
  const ChangeHooks hooks{
      .last_used_at = [](credential::SecretId) { return std::optional<base::Instant>{}; },
      .publish_tenant = [](const Tenant&) {},
      .publish = [](const credential::Integration&, const credential::Policy&) {}};
  Changes changes(writer, around.clock, around.logger, metrics, hooks, latest);
  REKEY_CHECK(changes.run(local_actor(request.uid), [&](ChangeScope& scope) -> base::Status {
    report.restored_at = scope.now();
    REKEY_TRY(ListedSecrets listed, list_secrets(scope.connection(), {facts.made_at, scope.now()}));
    if (!request.lost_folder.empty()) {
      REKEY_TRY(report.since, compare_with_lost(scope.connection(), request.lost_folder,
                                                listed.accepted, scope.now()));
    }
    report.accepted = std::move(listed.accepted);
    report.ended_since = std::move(listed.ended_since);
    return go_on_from(scope, facts);
  }));
  REKEY_CHECK(
      Sealer(writer, content.root_key, around.files, folder, around.clock, around.logger).seal());
  return report;
}

}  // namespace

Result<RestoreReport> restore_backup(platform::Files& files, BackupReader& backup,
                                     const RestoreRequest& request, const platform::Clock& clock,
                                     telemetry::Logger& logger) {
  REKEY_TRY(const std::unique_ptr<HalfRestored> half, HalfRestored::begin(files, request));
  REKEY_TRY(const platform::FileLock lock, platform::FileLock::acquire(half->folder().lock()));
  REKEY_TRY(const Content content, unpack(backup, request, *half));
  REKEY_TRY(RestoreReport report,
            settle({files, clock, logger}, backup.head().facts, request, half->folder(), content));
  REKEY_CHECK(half->end());
  return report;
}

}  // namespace rekey::authority

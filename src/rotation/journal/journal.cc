#include "rotation/journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "crypto/fingerprint_key.h"
#include "crypto/known_tag_codec.h"
#include "crypto/root_key.h"
#include "crypto/seal.h"
#include "ledger/ledger.h"
#include "storage/sqlite.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Fingerprint;
using base::Secret;
using storage::Connection;

constexpr std::int64_t kKeyFileLimitBytes = 4096;
constexpr int kReadBatch = 1000;

// The unique index is the guard of "one open rotation per credential".
constexpr std::array kMigrations{storage::Migration{1, R"sql(
  CREATE TABLE run (
    run_id    TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    slot      TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX run_open ON run (client_id, slot) WHERE closed_at IS NULL;
  CREATE TABLE run_value (
    run_id      TEXT NOT NULL REFERENCES run (run_id),
    fingerprint TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    PRIMARY KEY (run_id, fingerprint)
  ) STRICT;
)sql"},
                                 storage::Migration{2, R"sql(
  CREATE TABLE writer (
    client_id TEXT NOT NULL,
    slot      TEXT NOT NULL,
    epoch     INTEGER NOT NULL,
    taken_at  INTEGER NOT NULL,
    PRIMARY KEY (client_id, slot)
  ) STRICT;
)sql"},
                                 storage::Migration{3, R"sql(
  CREATE TABLE park_request (
    run_id   TEXT PRIMARY KEY REFERENCES run (run_id),
    person   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    asked_at INTEGER NOT NULL
  ) STRICT;
)sql"},
                                 storage::Migration{4, R"sql(
  CREATE TABLE known_value (
    client_id   TEXT NOT NULL,
    slot        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    run_id      TEXT NOT NULL REFERENCES run (run_id),
    kept_at     INTEGER NOT NULL,
    tags        BLOB NOT NULL,
    PRIMARY KEY (client_id, slot, fingerprint)
  ) STRICT;
)sql"}};

std::string database_in(const std::string& folder) {
  return folder + "/runs.db";
}
std::string stream_of(const std::string& run_id) {
  return "run/" + run_id;
}

std::string seal_context(const std::string& run_id, const Fingerprint& fingerprint) {
  return fmt::format("run_value/{}/{}", run_id, base::to_text(fingerprint));
}

base::Result<std::optional<std::string>> find_open(Connection& database,
                                                   const std::string& client_id,
                                                   const std::string& slot) {
  REKEY_TRY(auto query,
            database.prepare("SELECT run_id FROM run WHERE client_id = ?1 AND slot = ?2 "
                             "AND closed_at IS NULL"));
  query.bind(1, client_id).bind(2, slot);
  REKEY_TRY(const bool is_there, query.step());
  if (!is_there) return std::nullopt;
  return query.text(0);
}

base::Result<RunEvent> event_from(const ledger::StoredEvent& stored) {
  REKEY_TRY(EventBody body, decode(stored.event.type, stored.event.body));
  return RunEvent{stored.event.at, std::move(body)};
}

// For looking only: whoever is to act on a run reads it with load_checked.
base::Result<std::vector<RunEvent>> load_events(Connection& database, const std::string& run_id) {
  std::vector<RunEvent> events;
  for (;;) {
    REKEY_TRY(const auto batch,
              ledger::read_stream(database, stream_of(run_id),
                                  static_cast<std::int64_t>(events.size()), kReadBatch));
    for (const ledger::StoredEvent& stored : batch) {
      REKEY_TRY(RunEvent event, event_from(stored));
      events.push_back(std::move(event));
    }
    if (batch.size() < static_cast<std::size_t>(kReadBatch)) return events;
  }
}

// Nothing is done to the world on the word of a journal that somebody, or a disk, has changed.
base::Result<std::vector<RunEvent>> load_checked(Connection& database, const std::string& run_id) {
  REKEY_TRY(const auto stream, ledger::read_checked_stream(database, stream_of(run_id)));
  if (!stream.problem.empty()) {
    return base::fail(
        Code::kCorrupt,
        fmt::format(
            "the journal of {0} is damaged: {1}. Nothing was done. `rekey report {0}` shows "
            "what still fits. Put runs.db of the state folder back from a copy that was "
            "made since the run began. Where there is none: see that every consumer holds "
            "an accepted secret, end what is staged under the label {0} at the issuer, "
            "move the state folder away, and begin anew",
            run_id, stream.problem));
  }
  std::vector<RunEvent> events;
  events.reserve(stream.events.size());
  for (const ledger::StoredEvent& stored : stream.events) {
    REKEY_TRY(RunEvent event, event_from(stored));
    events.push_back(std::move(event));
  }
  return events;
}

// The closed runs of an integration, oldest first.
base::Result<std::vector<std::string>> closed_runs(Connection& database,
                                                   const std::string& client_id,
                                                   const std::string& slot) {
  REKEY_TRY(auto query,
            database.prepare("SELECT run_id FROM run WHERE client_id = ?1 AND slot = ?2 "
                             "AND closed_at IS NOT NULL ORDER BY closed_at, rowid"));
  query.bind(1, client_id).bind(2, slot);
  std::vector<std::string> runs;
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return runs;
    runs.push_back(query.text(0));
  }
}

// The right to write the runs of one credential; a later one ends it.
struct Fence {
  Credential whose;
  std::int64_t epoch = 0;
};

base::Result<Fence> take_fence(Connection& database, const Credential& whose, base::Instant now) {
  Fence fence{whose, 0};
  REKEY_CHECK(database.in_transaction([&]() -> base::Status {
    REKEY_TRY(auto take, database.prepare("INSERT INTO writer (client_id, slot, epoch, taken_at) "
                                          "VALUES (?1, ?2, 1, ?3) ON CONFLICT DO UPDATE SET "
                                          "epoch = epoch + 1, taken_at = ?3 RETURNING epoch"));
    take.bind(1, whose.client_id).bind(2, whose.slot).bind(3, base::to_millis(now));
    REKEY_TRY(const bool is_there, take.step());
    REKEY_ASSERT(is_there);
    fence.epoch = take.integer(0);
    return {};
  }));
  return fence;
}

// To be asked inside the transaction that writes.
base::Status check_fence(Connection& database, const Fence& fence) {
  REKEY_TRY(auto query, database.prepare("SELECT epoch, taken_at FROM writer WHERE client_id = ?1 "
                                         "AND slot = ?2"));
  query.bind(1, fence.whose.client_id).bind(2, fence.whose.slot);
  REKEY_TRY(const bool is_there, query.step());
  if (is_there && query.integer(0) == fence.epoch) return {};
  if (!is_there) {
    return base::fail(Code::kConflict,
                      fmt::format("the journal of {} was replaced under this engine; it stops, and "
                                  "writes nothing more. Start it again",
                                  fence.whose.client_id));
  }
  return base::fail(
      Code::kConflict,
      fmt::format("another engine took the runs of {} over at {}; this one stops, and writes "
                  "nothing more. What was on its way then the other one looks for. `rekey run "
                  "show` tells where the run stands",
                  fence.whose.client_id,
                  base::format_instant(base::from_millis(query.integer(1)))));
}

class LedgerJournal final : public RunJournal {
 public:
  LedgerJournal(platform::FileLock lock, crypto::RootKey key, Connection database, Fence fence)
      : lock_(std::move(lock)),
        key_(std::move(key)),
        fingerprinter_(key_),
        tagger_(crypto::KnownSearchKey::derive(key_)),
        database_(std::move(database)),
        fence_(std::move(fence)) {}

  [[nodiscard]] Fingerprint fingerprint(const Secret& value) override {
    return fingerprinter_(value.reveal());
  }

  [[nodiscard]] base::Result<std::optional<std::string>> find_open_run(
      const std::string& client_id, const std::string& slot) override {
    return find_open(database_, client_id, slot);
  }

  [[nodiscard]] base::Result<std::vector<RunEvent>> load(const std::string& run_id) override {
    return load_checked(database_, run_id);
  }

  [[nodiscard]] base::Status append(const std::string& run_id, std::int64_t expected_version,
                                    const std::vector<RunEvent>& events,
                                    const std::vector<KeptValue>& values) override {
    return database_.in_transaction([&]() -> base::Status {
      REKEY_CHECK(check_fence(database_, fence_));
      std::vector<ledger::NewEvent> stored;
      for (const RunEvent& event : events) {
        stored.push_back(
            {std::string(name_of(event.body)), 1, encode(event.body), "engine", event.at});
        REKEY_CHECK(note(run_id, event));
      }
      REKEY_TRY(const std::int64_t position,
                ledger::append(database_, stream_of(run_id), expected_version, stored));
      static_cast<void>(position);
      for (const KeptValue& kept : values) {
        REKEY_CHECK(keep(run_id, kept));
        REKEY_CHECK(keep_tags(run_id, kept, events.back().at));
      }
      return {};
    });
  }

  [[nodiscard]] base::Result<Secret> value(const std::string& run_id,
                                           const Fingerprint& fingerprint) override {
    // Every effect that puts a value somewhere reads it right before: the last moment to notice.
    REKEY_CHECK(check_fence(database_, fence_));
    REKEY_TRY(auto query, database_.prepare("SELECT sealed FROM run_value WHERE run_id = ?1 AND "
                                            "fingerprint = ?2"));
    const std::string text = base::to_text(fingerprint);
    query.bind(1, run_id).bind(2, text);
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) {
      return base::fail(Code::kNotFound, fmt::format("run {} keeps no value {}", run_id,
                                                     base::display(fingerprint)));
    }
    return crypto::open(key_, seal_context(run_id, fingerprint), query.blob(0));
  }

  [[nodiscard]] base::Status check_turn() override { return check_fence(database_, fence_); }

  [[nodiscard]] base::Result<bool> is_of_closed_run(const std::string& client_id,
                                                    const std::string& slot,
                                                    const Fingerprint& fingerprint) override {
    REKEY_TRY(const auto runs, closed_runs(database_, client_id, slot));
    for (const std::string& run_id : runs) {
      REKEY_TRY(const auto events, load_events(database_, run_id));
      for (const RunEvent& event : events) {
        const auto* staged = std::get_if<SecretStaged>(&event.body);
        const auto* declared = std::get_if<ConsumerDeclared>(&event.body);
        if (staged != nullptr && staged->value == fingerprint) return true;
        if (declared == nullptr) continue;
        const auto& held = declared->present_values;
        if (std::find(held.begin(), held.end(), fingerprint) != held.end()) return true;
      }
    }
    return false;
  }

  [[nodiscard]] base::Result<std::optional<ParkRequest>> park_request(
      const std::string& run_id) override {
    REKEY_TRY(auto query,
              database_.prepare("SELECT person, reason FROM park_request WHERE run_id = ?1"));
    query.bind(1, run_id);
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return std::nullopt;
    return ParkRequest{query.text(0), query.text(1)};
  }

 private:
  // A run that was parked, or that somebody has started again since, is not to be parked by it.
  [[nodiscard]] base::Status drop_request(const std::string& run_id) {
    REKEY_TRY(auto erase, database_.prepare("DELETE FROM park_request WHERE run_id = ?1"));
    return erase.bind(1, run_id).run();
  }

  // Opens and closes the run in the table beside the ledger.
  [[nodiscard]] base::Status note(const std::string& run_id, const RunEvent& event) {
    const auto* parked = std::get_if<RunParked>(&event.body);
    const bool is_request_over = (parked != nullptr && !parked->by.empty()) ||
                                 std::holds_alternative<RunResumed>(event.body) ||
                                 is_closing(event.body);
    if (is_request_over) REKEY_CHECK(drop_request(run_id));
    if (const auto* planned = std::get_if<RunPlanned>(&event.body)) {
      REKEY_TRY(auto insert,
                database_.prepare("INSERT INTO run (run_id, client_id, slot, opened_at) "
                                  "VALUES (?1, ?2, ?3, ?4)"));
      insert.bind(1, run_id).bind(2, planned->client_id).bind(3, planned->slot);
      return insert.bind(4, base::to_millis(event.at)).run();
    }
    if (is_closing(event.body)) {
      REKEY_TRY(auto erase, database_.prepare("DELETE FROM run_value WHERE run_id = ?1"));
      REKEY_CHECK(erase.bind(1, run_id).run());
      REKEY_TRY(auto close, database_.prepare("UPDATE run SET closed_at = ?2 WHERE run_id = ?1"));
      return close.bind(1, run_id).bind(2, base::to_millis(event.at)).run();
    }
    return {};
  }

  [[nodiscard]] base::Status keep(const std::string& run_id, const KeptValue& kept) {
    REKEY_TRY(auto insert,
              database_.prepare("INSERT OR REPLACE INTO run_value (run_id, fingerprint, "
                                "sealed) VALUES (?1, ?2, ?3)"));
    const std::string fingerprint = base::to_text(kept.fingerprint);
    const auto sealed =
        crypto::seal(key_, seal_context(run_id, kept.fingerprint), kept.value.reveal());
    return insert.bind(1, run_id).bind(2, fingerprint).bind_blob(3, sealed).run();
  }

  // By them a search finds the value when it is long erased (known_values.h).
  [[nodiscard]] base::Status keep_tags(const std::string& run_id, const KeptValue& kept,
                                       base::Instant now) {
    if (kept.value.is_empty()) return {};
    REKEY_TRY(auto insert,
              database_.prepare("INSERT INTO known_value (client_id, slot, fingerprint, run_id, "
                                "kept_at, tags) SELECT client_id, slot, ?2, run_id, ?3, ?4 FROM "
                                "run WHERE run_id = ?1 ON CONFLICT DO NOTHING"));
    const std::string fingerprint = base::to_text(kept.fingerprint);
    const auto tags = crypto::encode_tags(tagger_.tags_of(kept.value));
    insert.bind(1, run_id).bind(2, fingerprint).bind(3, base::to_millis(now));
    return insert.bind_blob(4, tags).run();
  }

  platform::FileLock lock_;
  crypto::RootKey key_;
  crypto::Fingerprinter fingerprinter_;
  crypto::KnownTagger tagger_;
  Connection database_;
  Fence fence_;
};

base::Result<bool> exists(platform::Files& files, const std::string& path) {
  const auto facts = files.facts(path);
  if (facts) return true;
  if (facts.error().code == Code::kNotFound) return false;
  return tl::unexpected(facts.error());
}

std::string lock_of(const std::string& folder, const Credential& whose) {
  constexpr std::string_view kDefaultSlot = "-";
  return fmt::format("{}/{}{}.lock", folder, whose.client_id,
                     whose.slot == kDefaultSlot ? "" : "." + whose.slot);
}

// A key is made only with a new journal: beside an old one it could open nothing.
base::Result<crypto::RootKey> open_key(platform::Files& files, const std::string& folder) {
  const std::string path = folder + "/run.key";
  REKEY_TRY(const bool has_key, exists(files, path));
  if (!has_key) {
    REKEY_TRY(const bool has_journal, exists(files, database_in(folder)));
    if (has_journal) {
      return base::fail(Code::kUnavailable,
                        fmt::format("{} is missing, and {} cannot be read without it; put it back",
                                    path, database_in(folder)));
    }
    REKEY_CHECK(files.create(path, crypto::RootKey::generate().format().reveal(), 0600));
  }
  REKEY_TRY(const Secret text, files.read(path, kKeyFileLimitBytes));
  auto key = crypto::RootKey::parse(text.reveal());
  if (!key) return tl::unexpected(base::with_context(path, key.error()));
  return key;
}

}  // namespace

base::Result<std::unique_ptr<RunJournal>> open_journal(platform::Files& files,
                                                       const std::string& folder,
                                                       const Credential& whose, base::Instant now) {
  REKEY_TRY(const bool has_folder, exists(files, folder));
  if (!has_folder) REKEY_CHECK(files.make_folder(folder, 0700));
  auto lock = platform::FileLock::acquire(lock_of(folder, whose));
  if (!lock) {
    return tl::unexpected(base::with_context(
        "this integration is at work in another process (to stop that one is safe: its run goes on "
        "where it was)",
        lock.error()));
  }
  // Key and database are made by one process at a time.
  REKEY_TRY(const auto turn, platform::FileLock::acquire_in_turn(folder + "/lock"));
  REKEY_TRY(crypto::RootKey key, open_key(files, folder));
  REKEY_TRY(Connection database,
            Connection::open(database_in(folder), storage::OpenMode::kReadWriteCreate));
  // Erased values are overwritten, sealed as they are.
  REKEY_CHECK(database.execute("PRAGMA secure_delete = ON"));
  REKEY_CHECK(ledger::prepare_schema(database));
  REKEY_CHECK(storage::migrate(database, "rotation", kMigrations));
  REKEY_TRY(Fence fence, take_fence(database, whose, now));
  return std::make_unique<LedgerJournal>(*std::move(lock), std::move(key), std::move(database),
                                         std::move(fence));
}

base::Status ask_to_park(const std::string& folder, const std::string& run_id,
                         const ParkRequest& request, base::Instant now) {
  REKEY_TRY(Connection database,
            Connection::open(database_in(folder), storage::OpenMode::kReadWrite));
  return database.in_transaction([&]() -> base::Status {
    REKEY_TRY(auto ask, database.prepare("INSERT INTO park_request (run_id, person, reason, "
                                         "asked_at) SELECT run_id, ?2, ?3, ?4 FROM run WHERE "
                                         "run_id = ?1 AND closed_at IS NULL ON CONFLICT DO UPDATE "
                                         "SET person = ?2, reason = ?3, asked_at = ?4"));
    ask.bind(1, run_id).bind(2, request.by).bind(3, request.reason);
    return ask.bind(4, base::to_millis(now)).run();
  });
}

base::Result<bool> is_journal_held(platform::Files& files, const std::string& folder,
                                   const Credential& whose) {
  const std::string path = lock_of(folder, whose);
  REKEY_TRY(const bool was_ever_held, exists(files, path));
  if (!was_ever_held) return false;
  const auto lock = platform::FileLock::acquire(path);
  if (lock) return false;
  if (lock.error().code == Code::kConflict) return true;
  return tl::unexpected(lock.error());
}

namespace {

// nullopt where no run was ever begun there.
base::Result<std::optional<Connection>> open_to_peek(platform::Files& files,
                                                     const std::string& folder) {
  REKEY_TRY(const bool has_journal, exists(files, database_in(folder)));
  if (!has_journal) return std::nullopt;
  REKEY_TRY(Connection database,
            Connection::open(database_in(folder), storage::OpenMode::kReadOnly));
  REKEY_TRY(const int version, storage::schema_version(database, "rotation"));
  if (version == 0) return std::nullopt;
  return database;
}

}  // namespace

base::Result<std::vector<RunRecord>> peek_runs(platform::Files& files, const std::string& folder) {
  REKEY_TRY(auto database, open_to_peek(files, folder));
  std::vector<RunRecord> runs;
  if (!database) return runs;
  REKEY_TRY(auto query,
            database->prepare("SELECT run_id, client_id, slot, opened_at, closed_at FROM run "
                              "ORDER BY opened_at DESC, rowid DESC"));
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return runs;
    RunRecord run{
        query.text(0), {query.text(1), query.text(2)}, base::from_millis(query.integer(3)), {}};
    if (const auto closed_at = query.optional_integer(4)) {
      run.closed_at = base::from_millis(*closed_at);
    }
    runs.push_back(std::move(run));
  }
}

base::Result<std::optional<LastRotation>> peek_last_rotation(platform::Files& files,
                                                             const std::string& folder,
                                                             const std::string& client_id,
                                                             const std::string& slot) {
  REKEY_TRY(auto database, open_to_peek(files, folder));
  if (!database) return std::nullopt;
  REKEY_TRY(const auto runs, closed_runs(*database, client_id, slot));
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    REKEY_TRY(const auto events, load_events(*database, *run));
    if (events.empty() || !std::holds_alternative<RunClosed>(events.back().body)) continue;
    RunState state = fold(events);
    return LastRotation{*run, state.staged_at, state.expires_at, events.back().at,
                        std::move(state.early_cut)};
  }
  return std::nullopt;
}

base::Result<std::optional<OpenRun>> peek_open_run(platform::Files& files,
                                                   const std::string& folder,
                                                   const std::string& client_id,
                                                   const std::string& slot) {
  REKEY_TRY(auto opened, open_to_peek(files, folder));
  if (!opened) return std::nullopt;
  Connection& database = *opened;
  REKEY_TRY(const std::optional<std::string> run_id, find_open(database, client_id, slot));
  if (!run_id) return std::nullopt;
  REKEY_TRY(const std::vector<RunEvent> events, load_events(database, *run_id));
  return OpenRun{*run_id, fold(events), events.empty() ? base::Instant{} : events.back().at};
}

}  // namespace rekey::rotation

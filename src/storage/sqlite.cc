#include "storage/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <limits>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "platform/files.h"
#include "storage/sqlite_error.h"
#include "storage/step_count.h"

namespace rekey::storage {
namespace {

constexpr int kBusyTimeoutMillis = 2000;
constexpr std::size_t kStatementCacheLimit = 256;
constexpr mode_t kDatabaseMode = 0600;

// SQLite gives names such as ":memory:" and "file:..." a meaning of their own; here a path is a
// path.
std::string plain_path(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

int size_for_sqlite(std::size_t size) {
  REKEY_ASSERT(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(size);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

}  // namespace

struct Connection::State {
  sqlite3* database = nullptr;
  std::string path;
  // Idle statements under their own text. One in use is not in here, so that a text may be in use
  // twice at a time.
  std::unordered_multimap<std::string_view, sqlite3_stmt*> idle;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (const auto& entry : idle) sqlite3_finalize(entry.second);
    // A refusal means that a Statement outlived its connection.
    REKEY_ASSERT(sqlite3_close(database) == SQLITE_OK);
  }

  [[nodiscard]] tl::unexpected<base::Error> failure() const {
    if (sqlite3_errcode(database) == SQLITE_INTERRUPT && has_no_steps_left()) {
      return base::fail(base::Code::kTimeout,
                        fmt::format("database {}: a statement took more steps than it may; read "
                                    "less at once",
                                    path));
    }
    return tl::unexpected<base::Error>(error_of(database, path));
  }
  sqlite3_stmt* take_idle(std::string_view sql) {
    const auto found = idle.find(sql);
    if (found == idle.end()) return nullptr;
    sqlite3_stmt* const prepared = found->second;
    idle.erase(found);
    return prepared;
  }
  void give_back(sqlite3_stmt* prepared) {
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    if (idle.size() >= kStatementCacheLimit) {
      sqlite3_finalize(prepared);
    } else {
      idle.emplace(sqlite3_sql(prepared), prepared);
    }
  }
};

struct Statement::State {
  Connection::State* connection = nullptr;
  sqlite3_stmt* prepared = nullptr;
  int first_bind_failure = SQLITE_OK;

  void note(int result) {
    if (first_bind_failure == SQLITE_OK) first_bind_failure = result;
  }
};

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::Statement(Statement&& other) noexcept = default;
Statement::~Statement() {
  if (state_ != nullptr) state_->connection->give_back(state_->prepared);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  state_->note(sqlite3_bind_int64(state_->prepared, parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* const data = text.data() == nullptr ? "" : text.data();
  state_->note(sqlite3_bind_text64(state_->prepared, parameter, data, text.size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::uint8_t> bytes) {
  const void* const data = bytes.data() == nullptr ? static_cast<const void*>("") : bytes.data();
  state_->note(
      sqlite3_bind_blob64(state_->prepared, parameter, data, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  state_->note(sqlite3_bind_null(state_->prepared, parameter));
  return *this;
}

Statement& Statement::bind(int parameter, std::optional<std::int64_t> value) {
  return value ? bind(parameter, *value) : bind_null(parameter);
}

base::Result<bool> Statement::step() {
  const auto& connection = *state_->connection;
  if (state_->first_bind_failure != SQLITE_OK) {
    return tl::unexpected<base::Error>(error_from(
        state_->first_bind_failure, sqlite3_errstr(state_->first_bind_failure), connection.path));
  }
  switch (sqlite3_step(state_->prepared)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      sqlite3_reset(state_->prepared);
      return false;
    default: {
      auto failure = connection.failure();
      sqlite3_reset(state_->prepared);
      return failure;
    }
  }
}

base::Status Statement::run() {
  REKEY_TRY(const bool has_row, step());
  if (!has_row) return {};
  sqlite3_reset(state_->prepared);
  return base::fail(base::Code::kInternal, "a statement that was run for its effect gave a row");
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(state_->prepared, column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (sqlite3_column_type(state_->prepared, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::string Statement::text(int column) const {
  const auto* const data = sqlite3_column_text(state_->prepared, column);
  const int size = sqlite3_column_bytes(state_->prepared, column);
  return data == nullptr
             ? std::string()
             : std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::vector<std::uint8_t> Statement::blob(int column) const {
  const auto* const data =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(state_->prepared, column));
  const int size = sqlite3_column_bytes(state_->prepared, column);
  return data == nullptr ? std::vector<std::uint8_t>()
                         : std::vector<std::uint8_t>(data, data + size);
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

namespace {

// SQLite itself would create a file that others can read; its companions follow the file's mode.
base::Status create_if_missing(const std::string& path) {
  platform::SystemFiles files;
  if (files.facts(path)) return {};
  const auto created = files.create(path, "", kDatabaseMode);
  const bool was_faster = !created && created.error().code == base::Code::kAlreadyExists;
  return was_faster ? base::Status() : created;
}

// Where the file system cannot do it SQLite keeps another journal, and says so in the answer only.
base::Status turn_on_write_ahead_log(Connection& connection, const std::string& path) {
  REKEY_TRY(auto journal, connection.prepare("PRAGMA journal_mode=WAL"));
  REKEY_TRY(const bool has_row, journal.step());
  if (has_row && journal.text(0) == "wal") return {};
  return base::fail(
      base::Code::kUnsupported,
      fmt::format("database {}: its file system has no shared memory for a write-ahead "
                  "log; put it on a local disk",
                  path));
}

}  // namespace

base::Result<Connection> Connection::open(const std::string& path, OpenMode mode) {
  if (mode == OpenMode::kReadWriteCreate) REKEY_CHECK(create_if_missing(path));
  const bool is_read_only = mode == OpenMode::kReadOnly;
  auto state = std::make_unique<State>();
  state->path = path;
  const int access = is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int result = sqlite3_open_v2(
      plain_path(path).c_str(), &state->database,
      access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, nullptr);
  if (result != SQLITE_OK) return state->failure();
  sqlite3_busy_timeout(state->database, kBusyTimeoutMillis);
  sqlite3_progress_handler(
      state->database, kStepsAtOnce, [](void*) { return count_steps() ? 1 : 0; }, nullptr);
  sqlite3_db_config(state->database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(state->database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(state->database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);

  Connection connection(std::move(state));
  REKEY_CHECK(
      connection.execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
                         "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                         "PRAGMA synchronous=FULL;"));
  // Both also read the first page, so that what is no database is refused here.
  REKEY_CHECK(is_read_only ? connection.execute("SELECT count(*) FROM sqlite_schema")
                           : turn_on_write_ahead_log(connection, path));
  return connection;
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  auto statement = std::make_unique<Statement::State>();
  statement->connection = state_.get();
  statement->prepared = state_->take_idle(sql);
  if (statement->prepared != nullptr) return Statement(std::move(statement));

  const char* rest = nullptr;
  const int result = sqlite3_prepare_v3(state_->database, sql.data(), size_for_sqlite(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement->prepared, &rest);
  if (result != SQLITE_OK) return state_->failure();
  REKEY_ASSERT(statement->prepared != nullptr);
  REKEY_ASSERT(is_blank(sql.substr(static_cast<std::size_t>(rest - sql.data()))));
  return Statement(std::move(statement));
}

base::Status Connection::execute(std::string_view sql) {
  const std::string terminated(sql);
  if (sqlite3_exec(state_->database, terminated.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return state_->failure();
  }
  return {};
}

std::int64_t Connection::last_insert_id() const {
  return sqlite3_last_insert_rowid(state_->database);
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(state_->database);
}

bool Connection::is_in_transaction() const {
  return sqlite3_get_autocommit(state_->database) == 0;
}

namespace {

// Rolls back unless dismissed, also when an exception passes through.
class RollbackGuard {
 public:
  explicit RollbackGuard(Connection& connection) : connection_(connection) {}
  RollbackGuard(const RollbackGuard&) = delete;
  RollbackGuard& operator=(const RollbackGuard&) = delete;
  ~RollbackGuard() {
    // SQLite may have rolled back by itself already; otherwise closing the file is all that is
    // left.
    if (is_armed_ && connection_.is_in_transaction()) {
      static_cast<void>(connection_.execute("ROLLBACK"));
    }
  }
  void dismiss() noexcept { is_armed_ = false; }

 private:
  Connection& connection_;
  bool is_armed_ = true;
};

// Undoes a savepoint unless dismissed; where that fails, the whole transaction.
class SavepointGuard {
 public:
  explicit SavepointGuard(Connection& connection) : connection_(connection) {}
  SavepointGuard(const SavepointGuard&) = delete;
  SavepointGuard& operator=(const SavepointGuard&) = delete;
  ~SavepointGuard() {
    if (!is_armed_ || !connection_.is_in_transaction()) return;
    if (!connection_.execute("ROLLBACK TO rekey; RELEASE rekey")) {
      const RollbackGuard all(connection_);
    }
  }
  void dismiss() noexcept { is_armed_ = false; }

 private:
  Connection& connection_;
  bool is_armed_ = true;
};

}  // namespace

base::Status Connection::in_transaction(const std::function<base::Status()>& work) {
  REKEY_ASSERT(!is_in_transaction());
  REKEY_CHECK(execute("BEGIN IMMEDIATE"));
  RollbackGuard guard(*this);
  REKEY_CHECK(work());
  REKEY_CHECK(execute("COMMIT"));
  guard.dismiss();
  return {};
}

base::Status Connection::in_savepoint(const std::function<base::Status()>& work) {
  REKEY_ASSERT(is_in_transaction());
  REKEY_CHECK(execute("SAVEPOINT rekey"));
  SavepointGuard guard(*this);
  REKEY_CHECK(work());
  REKEY_CHECK(execute("RELEASE rekey"));
  guard.dismiss();
  return {};
}

base::Status Connection::in_snapshot(const std::function<base::Status()>& work) {
  if (is_in_transaction()) return work();
  REKEY_CHECK(execute("BEGIN"));
  // Nothing was written, so that the way out is the same for good and ill.
  const RollbackGuard guard(*this);
  return work();
}

base::Status Connection::check_integrity() {
  REKEY_TRY(auto check, prepare("PRAGMA quick_check(5)"));
  std::string findings;
  for (;;) {
    REKEY_TRY(const bool has_row, check.step());
    if (!has_row) break;
    const std::string finding = check.text(0);
    if (finding != "ok") findings += (findings.empty() ? "" : "; ") + finding;
  }
  if (findings.empty()) return {};
  return base::fail(base::Code::kCorrupt,
                    fmt::format("database {} is damaged: {}; stop, keep a copy of the file, and "
                                "restore the latest backup",
                                state_->path, findings));
}

base::Status Connection::back_up_to(const std::string& path) {
  platform::SystemFiles files;
  REKEY_CHECK(files.create(path, "", kDatabaseMode));
  const auto copy = [this, &path]() -> base::Status {
    State target;
    target.path = path;
    if (sqlite3_open_v2(plain_path(path).c_str(), &target.database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        nullptr) != SQLITE_OK) {
      return target.failure();
    }
    sqlite3_backup* const backup =
        sqlite3_backup_init(target.database, "main", state_->database, "main");
    if (backup == nullptr) return target.failure();
    // All pages in one step: one state of the source, whatever is written meanwhile.
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) return target.failure();
    return {};
  };
  auto status = copy();
  if (!status) static_cast<void>(files.remove(path));
  return status;
}

}  // namespace rekey::storage

// The SQLite seam: the only home of sqlite3.h.
//
// WAL, synchronous=FULL, foreign keys on, STRICT tables. A Connection belongs to one thread at a
// time. Errors carry SQLite's words and are mapped: full disk and read-only folder kIo, "database
// disk image is malformed" or "not a database" kCorrupt, busy kUnavailable, a unique constraint
// kAlreadyExists.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::storage {

class Connection;

// A prepared statement, taken from its connection's cache for one use. Parameters count from 1,
// columns from 0. A wrong bind is told by the next step() or run(). Dies before its connection.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();  // resets it

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::span<const std::uint8_t> bytes);
  Statement& bind_null(int parameter);
  Statement& bind(int parameter, std::optional<std::int64_t> value);

  // True while there is a row.
  [[nodiscard]] base::Result<bool> step();
  // For statements without rows; runs to the end, ready to be bound and run again.
  [[nodiscard]] base::Status run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::vector<std::uint8_t> blob(int column) const;

 private:
  friend class Connection;
  struct State;
  explicit Statement(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A new file is readable by this user only (0600). kReadOnly works beside a live writer.
enum class OpenMode { kReadWriteCreate, kReadWrite, kReadOnly };

class Connection {
 public:
  // kNotFound where the mode does not create and there is no file.
  [[nodiscard]] static base::Result<Connection> open(const std::string& path, OpenMode mode);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // One statement. Kept for the next use of the same text, so values belong in bind(), not in
  // `sql`.
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  // One or more statements without parameters.
  [[nodiscard]] base::Status execute(std::string_view sql);
  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;

  // False too after a failure that made SQLite roll everything back.
  [[nodiscard]] bool is_in_transaction() const;
  // Runs `work` between BEGIN IMMEDIATE and COMMIT; rolls back where it fails.
  [[nodiscard]] base::Status in_transaction(const std::function<base::Status()>& work);
  // The same by SAVEPOINT, inside a transaction. Where even the way back fails, the whole
  // transaction is rolled back: is_in_transaction() tells.
  [[nodiscard]] base::Status in_savepoint(const std::function<base::Status()>& work);
  // Runs `work`, which only reads, on one state of the database, whatever is written meanwhile.
  // Joins a transaction that is open already.
  [[nodiscard]] base::Status in_snapshot(const std::function<base::Status()>& work);
  // PRAGMA quick_check; kCorrupt with the first findings.
  [[nodiscard]] base::Status check_integrity();
  // A consistent copy of a live database (online backup); `path` must not exist.
  [[nodiscard]] base::Status back_up_to(const std::string& path);

 private:
  friend class Statement;
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A numbered step of the schema. Numbers count from 1 without a gap; a published step never
// changes.
struct Migration {
  int version;
  std::string_view sql;
};

// Brings the database to the newest version, each step in its own transaction, under the name of a
// `component` ("ledger", "authority", …) so that rooms number their own. kUnsupported where the
// file is newer than this program, saying both numbers; nothing is changed then. schema_version is
// 0 where the component has no tables yet.
[[nodiscard]] base::Status migrate(Connection& connection, std::string_view component,
                                   std::span<const Migration> migrations);
[[nodiscard]] base::Result<int> schema_version(Connection& connection, std::string_view component);

}  // namespace rekey::storage

#include "ledger/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "ledger/event_chain.h"
#include "ledger/rows.h"

namespace rekey::ledger {
namespace {

constexpr std::size_t kStreamNameLimit = 120;

constexpr std::array kMigrations{storage::Migration{1, R"sql(
CREATE TABLE stream(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  head BLOB NOT NULL CHECK(length(head) = 32)
) STRICT;
CREATE TABLE event(
  position INTEGER PRIMARY KEY,
  stream_id INTEGER NOT NULL REFERENCES stream(id),
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  type_version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL CHECK(length(hash) = 32),
  UNIQUE(stream_id, version)
) STRICT;
CREATE INDEX event_at ON event(at);
CREATE TABLE checkpoint(
  number INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  at INTEGER NOT NULL,
  digest BLOB NOT NULL CHECK(length(digest) = 32),
  signature BLOB NOT NULL CHECK(length(signature) = 64)
) STRICT;
)sql"}};

bool is_stream_name(std::string_view name) {
  const auto slash = name.find('/');
  const bool has_both_parts =
      slash != std::string_view::npos && slash > 0 && slash + 1 < name.size();
  return has_both_parts && name.size() <= kStreamNameLimit &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

base::Status check_input(const StreamName& stream, std::span<const NewEvent> events) {
  if (!is_stream_name(stream)) {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("a stream's name is a kind, a slash and a name in at most {} "
                                  "visible characters",
                                  kStreamNameLimit));
  }
  if (events.empty()) {
    return base::fail(base::Code::kInvalidArgument, "nothing to append to stream " + stream);
  }
  const bool all_typed = std::all_of(events.begin(), events.end(),
                                     [](const NewEvent& event) { return !event.type.empty(); });
  if (!all_typed) {
    return base::fail(base::Code::kInvalidArgument,
                      "an event for stream " + stream + " has no type");
  }
  return {};
}

struct StreamRow {
  std::int64_t id = 0;  // 0: not in the table yet
  StreamHead head;
};

base::Error damaged(std::string_view what) {
  return {base::Code::kCorrupt,
          fmt::format("the ledger is damaged: {}; run `rekey ledger verify`", what)};
}

base::Result<StreamRow> find_stream(storage::Connection& connection, const StreamName& name) {
  StreamRow row{.id = 0, .head = {.name = name}};
  REKEY_TRY(auto found, connection.prepare("SELECT id, version, head FROM stream WHERE name = ?1"));
  found.bind(1, name);
  REKEY_TRY(const bool is_known, found.step());
  if (!is_known) return row;
  const auto hash = digest_from(found.blob(2));
  if (!hash) return tl::unexpected<base::Error>(damaged("the head of stream " + name));
  row.id = found.integer(0);
  row.head.version = found.integer(1);
  row.head.hash = *hash;
  return row;
}

base::Result<std::int64_t> add_stream(storage::Connection& connection, const StreamHead& head) {
  REKEY_TRY(auto insert,
            connection.prepare("INSERT INTO stream(name, version, head) VALUES(?1, ?2, ?3)"));
  REKEY_CHECK(insert.bind(1, head.name).bind(2, head.version).bind_blob(3, head.hash).run());
  return connection.last_insert_id();
}

base::Status insert_event(storage::Connection& connection, std::int64_t position,
                          const StreamRow& stream, const NewEvent& event) {
  REKEY_TRY(auto insert, connection.prepare("INSERT INTO event(position, stream_id, version, type, "
                                            "type_version, at, actor, body, hash) "
                                            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  return insert.bind(1, position)
      .bind(2, stream.id)
      .bind(3, stream.head.version)
      .bind(4, event.type)
      .bind(5, std::int64_t{event.type_version})
      .bind(6, base::to_millis(event.at))
      .bind(7, event.actor)
      .bind(8, event.body)
      .bind_blob(9, stream.head.hash)
      .run();
}

// The columns that event_from() reads, and the event before each for its hash.
const std::string kSelectEvent =
    "SELECT e.position, s.name, e.version, e.type, e.type_version, e.at, e.actor, e.body, e.hash, "
    "before.hash "
    "FROM event AS e JOIN stream AS s ON s.id = e.stream_id "
    "LEFT JOIN event AS before ON before.stream_id = e.stream_id AND before.version = e.version - "
    "1 ";

base::Result<StoredEvent> event_from(const storage::Statement& row) {
  StoredEvent stored;
  stored.position = row.integer(0);
  stored.stream = row.text(1);
  stored.version = row.integer(2);
  stored.event = {.type = row.text(3),
                  .type_version = static_cast<int>(row.integer(4)),
                  .body = row.text(7),
                  .actor = row.text(6),
                  .at = base::from_millis(row.integer(5))};
  const auto hash = digest_from(row.blob(8));
  const auto previous = stored.version == 1 ? crypto::Digest{} : digest_from(row.blob(9));
  if (!hash || !previous) {
    return tl::unexpected<base::Error>(
        damaged(fmt::format("the hashes around position {}", stored.position)));
  }
  stored.hash = *hash;
  stored.previous_hash = *previous;
  return stored;
}

base::Result<std::vector<StoredEvent>> collect(storage::Statement& rows) {
  std::vector<StoredEvent> events;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return events;
    REKEY_TRY(auto event, event_from(rows));
    events.push_back(std::move(event));
  }
}

}  // namespace

base::Status prepare_schema(storage::Connection& connection) {
  return storage::migrate(connection, "ledger", kMigrations);
}

base::Result<std::int64_t> append(storage::Connection& connection, const StreamName& stream,
                                  std::int64_t expected_version, std::span<const NewEvent> events) {
  REKEY_ASSERT(connection.is_in_transaction());
  REKEY_CHECK(check_input(stream, events));
  REKEY_TRY(auto row, find_stream(connection, stream));
  if (row.head.version != expected_version) {
    return base::fail(base::Code::kConflict,
                      fmt::format("stream {} is at version {} and not at {}; read it again", stream,
                                  row.head.version, expected_version));
  }
  if (row.id == 0) {
    REKEY_TRY(row.id, add_stream(connection, row.head));
  }
  REKEY_TRY(std::int64_t position, last_position(connection));
  for (const NewEvent& event : events) {
    row.head.hash = hash_of_event(row.head, row.head.version + 1, event);
    ++row.head.version;
    REKEY_CHECK(insert_event(connection, ++position, row, event));
  }
  REKEY_TRY(auto update,
            connection.prepare("UPDATE stream SET version = ?2, head = ?3 WHERE id = ?1"));
  REKEY_CHECK(update.bind(1, row.id).bind(2, row.head.version).bind_blob(3, row.head.hash).run());
  return position;
}

base::Result<std::int64_t> stream_version(storage::Connection& connection,
                                          const StreamName& stream) {
  REKEY_TRY(const auto row, find_stream(connection, stream));
  return row.head.version;
}

base::Result<std::vector<StoredEvent>> read_stream(storage::Connection& connection,
                                                   const StreamName& stream,
                                                   std::int64_t after_version, int limit) {
  static const std::string sql =
      kSelectEvent + "WHERE s.name = ?1 AND e.version > ?2 ORDER BY e.version LIMIT ?3";
  REKEY_TRY(auto rows, connection.prepare(sql));
  rows.bind(1, stream).bind(2, after_version).bind(3, std::int64_t{limit});
  return collect(rows);
}

base::Result<std::vector<StoredEvent>> read_all(storage::Connection& connection,
                                                std::int64_t after_position, int limit) {
  static const std::string sql =
      kSelectEvent + "WHERE e.position > ?1 ORDER BY e.position LIMIT ?2";
  REKEY_TRY(auto rows, connection.prepare(sql));
  rows.bind(1, after_position).bind(2, std::int64_t{limit});
  return collect(rows);
}

base::Result<std::optional<base::Instant>> latest_instant(storage::Connection& connection) {
  REKEY_TRY(auto latest, connection.prepare("SELECT max(at) FROM event"));
  REKEY_TRY(const bool has_row, latest.step());
  REKEY_ASSERT(has_row);
  const auto millis = latest.optional_integer(0);
  if (!millis) return std::optional<base::Instant>();
  return std::optional(base::from_millis(*millis));
}

}  // namespace rekey::ledger

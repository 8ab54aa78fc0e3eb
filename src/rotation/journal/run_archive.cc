#include "rotation/journal/run_archive.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/text.h"
#include "ledger/ledger.h"
#include "storage/sqlite.h"

namespace rekey::rotation {
namespace {

using base::Code;
using storage::Connection;

constexpr int kNamesInMessages = 5;

struct RunRow {
  std::string run_id;
  std::string client_id;
  std::string slot;
  bool is_closed = false;
};

base::Result<std::optional<RunRow>> row_from(storage::Statement& query) {
  REKEY_TRY(const bool is_there, query.step());
  if (!is_there) return std::optional<RunRow>();
  return std::optional(
      RunRow{query.text(0), query.text(1), query.text(2), query.optional_integer(3).has_value()});
}

// nullopt where nothing was ever begun there.
base::Result<std::optional<Connection>> open_archive(platform::Files& files,
                                                     const std::string& folder) {
  const std::string path = folder + "/runs.db";
  const auto facts = files.facts(path);
  if (!facts && facts.error().code == Code::kNotFound) return std::optional<Connection>();
  if (!facts) return tl::unexpected(facts.error());
  REKEY_TRY(Connection database, Connection::open(path, storage::OpenMode::kReadOnly));
  REKEY_TRY(const int version, storage::schema_version(database, "rotation"));
  if (version == 0) return std::optional<Connection>();
  return std::optional(std::move(database));
}

base::Result<ArchivedRun> record_of(Connection& database, const RunRow& row) {
  ArchivedRun record{row.run_id, row.client_id, row.slot, {}, {}};
  REKEY_TRY(const auto stream, ledger::read_checked_stream(database, "run/" + row.run_id));
  for (const ledger::StoredEvent& stored : stream.events) {
    REKEY_TRY(EventBody body, decode(stored.event.type, stored.event.body));
    record.events.push_back({stored.event.at, std::move(body)});
  }
  record.chain = {base::hex_encode(stream.head), stream.problem};
  const bool is_end_there = !record.events.empty() && is_closing(record.events.back().body);
  if (record.chain.problem.empty() && row.is_closed && !is_end_there) {
    record.chain.problem = "the run was closed, and the event that closed it is missing";
  }
  if (record.chain.problem.empty() && record.events.empty()) {
    record.chain.problem = "the run was begun, and its journal is empty";
  }
  return record;
}

base::Result<std::vector<std::string>> newest_names(Connection& database) {
  REKEY_TRY(auto query, database.prepare("SELECT run_id FROM run ORDER BY opened_at DESC, rowid "
                                         "DESC LIMIT ?1"));
  query.bind(1, std::int64_t{kNamesInMessages});
  std::vector<std::string> names;
  for (;;) {
    REKEY_TRY(const bool is_there, query.step());
    if (!is_there) return names;
    names.push_back(query.text(0));
  }
}

}  // namespace

base::Result<ArchivedRun> read_run(platform::Files& files, const std::string& folder,
                                   const std::string& run_id) {
  REKEY_TRY(auto database, open_archive(files, folder));
  if (!database) {
    return base::fail(Code::kNotFound, fmt::format("no run was ever begun in {}", folder));
  }
  REKEY_TRY(auto query, database->prepare("SELECT run_id, client_id, slot, closed_at FROM run "
                                          "WHERE run_id = ?1"));
  query.bind(1, run_id);
  REKEY_TRY(const auto row, row_from(query));
  if (row) return record_of(*database, *row);
  REKEY_TRY(const auto names, newest_names(*database));
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("{} holds no run {}; the newest there: {}", folder, run_id,
                  names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

base::Result<std::optional<ArchivedRun>> read_newest_run(platform::Files& files,
                                                         const std::string& folder,
                                                         const std::string& client_id,
                                                         const std::string& slot) {
  REKEY_TRY(auto database, open_archive(files, folder));
  if (!database) return std::optional<ArchivedRun>();
  REKEY_TRY(auto query,
            database->prepare("SELECT run_id, client_id, slot, closed_at FROM run WHERE "
                              "client_id = ?1 AND slot = ?2 ORDER BY closed_at IS NULL DESC, "
                              "closed_at DESC, rowid DESC LIMIT 1"));
  query.bind(1, client_id).bind(2, slot);
  REKEY_TRY(const auto row, row_from(query));
  if (!row) return std::optional<ArchivedRun>();
  REKEY_TRY(ArchivedRun record, record_of(*database, *row));
  return std::optional(std::move(record));
}

}  // namespace rekey::rotation

#include "engagement/data_extensions/async_rows.h"

#include "engagement/data_extensions/rows.h"
#include "storage/select.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::Result;
using net::JsonValue;
using storage::Connection;

constexpr base::Duration kKeptFor = base::Days{1};
constexpr std::string_view kRowError = "UnexpectedError";

#define REKEY_ASYNC_COLUMNS                                                         \
  "id, guid, business_unit, data_extension_id, is_upsert, called_at, taken_up_at, " \
  "completed_at, done, has_errors"

AsyncRequest read_request(const storage::Statement& row) {
  AsyncRequest request;
  request.id = row.integer(0);
  request.guid = row.text(1);
  request.business_unit = row.integer(2);
  request.data_extension_id = row.integer(3);
  request.is_upsert = row.integer(4) != 0;
  request.called_at = base::from_millis(row.integer(5));
  request.taken_up_at = storage::optional_instant(row, 6);
  request.completed_at = storage::optional_instant(row, 7);
  request.done = row.integer(8);
  request.has_errors = row.integer(9) != 0;
  return request;
}

Result<std::optional<AsyncRequest>> oldest_open(Connection& tables) {
  return storage::first_row(
      storage::select(tables, "SELECT " REKEY_ASYNC_COLUMNS
                              " FROM async_request WHERE completed_at IS NULL "
                              "ORDER BY called_at, id LIMIT 1"),
      read_request);
}

Result<JsonValue> load_items(Connection& tables, std::int64_t request_id) {
  REKEY_TRY(
      const auto items,
      storage::first_row(
          storage::select(tables, "SELECT items FROM async_request WHERE id = ?1", {request_id}),
          storage::read_text));
  return net::parse_json(items.value_or("[]"));
}

base::Status save_progress(Connection& tables, const AsyncRequest& request) {
  return storage::run(
      tables,
      "UPDATE async_request SET taken_up_at=?2, completed_at=?3, done=?4, "
      "has_errors=?5, items = CASE WHEN ?3 IS NULL THEN items ELSE '' END "
      "WHERE id=?1",
      {request.id, request.taken_up_at, request.completed_at, request.done, request.has_errors});
}

base::Status save_result(Connection& tables, const AsyncRequest& request, const Faults& faults) {
  std::string message;
  for (const std::string& fault : faults) message += (message.empty() ? "" : "; ") + fault;
  if (faults.empty()) {
    message = request.is_upsert ? "Upserted DataExtensionObject" : "Created DataExtensionObject";
  }
  return storage::run(
      tables,
      "INSERT INTO async_result(request_id, position, "
      "error_code, message) VALUES(?1, ?2, ?3, ?4)",
      {request.id, request.done, faults.empty() ? std::string_view{} : kRowError, message});
}

Result<Faults> write_item(RowWriter& writer, const JsonValue& item, Mode mode) {
  Columns columns;
  Faults faults;
  add_columns(columns, item, faults);
  if (!faults.empty()) return faults;
  return writer.put(columns, mode);
}

// The next rows, and that they are done, which is what it gives; all of them fail where the data
// extension is gone.
Result<AsyncRequest> write_some(const DueWork& work, Connection& tables, AsyncRequest request,
                                const JsonValue& items) {
  auto definition = load_definition(tables, request.business_unit, request.data_extension_id);
  if (!definition && definition.error().code != Code::kNotFound) {
    return tl::unexpected<base::Error>(definition.error());
  }
  std::optional<RowWriter> writer;
  if (definition) writer.emplace(tables, *definition);
  const auto total = static_cast<std::int64_t>(items.items().size());
  const std::int64_t end = std::min(total, request.done + work.tools.settings.async_rows_at_once);
  for (; request.done < end; ++request.done) {
    Faults faults{"the data extension is gone"};
    if (writer) {
      const JsonValue& item = items.items()[static_cast<std::size_t>(request.done)];
      REKEY_TRY(faults,
                write_item(*writer, item, request.is_upsert ? Mode::kUpsert : Mode::kInsert));
    }
    request.has_errors = request.has_errors || !faults.empty();
    REKEY_CHECK(save_result(tables, request, faults));
  }
  if (writer) REKEY_CHECK(writer->finish());
  if (request.done == total) request.completed_at = work.now;
  REKEY_CHECK(save_progress(tables, request));
  return request;
}

base::Status carry_out(DueWork& work, AsyncRequest request) {
  REKEY_TRY(const JsonValue items, load_items(work.reads, request.id));
  request.taken_up_at = request.taken_up_at.value_or(work.now);
  while (!request.completed_at) {
    REKEY_CHECK(work.writer.run([&](Connection& tables) -> base::Status {
      // Where the transaction fails, the request is as it was.
      REKEY_TRY(request, write_some(work, tables, request, items));
      return {};
    }));
  }
  return {};
}

Result<bool> has_forgettable(DueWork& work) {
  return storage::has_row(storage::select(work.reads,
                                          "SELECT 1 FROM async_request "
                                          "WHERE completed_at IS NOT NULL AND completed_at <= ?1 "
                                          "LIMIT 1",
                                          {work.now - kKeptFor}));
}

base::Status forget_old(DueWork& work) {
  REKEY_TRY(const bool has_old, has_forgettable(work));
  if (!has_old) return {};
  return work.writer.run([&](Connection& tables) -> base::Status {
    return storage::run(tables,
                        "DELETE FROM async_request WHERE completed_at IS NOT "
                        "NULL AND completed_at <= ?1",
                        {work.now - kKeptFor});
  });
}

}  // namespace

base::Status insert_request(Connection& tables, const AsyncRequest& request,
                            std::string_view items_json) {
  return storage::run(tables,
                      "INSERT INTO async_request(guid, business_unit, data_extension_id, "
                      "is_upsert, items, called_at, done, has_errors) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
                      {request.guid, request.business_unit, request.data_extension_id,
                       request.is_upsert, items_json, request.called_at});
}

Result<std::optional<AsyncRequest>> find_request(Connection& tables, std::int64_t business_unit,
                                                 std::string_view guid) {
  return storage::first_row(storage::select(tables,
                                            "SELECT " REKEY_ASYNC_COLUMNS " FROM async_request "
                                            "WHERE guid = ?1 AND business_unit = ?2",
                                            {guid, business_unit}),
                            read_request);
}

Result<std::vector<AsyncResult>> read_results(Connection& tables, std::int64_t request_id,
                                              std::int64_t first, std::int64_t limit) {
  return storage::all_rows(storage::select(tables,
                                           "SELECT error_code, message FROM async_result "
                                           "WHERE request_id = ?1 AND position >= ?2 "
                                           "ORDER BY position LIMIT ?3",
                                           {request_id, first, limit}),
                           [](const storage::Statement& row) {
                             return AsyncResult{row.text(0), row.text(1)};
                           });
}

NextDue carry_out_async(DueWork& work) {
  REKEY_CHECK(forget_old(work));
  for (;;) {
    REKEY_TRY(auto request, oldest_open(work.reads));
    if (!request) return std::optional<base::Instant>{};
    const base::Instant due_at = request->called_at + work.tools.settings.async_taken_up_after;
    if (due_at > work.now) return std::optional<base::Instant>(due_at);
    REKEY_CHECK(carry_out(work, *std::move(request)));
  }
}

}  // namespace rekey::engagement::data_extensions

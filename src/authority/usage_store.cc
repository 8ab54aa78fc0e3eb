#include "authority/usage_store.h"

#include <optional>
#include <vector>

#include "authority/tables/side_tables.h"

namespace rekey::authority {

base::Status restore_usage(storage::Connection& connection, UsageMeter& meter, base::Instant now) {
  REKEY_TRY(const std::optional<tables::ServerState> before, tables::load_server_state(connection));
  REKEY_TRY(const std::vector<UsageRow> rows, tables::load_usage(connection));
  for (const UsageRow& row : rows) meter.restore(row);
  const bool is_complete = before && before->is_stopped_cleanly;
  meter.set_complete_since(is_complete ? before->usage_complete_since : now);
  return tables::save_server_state(
      connection, {.is_stopped_cleanly = false, .usage_complete_since = meter.complete_since()});
}

base::Status flush_usage(storage::Writer& writer, UsageMeter& meter) {
  const std::vector<UsageRow> rows = meter.take_changed();
  if (rows.empty()) return {};
  base::Status written = writer.run(
      [&rows](storage::Connection& connection) { return tables::save_usage(connection, rows); });
  if (!written) {
    for (const UsageRow& row : rows) meter.mark_changed(row.secret_id);
  }
  return written;
}

base::Status mark_clean_stop(storage::Writer& writer, const UsageMeter& meter) {
  return writer.run([&meter](storage::Connection& connection) {
    return tables::save_server_state(
        connection, {.is_stopped_cleanly = true, .usage_complete_since = meter.complete_since()});
  });
}

}  // namespace rekey::authority

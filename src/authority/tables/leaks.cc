#include "authority/tables/leaks.h"

#include "storage/select.h"

namespace rekey::authority::tables {

using base::Result;

Result<bool> was_reported(storage::Connection& connection, credential::SecretId secret_id,
                          std::string_view source) {
  return storage::has_row(
      storage::select(connection, "SELECT 1 FROM leak WHERE secret_id = ?1 AND source = ?2 LIMIT 1",
                      {secret_id.value, source}));
}

base::Status keep_leak(storage::Connection& connection, const LeakRow& row) {
  REKEY_TRY(
      const std::int64_t places,
      storage::count(storage::select(connection, "SELECT count(*) FROM leak WHERE secret_id = ?1",
                                     {row.secret_id.value})));
  if (places >= kMostLeakPlaces) return {};
  return storage::run(connection,
                      "INSERT OR IGNORE INTO leak(secret_id, source, place, action, at)"
                      " VALUES(?1, ?2, ?3, ?4, ?5)",
                      {row.secret_id.value, row.source, row.place, row.action, row.at});
}

Result<std::vector<LeakRow>> load_leaks(storage::Connection& connection, std::int64_t limit) {
  return storage::all_rows(storage::select(connection,
                                           "SELECT secret_id, source, place, action, at FROM leak"
                                           " ORDER BY at DESC, secret_id, source, place LIMIT ?1",
                                           {limit}),
                           [](const storage::Statement& row) {
                             return LeakRow{credential::SecretId{row.integer(0)}, row.text(1),
                                            row.text(2), row.text(3),
                                            base::from_millis(row.integer(4))};
                           });
}

base::Status drop_leaks(storage::Connection& connection, credential::IntegrationId integration_id) {
  return storage::run(connection,
                      "DELETE FROM leak WHERE secret_id IN"
                      " (SELECT id FROM secret WHERE integration_id = ?1)",
                      {integration_id.value});
}

}  // namespace rekey::authority::tables

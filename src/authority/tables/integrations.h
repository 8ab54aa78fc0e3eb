// The tables integration, slot and secret.
//
// One integration is one unit: it is loaded whole and its changed rows are written back together.
// Used on the thread that owns the connection.
#pragma once

#include <string_view>
#include <vector>

#include "authority/tables/table.h"
#include "base/result.h"
#include "base/time.h"
#include "credential/lifecycle.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

[[nodiscard]] const Table& integration_table();
[[nodiscard]] const Table& slot_table();
[[nodiscard]] const Table& secret_table();

// The rows that an integration stands for, each list in the order of its key.
struct IntegrationRows {
  std::vector<Row> integrations;
  std::vector<Row> slots;
  std::vector<Row> secrets;
};
[[nodiscard]] IntegrationRows rows_of(const credential::Integration& integration);

// kNotFound, naming it, where there is none.
[[nodiscard]] base::Result<credential::Integration> load_integration(
    storage::Connection& connection, credential::IntegrationId id);
// In the order of creation, deleted ones too.
[[nodiscard]] base::Result<std::vector<credential::Integration>> load_all_integrations(
    storage::Connection& connection);
[[nodiscard]] base::Result<credential::IntegrationId> find_by_client_id(
    storage::Connection& connection, std::string_view client_id);
[[nodiscard]] base::Result<credential::IntegrationId> find_by_package_id(
    storage::Connection& connection, credential::PackageId id);
// The client id of another integration in which a secret with this fingerprint is not written down
// as ended; empty where there is none.
[[nodiscard]] base::Result<std::string> find_other_holder(storage::Connection& connection,
                                                          const base::Fingerprint& fingerprint,
                                                          credential::IntegrationId except);
// Every secret, ended ones too, whose value has this fingerprint, in order of issue.
struct Holder {
  credential::IntegrationId integration_id;
  credential::SecretId secret_id;
};
[[nodiscard]] base::Result<std::vector<Holder>> find_holders(storage::Connection& connection,
                                                             const base::Fingerprint& fingerprint);
// The authority's own package; kNotFound before the first start made it.
[[nodiscard]] base::Result<credential::IntegrationId> find_admin(storage::Connection& connection);

// Writes the rows in which `after` differs from `before` (a default Integration for a new one).
[[nodiscard]] base::Status save_integration(storage::Connection& connection,
                                            const credential::Integration& before,
                                            const credential::Integration& after);

// The next numbers. Call inside the transaction that uses them; rows are never deleted, so a number
// is never given twice, and after a restore every new one is above the tenant's numbers_after.
[[nodiscard]] base::Result<credential::IntegrationId> next_integration_id(
    storage::Connection& connection);
[[nodiscard]] base::Result<credential::SecretId> next_secret_id(storage::Connection& connection);

// A secret that is not written down as ended although its end has come, or that would be dormant at
// `now` if nobody had used it since it became usable.
struct DueSecret {
  credential::IntegrationId integration_id;
  credential::SecretId secret_id;
  base::Duration dormancy{};
  bool is_past_end = false;
};
[[nodiscard]] base::Result<std::vector<DueSecret>> find_due_secrets(storage::Connection& connection,
                                                                    base::Instant now);
// The earliest end that is still to come; kFarFuture where there is none.
[[nodiscard]] base::Result<base::Instant> next_end(storage::Connection& connection,
                                                   base::Instant now);

// Secrets whose end nobody has written down.
[[nodiscard]] base::Result<std::int64_t> count_live(storage::Connection& connection);
// Those of them that end after `now` and before `soon`, dormancy aside.
[[nodiscard]] base::Result<std::int64_t> count_ending_soon(storage::Connection& connection,
                                                           base::Instant now, base::Instant soon);

}  // namespace rekey::authority::tables

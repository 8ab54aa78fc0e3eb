// The tables tenant, policy_setting, scope, signing_key and audience. Used on the thread that owns
// the connection.
#pragma once

#include <optional>
#include <vector>

#include "authority/tables/table.h"
#include "authority/tenant.h"
#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

[[nodiscard]] const Table& tenant_table();
[[nodiscard]] const Table& policy_setting_table();
[[nodiscard]] const Table& scope_table();
[[nodiscard]] const Table& signing_key_table();
[[nodiscard]] const Table& audience_table();

struct TenantRows {
  std::vector<Row> tenants;
  std::vector<Row> settings;
  std::vector<Row> scopes;
  std::vector<Row> signing_keys;
  std::vector<Row> audiences;
};
[[nodiscard]] TenantRows rows_of(const Tenant& tenant);

// nullopt in a folder that was never started.
[[nodiscard]] base::Result<std::optional<Tenant>> load_tenant(storage::Connection& connection);
[[nodiscard]] base::Status save_tenant(storage::Connection& connection, const Tenant& before,
                                       const Tenant& after);

}  // namespace rekey::authority::tables

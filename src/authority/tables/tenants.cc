#include "authority/tables/tenants.h"

namespace rekey::authority::tables {

namespace {

using base::Result;

Row tenant_row(const Tenant& tenant) {
  return {tenant.id.value,
          tenant.name,
          tenant.enterprise.value,
          tenant.home_business_unit.value,
          std::int64_t{tenant.root_key_id},
          std::int64_t{tenant.last_token_key},
          std::int64_t{tenant.last_instance},
          tenant.numbers_after,
          base::to_millis(tenant.created_at)};
}

Result<Tenant> read_tenant(const Row& row) {
  RowReader reader(tenant_table(), row);
  Tenant tenant;
  REKEY_TRY(tenant.id.value, reader.integer());
  REKEY_TRY(tenant.name, reader.text());
  REKEY_TRY(tenant.enterprise.value, reader.integer());
  REKEY_TRY(tenant.home_business_unit.value, reader.integer());
  REKEY_TRY(const std::int64_t root_key_id, reader.integer());
  tenant.root_key_id = static_cast<std::uint32_t>(root_key_id);
  REKEY_TRY(const std::int64_t last_token_key, reader.integer());
  tenant.last_token_key = static_cast<std::uint32_t>(last_token_key);
  REKEY_TRY(const std::int64_t last_instance, reader.integer());
  tenant.last_instance = static_cast<std::uint32_t>(last_instance);
  REKEY_TRY(tenant.numbers_after, reader.integer());
  REKEY_TRY(const std::int64_t created_at, reader.integer());
  tenant.created_at = base::from_millis(created_at);
  return tenant;
}

}  // namespace

const Table& tenant_table() {
  using enum ColumnType;
  static const Table table("tenant", 1,
                           {{"id", kInteger},
                            {"name", kText},
                            {"enterprise_id", kInteger},
                            {"home_business_unit", kInteger},
                            {"root_key_id", kInteger},
                            {"last_token_key", kInteger},
                            {"last_instance", kInteger},
                            {"numbers_after", kInteger},
                            {"created_at", kInteger}});
  return table;
}

const Table& policy_setting_table() {
  using enum ColumnType;
  static const Table table(
      "policy_setting", 2,
      {{"tenant_id", kInteger}, {"position", kInteger}, {"key", kText}, {"value", kText}});
  return table;
}

const Table& scope_table() {
  using enum ColumnType;
  static const Table table("scope", 2,
                           {{"tenant_id", kInteger}, {"number", kInteger}, {"name", kText}});
  return table;
}

TenantRows rows_of(const Tenant& tenant) {
  TenantRows rows;
  if (tenant.id.value == 0) return rows;
  rows.tenants.push_back(tenant_row(tenant));
  std::int64_t position = 0;
  for (const credential::PolicySetting& setting : tenant.policy_settings) {
    rows.settings.push_back({tenant.id.value, position++, setting.key, setting.value});
  }
  std::int64_t number = 0;
  for (const std::string& name : tenant.scopes) {
    rows.scopes.push_back({tenant.id.value, number++, name});
  }
  return rows;
}

Result<std::optional<Tenant>> load_tenant(storage::Connection& connection) {
  REKEY_TRY(const std::vector<Row> rows, tenant_table().read_all(connection));
  if (rows.empty()) return std::optional<Tenant>{};
  REKEY_TRY(Tenant tenant, read_tenant(rows.front()));
  REKEY_TRY(const std::vector<Row> settings,
            policy_setting_table().read_of(connection, tenant.id.value));
  for (const Row& row : settings) {
    RowReader reader(policy_setting_table(), row);
    credential::PolicySetting setting;
    REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
    REKEY_TRY([[maybe_unused]] const std::int64_t position, reader.integer());
    REKEY_TRY(setting.key, reader.text());
    REKEY_TRY(setting.value, reader.text());
    tenant.policy_settings.push_back(std::move(setting));
  }
  REKEY_TRY(const std::vector<Row> scopes, scope_table().read_of(connection, tenant.id.value));
  for (const Row& row : scopes) {
    RowReader reader(scope_table(), row);
    REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
    REKEY_TRY([[maybe_unused]] const std::int64_t number, reader.integer());
    REKEY_TRY(std::string name, reader.text());
    tenant.scopes.push_back(std::move(name));
  }
  return std::optional<Tenant>{std::move(tenant)};
}

base::Status save_tenant(storage::Connection& connection, const Tenant& before,
                         const Tenant& after) {
  const TenantRows old_rows = rows_of(before);
  const TenantRows new_rows = rows_of(after);
  REKEY_CHECK(put_changes(connection, tenant_table(), old_rows.tenants, new_rows.tenants));
  REKEY_CHECK(
      put_changes(connection, policy_setting_table(), old_rows.settings, new_rows.settings));
  return put_changes(connection, scope_table(), old_rows.scopes, new_rows.scopes);
}

}  // namespace rekey::authority::tables

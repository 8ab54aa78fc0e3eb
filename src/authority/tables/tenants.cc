#include "authority/tables/tenants.h"

#include "authority/json_fields.h"

namespace rekey::authority::tables {

namespace {

using base::Result;
using credential::PolicySetting;

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

std::int64_t millis_of(base::Instant at) {
  return base::to_millis(at);
}

Row signing_key_row(const Tenant& tenant, std::int64_t position, const SigningKey& key) {
  Row row{tenant.id.value,
          position,
          key.kid,
          std::string(name_of(key.algorithm)),
          millis_of(key.published_at),
          millis_of(key.signs_from),
          std::monostate{}};
  if (key.withdrawn_at) row.back() = millis_of(*key.withdrawn_at);
  return row;
}

Result<SigningKey> read_signing_key(const Row& row) {
  RowReader reader(signing_key_table(), row);
  REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
  REKEY_TRY([[maybe_unused]] const std::int64_t position, reader.integer());
  SigningKey key;
  REKEY_TRY(key.kid, reader.text());
  REKEY_TRY(const std::string algorithm, reader.text());
  REKEY_TRY(key.algorithm, crypto::parse_jws_algorithm(algorithm));
  REKEY_TRY(const std::int64_t published_at, reader.integer());
  key.published_at = base::from_millis(published_at);
  REKEY_TRY(const std::int64_t signs_from, reader.integer());
  key.signs_from = base::from_millis(signs_from);
  REKEY_TRY(const std::optional<std::int64_t> withdrawn_at, reader.optional_integer());
  if (withdrawn_at) key.withdrawn_at = base::from_millis(*withdrawn_at);
  return key;
}

Row audience_row(const Tenant& tenant, const Audience& audience) {
  return {tenant.id.value, audience.uri, std::string(name_of(audience.algorithm)),
          texts_to_json(audience.clients), audience.resource_server};
}

Result<Audience> read_audience(const Row& row) {
  RowReader reader(audience_table(), row);
  REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
  Audience audience;
  REKEY_TRY(audience.uri, reader.text());
  REKEY_TRY(const std::string algorithm, reader.text());
  REKEY_TRY(audience.algorithm, crypto::parse_jws_algorithm(algorithm));
  REKEY_TRY(const std::string clients, reader.text());
  REKEY_TRY(audience.clients, texts_from_json(clients));
  REKEY_TRY(audience.resource_server, reader.text());
  return audience;
}

Result<PolicySetting> read_setting(const Row& row) {
  RowReader reader(policy_setting_table(), row);
  REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
  REKEY_TRY([[maybe_unused]] const std::int64_t position, reader.integer());
  PolicySetting setting;
  REKEY_TRY(setting.key, reader.text());
  REKEY_TRY(setting.value, reader.text());
  return setting;
}

Result<std::string> read_scope(const Row& row) {
  RowReader reader(scope_table(), row);
  REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
  REKEY_TRY([[maybe_unused]] const std::int64_t number, reader.integer());
  return reader.text();
}

// The tenant's rows of one table, each read by `read`.
template <typename T>
base::Status read_into(std::vector<T>& list, storage::Connection& connection, const Table& table,
                       const Tenant& tenant, Result<T> (*read)(const Row&)) {
  REKEY_TRY(const std::vector<Row> rows, table.read_of(connection, tenant.id.value));
  for (const Row& row : rows) {
    REKEY_TRY(T item, read(row));
    list.push_back(std::move(item));
  }
  return {};
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

const Table& signing_key_table() {
  using enum ColumnType;
  static const Table table("signing_key", 2,
                           {{"tenant_id", kInteger},
                            {"position", kInteger},
                            {"kid", kText},
                            {"algorithm", kText},
                            {"published_at", kInteger},
                            {"signs_from", kInteger},
                            {"withdrawn_at", kInteger}});
  return table;
}

const Table& audience_table() {
  using enum ColumnType;
  static const Table table("audience", 2,
                           {{"tenant_id", kInteger},
                            {"uri", kText},
                            {"algorithm", kText},
                            {"clients", kText},
                            {"resource_server", kText}});
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
  for (const SigningKey& key : tenant.signing_keys) {
    const auto key_position = static_cast<std::int64_t>(rows.signing_keys.size());
    rows.signing_keys.push_back(signing_key_row(tenant, key_position, key));
  }
  for (const Audience& audience : tenant.audiences) {
    rows.audiences.push_back(audience_row(tenant, audience));
  }
  return rows;
}

Result<std::optional<Tenant>> load_tenant(storage::Connection& connection) {
  REKEY_TRY(const std::vector<Row> rows, tenant_table().read_all(connection));
  if (rows.empty()) return std::optional<Tenant>{};
  REKEY_TRY(Tenant tenant, read_tenant(rows.front()));
  REKEY_CHECK(
      read_into(tenant.policy_settings, connection, policy_setting_table(), tenant, read_setting));
  REKEY_CHECK(read_into(tenant.scopes, connection, scope_table(), tenant, read_scope));
  REKEY_CHECK(
      read_into(tenant.signing_keys, connection, signing_key_table(), tenant, read_signing_key));
  REKEY_CHECK(read_into(tenant.audiences, connection, audience_table(), tenant, read_audience));
  return std::optional<Tenant>{std::move(tenant)};
}

base::Status save_tenant(storage::Connection& connection, const Tenant& before,
                         const Tenant& after) {
  const TenantRows old_rows = rows_of(before);
  const TenantRows new_rows = rows_of(after);
  REKEY_CHECK(put_changes(connection, tenant_table(), old_rows.tenants, new_rows.tenants));
  REKEY_CHECK(
      put_changes(connection, policy_setting_table(), old_rows.settings, new_rows.settings));
  REKEY_CHECK(put_changes(connection, scope_table(), old_rows.scopes, new_rows.scopes));
  REKEY_CHECK(
      put_changes(connection, signing_key_table(), old_rows.signing_keys, new_rows.signing_keys));
  return put_changes(connection, audience_table(), old_rows.audiences, new_rows.audiences);
}

}  // namespace rekey::authority::tables

#include "authority/tables/integrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "authority/json_fields.h"

namespace rekey::authority::tables {

namespace {

using base::Code;
using base::Result;
using credential::ClientSecret;
using credential::Integration;
using credential::IntegrationId;

Cell millis(base::Instant at) {
  return base::to_millis(at);
}

Cell millis(const std::optional<base::Instant>& at) {
  return at ? Cell(base::to_millis(*at)) : Cell(std::monostate{});
}

std::optional<base::Instant> instant(std::optional<std::int64_t> number) {
  if (!number) return std::nullopt;
  return base::from_millis(*number);
}

Row integration_row(const Integration& it) {
  const credential::PackageFacts& facts = it.package;
  return {it.id.value,
          it.package_id.value,
          it.tenant_id.value,
          it.client_id.value,
          facts.name,
          facts.description,
          texts_to_json(facts.owners),
          texts_to_json(facts.contacts),
          facts.documentation_link,
          std::int64_t{it.is_enabled},
          std::int64_t{it.is_deleted},
          std::int64_t{it.is_admin},
          texts_to_json(it.scopes),
          it.home_business_unit.value,
          units_to_json(it.business_units),
          settings_to_json(it.policy_overrides),
          millis(it.created_at),
          millis(it.tokens_revoked_at)};
}

Result<Integration> read_integration(const Row& row) {
  RowReader reader(integration_table(), row);
  Integration it;
  REKEY_TRY(it.id.value, reader.integer());
  REKEY_TRY(it.package_id.value, reader.integer());
  REKEY_TRY(it.tenant_id.value, reader.integer());
  REKEY_TRY(it.client_id.value, reader.text());
  REKEY_TRY(it.package.name, reader.text());
  REKEY_TRY(it.package.description, reader.text());
  REKEY_TRY(const std::string owners, reader.text());
  REKEY_TRY(it.package.owners, texts_from_json(owners));
  REKEY_TRY(const std::string contacts, reader.text());
  REKEY_TRY(it.package.contacts, texts_from_json(contacts));
  REKEY_TRY(it.package.documentation_link, reader.text());
  REKEY_TRY(const std::int64_t is_enabled, reader.integer());
  REKEY_TRY(const std::int64_t is_deleted, reader.integer());
  REKEY_TRY(const std::int64_t is_admin, reader.integer());
  it.is_enabled = is_enabled != 0;
  it.is_deleted = is_deleted != 0;
  it.is_admin = is_admin != 0;
  REKEY_TRY(const std::string scopes, reader.text());
  REKEY_TRY(it.scopes, texts_from_json(scopes));
  REKEY_TRY(it.home_business_unit.value, reader.integer());
  REKEY_TRY(const std::string units, reader.text());
  REKEY_TRY(it.business_units, units_from_json(units));
  REKEY_TRY(const std::string overrides, reader.text());
  REKEY_TRY(it.policy_overrides, settings_from_json(overrides));
  REKEY_TRY(const std::int64_t created_at, reader.integer());
  it.created_at = base::from_millis(created_at);
  REKEY_TRY(const auto tokens_revoked_at, reader.optional_integer());
  it.tokens_revoked_at = instant(tokens_revoked_at);
  return it;
}

Row slot_row(IntegrationId owner, std::size_t position, const credential::Slot& slot) {
  return {owner.value, static_cast<std::int64_t>(position), slot.tag.value,
          millis(slot.last_generation_at), millis(slot.last_activation_at)};
}

Result<credential::Slot> read_slot(const Row& row) {
  RowReader reader(slot_table(), row);
  credential::Slot slot;
  REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
  REKEY_TRY([[maybe_unused]] const std::int64_t position, reader.integer());
  REKEY_TRY(slot.tag.value, reader.text());
  REKEY_TRY(const auto generation, reader.optional_integer());
  REKEY_TRY(const auto activation, reader.optional_integer());
  slot.last_generation_at = instant(generation);
  slot.last_activation_at = instant(activation);
  return slot;
}

Row secret_row(IntegrationId owner, const ClientSecret& secret) {
  return {secret.id.value,
          owner.value,
          secret.slot.value,
          base::to_text(secret.fingerprint),
          secret.shown_prefix,
          secret.label,
          std::string(name_of(secret.origin)),
          std::string(name_of(secret.phase)),
          std::string(name_of(secret.end_reason)),
          millis(secret.generated_at),
          millis(secret.usable_from),
          millis(secret.expires_at),
          static_cast<std::int64_t>(secret.dormancy.count()),
          millis(secret.activated_at),
          millis(secret.superseded_at),
          millis(secret.overlap_ends_at),
          millis(secret.ended_at),
          millis(secret.tokens_revoked_at)};
}

Result<ClientSecret> read_secret(const Row& row) {
  RowReader reader(secret_table(), row);
  ClientSecret secret;
  REKEY_TRY(secret.id.value, reader.integer());
  REKEY_TRY([[maybe_unused]] const std::int64_t owner, reader.integer());
  REKEY_TRY(secret.slot.value, reader.text());
  REKEY_TRY(const std::string fingerprint, reader.text());
  REKEY_TRY(secret.fingerprint, base::fingerprint_from_text(fingerprint));
  REKEY_TRY(secret.shown_prefix, reader.text());
  REKEY_TRY(secret.label, reader.text());
  REKEY_TRY(const std::string origin, reader.text());
  REKEY_TRY(secret.origin, credential::parse_origin(origin));
  REKEY_TRY(const std::string phase, reader.text());
  REKEY_TRY(secret.phase, credential::parse_phase(phase));
  REKEY_TRY(const std::string end_reason, reader.text());
  REKEY_TRY(secret.end_reason, credential::parse_end_reason(end_reason));
  REKEY_TRY(const std::int64_t generated_at, reader.integer());
  REKEY_TRY(const std::int64_t usable_from, reader.integer());
  REKEY_TRY(const std::int64_t expires_at, reader.integer());
  REKEY_TRY(const std::int64_t dormancy, reader.integer());
  secret.generated_at = base::from_millis(generated_at);
  secret.usable_from = base::from_millis(usable_from);
  secret.expires_at = base::from_millis(expires_at);
  secret.dormancy = base::Duration{dormancy};
  REKEY_TRY(const auto activated_at, reader.optional_integer());
  REKEY_TRY(const auto superseded_at, reader.optional_integer());
  REKEY_TRY(const auto overlap_ends_at, reader.optional_integer());
  REKEY_TRY(const auto ended_at, reader.optional_integer());
  REKEY_TRY(const auto tokens_revoked_at, reader.optional_integer());
  secret.activated_at = instant(activated_at);
  secret.superseded_at = instant(superseded_at);
  secret.overlap_ends_at = instant(overlap_ends_at);
  secret.ended_at = instant(ended_at);
  secret.tokens_revoked_at = instant(tokens_revoked_at);
  return secret;
}

std::int64_t integer_at(const Row& row, std::size_t column) {
  const auto* number = std::get_if<std::int64_t>(&row[column]);
  return number == nullptr ? 0 : *number;
}

constexpr std::size_t kSlotOwnerColumn = 0;
constexpr std::size_t kSecretOwnerColumn = 1;

base::Status add_parts(Integration& it, const std::vector<Row>& slots,
                       const std::vector<Row>& secrets) {
  for (const Row& row : slots) {
    REKEY_TRY(credential::Slot slot, read_slot(row));
    it.slots.push_back(std::move(slot));
  }
  for (const Row& row : secrets) {
    REKEY_TRY(ClientSecret secret, read_secret(row));
    it.secrets.push_back(std::move(secret));
  }
  return {};
}

std::map<std::int64_t, std::vector<Row>> group_by_owner(std::vector<Row> rows, std::size_t column) {
  std::map<std::int64_t, std::vector<Row>> groups;
  for (Row& row : rows) groups[integer_at(row, column)].push_back(std::move(row));
  return groups;
}

Result<IntegrationId> find_one(storage::Statement statement, std::string_view what) {
  REKEY_TRY(const bool has_row, statement.step());
  if (!has_row) return base::fail(Code::kNotFound, fmt::format("there is no {}", what));
  return IntegrationId{statement.integer(0)};
}

Result<std::int64_t> next_number(storage::Connection& connection, std::string_view sql) {
  REKEY_TRY(storage::Statement statement, connection.prepare(sql));
  REKEY_TRY([[maybe_unused]] const bool has_row, statement.step());
  return statement.integer(0);
}

}  // namespace

const Table& integration_table() {
  using enum ColumnType;
  static const Table table("integration", 1,
                           {{"id", kInteger},
                            {"package_id", kInteger},
                            {"tenant_id", kInteger},
                            {"client_id", kText},
                            {"name", kText},
                            {"description", kText},
                            {"owners", kText},
                            {"contacts", kText},
                            {"documentation_link", kText},
                            {"is_enabled", kInteger},
                            {"is_deleted", kInteger},
                            {"is_admin", kInteger},
                            {"scopes", kText},
                            {"home_business_unit", kInteger},
                            {"business_units", kText},
                            {"policy_overrides", kText},
                            {"created_at", kInteger},
                            {"tokens_revoked_at", kInteger}});
  return table;
}

const Table& slot_table() {
  using enum ColumnType;
  static const Table table("slot", 2,
                           {{"integration_id", kInteger},
                            {"position", kInteger},
                            {"tag", kText},
                            {"last_generation_at", kInteger},
                            {"last_activation_at", kInteger}});
  return table;
}

const Table& secret_table() {
  using enum ColumnType;
  static const Table table("secret", 1,
                           {{"id", kInteger},
                            {"integration_id", kInteger},
                            {"slot", kText},
                            {"fingerprint", kText},
                            {"shown_prefix", kText},
                            {"label", kText},
                            {"origin", kText},
                            {"phase", kText},
                            {"end_reason", kText},
                            {"generated_at", kInteger},
                            {"usable_from", kInteger},
                            {"expires_at", kInteger},
                            {"dormancy", kInteger},
                            {"activated_at", kInteger},
                            {"superseded_at", kInteger},
                            {"overlap_ends_at", kInteger},
                            {"ended_at", kInteger},
                            {"tokens_revoked_at", kInteger}},
                           "integration_id");
  return table;
}

IntegrationRows rows_of(const Integration& integration) {
  IntegrationRows rows;
  if (integration.id.value == 0) return rows;
  rows.integrations.push_back(integration_row(integration));
  for (std::size_t i = 0; i < integration.slots.size(); ++i) {
    rows.slots.push_back(slot_row(integration.id, i, integration.slots[i]));
  }
  for (const ClientSecret& secret : integration.secrets) {
    rows.secrets.push_back(secret_row(integration.id, secret));
  }
  return rows;
}

Result<Integration> load_integration(storage::Connection& connection, IntegrationId id) {
  REKEY_TRY(const std::vector<Row> rows, integration_table().read_of(connection, id.value));
  if (rows.empty()) {
    return base::fail(Code::kNotFound, fmt::format("there is no integration {}", id.value));
  }
  REKEY_TRY(Integration it, read_integration(rows.front()));
  REKEY_TRY(const std::vector<Row> slots, slot_table().read_of(connection, id.value));
  REKEY_TRY(const std::vector<Row> secrets, secret_table().read_of(connection, id.value));
  REKEY_CHECK(add_parts(it, slots, secrets));
  return it;
}

Result<std::vector<Integration>> load_all_integrations(storage::Connection& connection) {
  REKEY_TRY(const std::vector<Row> rows, integration_table().read_all(connection));
  REKEY_TRY(std::vector<Row> slots, slot_table().read_all(connection));
  REKEY_TRY(std::vector<Row> secrets, secret_table().read_all(connection));
  auto slots_of = group_by_owner(std::move(slots), kSlotOwnerColumn);
  auto secrets_of = group_by_owner(std::move(secrets), kSecretOwnerColumn);
  std::vector<Integration> all;
  all.reserve(rows.size());
  for (const Row& row : rows) {
    REKEY_TRY(Integration it, read_integration(row));
    REKEY_CHECK(add_parts(it, slots_of[it.id.value], secrets_of[it.id.value]));
    all.push_back(std::move(it));
  }
  return all;
}

Result<IntegrationId> find_by_client_id(storage::Connection& connection,
                                        std::string_view client_id) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT id FROM integration WHERE client_id = ?1"));
  statement.bind(1, client_id);
  return find_one(std::move(statement), fmt::format("client id {}", client_id));
}

Result<IntegrationId> find_by_package_id(storage::Connection& connection,
                                         credential::PackageId id) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT id FROM integration WHERE package_id = ?1"));
  statement.bind(1, id.value);
  return find_one(std::move(statement), fmt::format("package {}", to_text(id)));
}

Result<std::string> find_other_holder(storage::Connection& connection,
                                      const base::Fingerprint& fingerprint, IntegrationId except) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT i.client_id FROM secret s JOIN integration i ON i.id = "
                               "s.integration_id WHERE s.fingerprint = ?1 AND s.phase != 'ended' "
                               "AND i.id != ?2 LIMIT 1"));
  statement.bind(1, base::to_text(fingerprint)).bind(2, except.value);
  REKEY_TRY(const bool has_row, statement.step());
  return has_row ? std::string(statement.text(0)) : std::string{};
}

Result<std::vector<Holder>> find_holders(storage::Connection& connection,
                                         const base::Fingerprint& fingerprint) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT integration_id, id FROM secret WHERE fingerprint = ?1"
                               " ORDER BY id"));
  statement.bind(1, base::to_text(fingerprint));
  std::vector<Holder> holders;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return holders;
    holders.push_back(
        {IntegrationId{statement.integer(0)}, credential::SecretId{statement.integer(1)}});
  }
}

Result<IntegrationId> find_admin(storage::Connection& connection) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT id FROM integration WHERE is_admin = 1 AND is_deleted = 0"));
  return find_one(std::move(statement), "admin package");
}

base::Status save_integration(storage::Connection& connection, const Integration& before,
                              const Integration& after) {
  const IntegrationRows old_rows = rows_of(before);
  const IntegrationRows new_rows = rows_of(after);
  REKEY_CHECK(
      put_changes(connection, integration_table(), old_rows.integrations, new_rows.integrations));
  REKEY_CHECK(put_changes(connection, slot_table(), old_rows.slots, new_rows.slots));
  return put_changes(connection, secret_table(), old_rows.secrets, new_rows.secrets);
}

Result<IntegrationId> next_integration_id(storage::Connection& connection) {
  REKEY_TRY(const std::int64_t number,
            next_number(connection,
                        "SELECT max(coalesce((SELECT max(id) FROM integration), 0),"
                        " coalesce((SELECT numbers_after FROM tenant), 0)) + 1"));
  return IntegrationId{number};
}

Result<credential::SecretId> next_secret_id(storage::Connection& connection) {
  REKEY_TRY(const std::int64_t number,
            next_number(connection,
                        "SELECT max(coalesce((SELECT max(id) FROM secret), 0),"
                        " coalesce((SELECT numbers_after FROM tenant), 0)) + 1"));
  return credential::SecretId{number};
}

Result<std::vector<DueSecret>> find_due_secrets(storage::Connection& connection,
                                                base::Instant now) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT integration_id, id, dormancy, 1 FROM secret"
                               " WHERE phase <> 'ended' AND ends_at <= ?1"
                               " UNION ALL SELECT integration_id, id, dormancy, 0 FROM secret"
                               " WHERE phase <> 'ended' AND quiet_until <= ?1 AND ends_at > ?1"
                               " ORDER BY 1, 2"));
  statement.bind(1, base::to_millis(now));
  std::vector<DueSecret> due;
  while (true) {
    REKEY_TRY(const bool has_row, statement.step());
    if (!has_row) return due;
    due.push_back({IntegrationId{statement.integer(0)}, credential::SecretId{statement.integer(1)},
                   base::Duration{statement.integer(2)}, statement.integer(3) != 0});
  }
}

Result<base::Instant> next_end(storage::Connection& connection, base::Instant now) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT min(ends_at) FROM secret"
                               " WHERE phase <> 'ended' AND ends_at > ?1"));
  statement.bind(1, base::to_millis(now));
  REKEY_TRY([[maybe_unused]] const bool has_row, statement.step());
  return instant(statement.optional_integer(0)).value_or(base::kFarFuture);
}

Result<std::int64_t> count_live(storage::Connection& connection) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT count(*) FROM secret WHERE phase <> 'ended'"));
  REKEY_TRY([[maybe_unused]] const bool has_row, statement.step());
  return statement.integer(0);
}

Result<std::int64_t> count_ending_soon(storage::Connection& connection, base::Instant now,
                                       base::Instant soon) {
  REKEY_TRY(storage::Statement statement,
            connection.prepare("SELECT count(*) FROM secret"
                               " WHERE phase <> 'ended' AND ends_at > ?1 AND ends_at < ?2"));
  statement.bind(1, base::to_millis(now)).bind(2, base::to_millis(soon));
  REKEY_TRY([[maybe_unused]] const bool has_row, statement.step());
  return statement.integer(0);
}

}  // namespace rekey::authority::tables

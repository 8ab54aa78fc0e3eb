#include "engagement/sends/send_definition.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "engagement/ids.h"
#include "storage/select.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::fail;
using base::Result;
using storage::Connection;

#define REKEY_SEND_DEFINITION_COLUMNS                                                      \
  "id, business_unit, guid, key, name, description, classification, status, content_key, " \
  "list, data_extension, adds_subscribers, updates_subscribers, tracks_links, copies_to, " \
  "hidden_copies_to, journey, created_at, changed_at"

constexpr std::array<DefinitionStatus, 3> kStatuses{
    DefinitionStatus::kActive, DefinitionStatus::kInactive, DefinitionStatus::kDeleted};

// Addresses hold no blanks.
std::string joined(const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) text += (text.empty() ? "" : " ") + address;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> addresses;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    addresses.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return addresses;
}

SendDefinition read_definition(const storage::Statement& row) {
  SendDefinition definition;
  definition.id = row.integer(0);
  definition.business_unit = row.integer(1);
  definition.guid = row.text(2);
  definition.key = row.text(3);
  definition.name = row.text(4);
  definition.description = row.text(5);
  definition.classification = row.text(6);
  definition.status = parse_definition_status(row.text(7)).value_or(DefinitionStatus::kInactive);
  definition.content_key = row.text(8);
  definition.list = row.text(9);
  definition.data_extension = row.text(10);
  definition.adds_subscribers = row.integer(11) != 0;
  definition.updates_subscribers = row.integer(12) != 0;
  definition.tracks_links = row.integer(13) != 0;
  definition.copies_to = split(row.text(14));
  definition.hidden_copies_to = split(row.text(15));
  definition.journey = row.text(16);
  definition.created_at = base::from_millis(row.integer(17));
  definition.changed_at = base::from_millis(row.integer(18));
  return definition;
}

Result<SendDefinition> only_definition(Result<storage::Statement> rows) {
  REKEY_TRY(auto found, storage::first_row(std::move(rows), read_definition));
  if (found) return *std::move(found);
  return fail(Code::kNotFound, "this business unit has no such send definition");
}

Result<SendDefinition> load_by_guid(Connection& tables, std::int64_t business_unit,
                                    std::string_view guid) {
  return only_definition(storage::select(tables,
                                         "SELECT " REKEY_SEND_DEFINITION_COLUMNS
                                         " FROM send_definition WHERE business_unit = ?1 "
                                         "AND guid = ?2 AND status <> 'Deleted'",
                                         {business_unit, guid}));
}

void bind_facts(storage::Statement& statement, const SendDefinition& definition) {
  statement.bind(1, definition.key)
      .bind(2, definition.name)
      .bind(3, definition.description)
      .bind(4, definition.classification)
      .bind(5, name_of(definition.status))
      .bind(6, definition.content_key)
      .bind(7, definition.list)
      .bind(8, definition.data_extension)
      .bind(9, std::int64_t{definition.adds_subscribers})
      .bind(10, std::int64_t{definition.updates_subscribers})
      .bind(11, std::int64_t{definition.tracks_links})
      .bind(12, joined(definition.copies_to))
      .bind(13, joined(definition.hidden_copies_to))
      .bind(14, definition.journey)
      .bind(15, base::to_millis(definition.changed_at));
}

}  // namespace

std::string_view name_of(DefinitionStatus status) noexcept {
  switch (status) {
    case DefinitionStatus::kActive:
      return "Active";
    case DefinitionStatus::kInactive:
      return "Inactive";
    case DefinitionStatus::kDeleted:
      return "Deleted";
  }
  return "";
}

std::optional<DefinitionStatus> parse_definition_status(std::string_view text) noexcept {
  for (const DefinitionStatus status : kStatuses) {
    if (base::equal_ignoring_case(name_of(status), text)) return status;
  }
  return std::nullopt;
}

Result<SendDefinition> load_send_definition(Connection& tables, std::int64_t business_unit,
                                            std::string_view key) {
  return only_definition(storage::select(tables,
                                         "SELECT " REKEY_SEND_DEFINITION_COLUMNS
                                         " FROM send_definition WHERE business_unit = ?1 "
                                         "AND key = ?2 AND status <> 'Deleted'",
                                         {business_unit, key}));
}

Result<SendDefinition> load_referred_definition(Connection& tables, std::int64_t business_unit,
                                                std::string_view reference) {
  const auto takes = [&](std::string_view prefix) {
    if (!base::equal_ignoring_case(reference.substr(0, prefix.size()), prefix)) return false;
    reference.remove_prefix(prefix.size());
    return true;
  };
  if (takes("key:")) return load_send_definition(tables, business_unit, reference);
  takes("id:");
  if (is_guid(reference)) return load_by_guid(tables, business_unit, reference);
  return fail(Code::kNotFound,
              "a send definition is named by key: and its key, or by its definitionId");
}

Result<SendDefinition> load_send_definition(Connection& tables, std::int64_t business_unit,
                                            std::int64_t id) {
  return only_definition(storage::select(tables,
                                         "SELECT " REKEY_SEND_DEFINITION_COLUMNS
                                         " FROM send_definition WHERE business_unit = ?1 "
                                         "AND id = ?2",
                                         {business_unit, id}));
}

const ListShape& send_definition_list() {
  static const ListShape kShape = [] {
    ListShape shape;
    shape.filters = {{"status", "status"}};
    shape.orders = {{"definitionKey", "key"},
                    {"name", "name"},
                    {"createdDate", "created_at", ValueKind::kInstant},
                    {"modifiedDate", "changed_at", ValueKind::kInstant},
                    {"status", "status"}};
    return shape;
  }();
  return kShape;
}

Result<std::optional<std::string>> find_definition_of_list(Connection& tables,
                                                           std::int64_t business_unit,
                                                           std::string_view list) {
  return storage::first_row(
      storage::select(tables,
                      "SELECT key FROM send_definition WHERE business_unit = ?1 AND list = ?2 "
                      "AND status <> 'Deleted' ORDER BY id LIMIT 1",
                      {business_unit, list}),
      storage::read_text);
}

Result<std::vector<SendDefinition>> list_send_definitions(Connection& tables,
                                                          const ListAsked& asked) {
  const std::string source = filtered_source(
      asked.condition ? "FROM send_definition WHERE business_unit = ?1"
                      : "FROM send_definition WHERE business_unit = ?1 AND status <> 'Deleted'",
      asked);
  return storage::all_rows(
      storage::select_page(tables, {REKEY_SEND_DEFINITION_COLUMNS, source, asked.order,
                                    filtered_values(asked), asked.page, asked.size}),
      read_definition);
}

Result<std::int64_t> insert_send_definition(Connection& tables, const SendDefinition& definition) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO send_definition(key, name, description, classification, "
                           "status, content_key, list, data_extension, adds_subscribers, "
                           "updates_subscribers, tracks_links, copies_to, hidden_copies_to, "
                           "journey, changed_at, business_unit, guid, created_at) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
                           "?15, ?16, ?17, ?18)"));
  bind_facts(insert, definition);
  REKEY_CHECK(insert.bind(16, definition.business_unit)
                  .bind(17, definition.guid)
                  .bind(18, base::to_millis(definition.created_at))
                  .run());
  return tables.last_insert_id();
}

base::Status save_send_definition(Connection& tables, const SendDefinition& definition) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE send_definition SET key = ?1, name = ?2, description = ?3, "
                           "classification = ?4, status = ?5, content_key = ?6, list = ?7, "
                           "data_extension = ?8, adds_subscribers = ?9, updates_subscribers = "
                           "?10, tracks_links = ?11, copies_to = ?12, hidden_copies_to = ?13, "
                           "journey = ?14, changed_at = ?15 WHERE id = ?16"));
  bind_facts(update, definition);
  return update.bind(16, definition.id).run();
}

}  // namespace rekey::engagement::sends

#include "engagement/journeys/event_definition.h"

#include "base/text.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

#define REKEY_EVENT_COLUMNS \
  "id, business_unit, guid, key, name, data_extension, document, created_at, changed_at"

EventDefinition read_definition(const storage::Statement& row) {
  EventDefinition definition;
  definition.id = row.integer(0);
  definition.business_unit = row.integer(1);
  definition.guid = row.text(2);
  definition.key = row.text(3);
  definition.name = row.text(4);
  definition.data_extension = row.text(5);
  definition.document = row.text(6);
  definition.created_at = base::from_millis(row.integer(7));
  definition.changed_at = base::from_millis(row.integer(8));
  return definition;
}

Result<std::optional<EventDefinition>> first_definition(storage::Statement rows) {
  REKEY_TRY(const bool has_row, rows.step());
  return has_row ? std::optional<EventDefinition>(read_definition(rows)) : std::nullopt;
}

}  // namespace

Result<std::optional<EventDefinition>> find_event_definition(Connection& tables,
                                                             std::int64_t business_unit,
                                                             std::string_view key) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_EVENT_COLUMNS " FROM event_definition "
                                     "WHERE business_unit = ?1 AND key = ?2"));
  row.bind(1, business_unit).bind(2, key);
  return first_definition(std::move(row));
}

Result<EventDefinition> load_event_definition(Connection& tables, std::int64_t business_unit,
                                              std::string_view reference) {
  constexpr std::string_view kKey = "key:";
  std::optional<EventDefinition> found;
  if (base::equal_ignoring_case(reference.substr(0, kKey.size()), kKey)) {
    REKEY_TRY(found, find_event_definition(tables, business_unit, reference.substr(kKey.size())));
  } else {
    REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_EVENT_COLUMNS " FROM event_definition "
                                       "WHERE business_unit = ?1 AND guid = ?2"));
    row.bind(1, business_unit).bind(2, reference);
    REKEY_TRY(found, first_definition(std::move(row)));
  }
  if (found) return *std::move(found);
  return base::fail(Code::kNotFound, "this business unit has no such event definition");
}

Result<EventDefinitionPage> list_event_definitions(Connection& tables, std::int64_t business_unit,
                                                   const std::string& name, std::int64_t page,
                                                   std::int64_t size) {
  EventDefinitionPage found;
  REKEY_TRY(auto count, tables.prepare("SELECT count(*) FROM event_definition WHERE "
                                       "business_unit = ?1 AND instr(lower(name), lower(?2)) > 0"));
  count.bind(1, business_unit).bind(2, name);
  REKEY_TRY(const bool has_count, count.step());
  if (has_count) found.count = count.integer(0);
  REKEY_TRY(auto rows, tables.prepare("SELECT " REKEY_EVENT_COLUMNS " FROM event_definition WHERE "
                                      "business_unit = ?1 AND instr(lower(name), lower(?2)) > 0 "
                                      "ORDER BY id LIMIT ?3 OFFSET ?4"));
  rows.bind(1, business_unit).bind(2, name).bind(3, size).bind(4, (page - 1) * size);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return found;
    found.definitions.push_back(read_definition(rows));
  }
}

base::Status insert_event_definition(Connection& tables, EventDefinition& definition) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO event_definition(business_unit, guid, key, name, "
                           "data_extension, document, created_at, changed_at) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  const base::Status status = insert.bind(1, definition.business_unit)
                                  .bind(2, definition.guid)
                                  .bind(3, definition.key)
                                  .bind(4, definition.name)
                                  .bind(5, definition.data_extension)
                                  .bind(6, definition.document)
                                  .bind(7, base::to_millis(definition.created_at))
                                  .bind(8, base::to_millis(definition.changed_at))
                                  .run();
  if (!status && status.error().code == Code::kAlreadyExists) {
    return base::fail(Code::kAlreadyExists, "an event definition with that key exists");
  }
  definition.id = tables.last_insert_id();
  return status;
}

base::Status save_event_definition(Connection& tables, const EventDefinition& definition) {
  REKEY_TRY(auto update, tables.prepare("UPDATE event_definition SET name = ?2, data_extension = "
                                        "?3, document = ?4, changed_at = ?5 WHERE id = ?1"));
  return update.bind(1, definition.id)
      .bind(2, definition.name)
      .bind(3, definition.data_extension)
      .bind(4, definition.document)
      .bind(5, base::to_millis(definition.changed_at))
      .run();
}

base::Status delete_event_definition(Connection& tables, const EventDefinition& definition) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM event_definition WHERE id = ?1"));
  return remove.bind(1, definition.id).run();
}

Result<EventUse> use_of(Connection& tables, const EventDefinition& definition) {
  REKEY_TRY(auto row,
            tables.prepare("SELECT count(DISTINCT v.journey_id), count(DISTINCT CASE WHEN v.status "
                           "IN ('Published', 'Paused') THEN v.journey_id END) "
                           "FROM journey_version v JOIN journey j ON j.id = v.journey_id "
                           "WHERE v.event_key = ?1 AND j.business_unit = ?2"));
  row.bind(1, definition.key).bind(2, definition.business_unit);
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? EventUse{row.integer(0), row.integer(1)} : EventUse{};
}

}  // namespace rekey::engagement::journeys

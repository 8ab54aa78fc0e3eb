#include "engagement/journeys/event_definition.h"

#include "base/text.h"
#include "storage/select.h"

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

Result<std::optional<EventDefinition>> first_definition(Result<storage::Statement> rows) {
  return storage::first_row(std::move(rows), read_definition);
}

}  // namespace

Result<std::optional<EventDefinition>> find_event_definition(Connection& tables,
                                                             std::int64_t business_unit,
                                                             std::string_view key) {
  return first_definition(storage::select(tables,
                                          "SELECT " REKEY_EVENT_COLUMNS " FROM event_definition "
                                          "WHERE business_unit = ?1 AND key = ?2",
                                          {business_unit, key}));
}

Result<EventDefinition> load_event_definition(Connection& tables, std::int64_t business_unit,
                                              std::string_view reference) {
  constexpr std::string_view kKey = "key:";
  std::optional<EventDefinition> found;
  if (base::equal_ignoring_case(reference.substr(0, kKey.size()), kKey)) {
    REKEY_TRY(found, find_event_definition(tables, business_unit, reference.substr(kKey.size())));
  } else {
    REKEY_TRY(found, first_definition(storage::select(tables,
                                                      "SELECT " REKEY_EVENT_COLUMNS
                                                      " FROM event_definition "
                                                      "WHERE business_unit = ?1 AND guid = ?2",
                                                      {business_unit, reference})));
  }
  if (found) return *std::move(found);
  return base::fail(Code::kNotFound, "this business unit has no such event definition");
}

Result<EventDefinitionPage> list_event_definitions(Connection& tables, std::int64_t business_unit,
                                                   const std::string& name, std::int64_t page,
                                                   std::int64_t size) {
  return storage::read_page(tables,
                            {REKEY_EVENT_COLUMNS,
                             "FROM event_definition WHERE business_unit = ?1 AND "
                             "instr(lower(name), lower(?2)) > 0",
                             "id",
                             {business_unit, name},
                             page,
                             size},
                            read_definition);
}

Result<std::int64_t> insert_event_definition(Connection& tables,
                                             const EventDefinition& definition) {
  return storage::say_taken(
      storage::insert(
          tables,
          "INSERT INTO event_definition(business_unit, guid, key, name, data_extension, document, "
          "created_at, changed_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
          {definition.business_unit, definition.guid, definition.key, definition.name,
           definition.data_extension, definition.document, definition.created_at,
           definition.changed_at}),
      "an event definition with that key exists");
}

base::Status save_event_definition(Connection& tables, const EventDefinition& definition) {
  return storage::run(tables,
                      "UPDATE event_definition SET name = ?2, data_extension = "
                      "?3, document = ?4, changed_at = ?5 WHERE id = ?1",
                      {definition.id, definition.name, definition.data_extension,
                       definition.document, definition.changed_at});
}

base::Status delete_event_definition(Connection& tables, const EventDefinition& definition) {
  return storage::run(tables, "DELETE FROM event_definition WHERE id = ?1", {definition.id});
}

Result<EventUse> use_of(Connection& tables, const EventDefinition& definition) {
  REKEY_TRY(
      const auto use,
      storage::first_row(
          storage::select(tables,
                          "SELECT count(DISTINCT v.journey_id), count(DISTINCT CASE WHEN v.status "
                          "IN ('Published', 'Paused') THEN v.journey_id END) "
                          "FROM journey_version v JOIN journey j ON j.id = v.journey_id "
                          "WHERE v.event_key = ?1 AND j.business_unit = ?2",
                          {definition.key, definition.business_unit}),
          [](const storage::Statement& row) {
            return EventUse{row.integer(0), row.integer(1)};
          }));
  return use.value_or(EventUse{});
}

}  // namespace rekey::engagement::journeys

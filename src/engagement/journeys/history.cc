// The history of journeys: a line for each step of each member.
#include <fmt/format.h>

#include "engagement/journeys/member.h"
#include "net/json.h"
#include "storage/select.h"

namespace rekey::engagement::journeys {

namespace {

using base::Result;
using storage::Connection;

std::string json_list(const std::vector<std::string>& texts) {
  net::JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
  return json.release();
}

// A list that is empty takes everything in.
std::string is_among(std::string_view column, int parameter) {
  return fmt::format(
      "AND (?{0} = '[]' OR {1} COLLATE NOCASE IN (SELECT value FROM json_each(?{0}))) ", parameter,
      column);
}

const std::string& conditions() {
  static const std::string kConditions =
      "FROM journey_history h JOIN journey_version v ON v.id = h.version_id "
      "JOIN journey j ON j.id = v.journey_id "
      "WHERE h.business_unit = ?1 AND h.at >= ?2 AND h.at <= ?3 " +
      is_among("v.guid", 4) + is_among("h.activity_guid", 5) + is_among("h.activity_type", 6) +
      is_among("h.contact_key", 7) + is_among("h.status", 8);
  return kConditions;
}

HistoryEntry read_entry(const storage::Statement& row) {
  HistoryEntry entry;
  entry.id = row.integer(0);
  entry.definition_guid = row.text(1);
  entry.definition_key = row.text(2);
  entry.definition_name = row.text(3);
  entry.definition_number = row.integer(4);
  entry.event_key = row.text(5);
  entry.member_guid = row.text(6);
  entry.event_guid = row.text(7);
  entry.contact_key = row.text(8);
  entry.activity_key = row.text(9);
  entry.activity_guid = row.text(10);
  entry.activity_name = row.text(11);
  entry.activity_type = row.text(12);
  entry.status = row.text(13);
  entry.message = row.text(14);
  entry.at = base::from_millis(row.integer(15));
  return entry;
}

}  // namespace

base::Status record_history(Connection& tables, const Member& member, const Step* step,
                            std::string_view status, std::string_view message, base::Instant at) {
  static const Step kWholeWay;
  const Step& done = step == nullptr ? kWholeWay : *step;
  return storage::run(
      tables,
      "INSERT INTO journey_history(business_unit, version_id, member_guid, "
      "event_guid, contact_key, activity_key, activity_guid, activity_name, "
      "activity_type, status, message, at) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      {member.business_unit, member.version_id, member.guid, member.event_guid, member.contact_key,
       done.key, done.guid, done.name, done.type, status, message, at});
}

Result<HistoryPage> search_history(Connection& tables, const HistoryAsked& asked) {
  const std::string_view direction = asked.is_descending ? "DESC" : "ASC";
  const std::string order = fmt::format("h.at {0}, h.id {0}", direction);
  return storage::read_page(
      tables,
      {"h.id, v.guid, j.key, v.name, v.number, v.event_key, h.member_guid, h.event_guid, "
       "h.contact_key, h.activity_key, h.activity_guid, h.activity_name, h.activity_type, "
       "h.status, h.message, h.at",
       conditions(),
       order,
       {asked.business_unit, asked.from.value_or(base::Instant{}),
        asked.until.value_or(base::kFarFuture), json_list(asked.definitions),
        json_list(asked.activities), json_list(asked.types), json_list(asked.contacts),
        json_list(asked.statuses)},
       asked.page,
       asked.size},
      read_entry);
}

base::Status forget_history(Connection& tables, base::Instant before) {
  return storage::run(tables, "DELETE FROM journey_history WHERE at < ?1", {before});
}

Result<bool> has_old_history(Connection& tables, base::Instant before) {
  return storage::has_row(
      storage::select(tables, "SELECT 1 FROM journey_history WHERE at < ?1 LIMIT 1", {before}));
}

}  // namespace rekey::engagement::journeys

#include "engagement/journeys/journey.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "storage/select.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

constexpr std::array<std::pair<JourneyStatus, std::string_view>, 5> kStatusNames{
    {{JourneyStatus::kDraft, "Draft"},
     {JourneyStatus::kPublished, "Published"},
     {JourneyStatus::kPaused, "Paused"},
     {JourneyStatus::kUnpublished, "Unpublished"},
     {JourneyStatus::kStopped, "Stopped"}}};

#define REKEY_VERSION_COLUMNS                                                            \
  "v.id, v.journey_id, j.business_unit, j.guid, v.guid, j.key, v.number, v.name, "       \
  "v.document, v.status, v.entry_mode, v.event_key, v.created_at, v.changed_at, "        \
  "v.published_at, v.paused_at, v.pause_ends_at, v.extends_waits, v.stops_after_pause, " \
  "v.keeps_entries"
#define REKEY_VERSION_SOURCE "FROM journey_version v JOIN journey j ON j.id = v.journey_id "
#define REKEY_VERSION_SELECT "SELECT " REKEY_VERSION_COLUMNS " " REKEY_VERSION_SOURCE

JourneyVersion read_version(const storage::Statement& row) {
  JourneyVersion version;
  version.id = row.integer(0);
  version.journey_id = row.integer(1);
  version.business_unit = row.integer(2);
  version.journey_guid = row.text(3);
  version.guid = row.text(4);
  version.key = row.text(5);
  version.number = row.integer(6);
  version.name = row.text(7);
  version.document = row.text(8);
  version.status = parse_journey_status(row.text(9)).value_or(JourneyStatus::kStopped);
  version.entry_mode = row.text(10);
  version.event_key = row.text(11);
  version.created_at = base::from_millis(row.integer(12));
  version.changed_at = base::from_millis(row.integer(13));
  version.published_at = storage::optional_instant(row, 14);
  const auto began_at = storage::optional_instant(row, 15);
  const auto ends_at = storage::optional_instant(row, 16);
  if (began_at && ends_at) {
    version.pause = Pause{*began_at, *ends_at, row.integer(17) != 0, row.integer(18) != 0,
                          row.integer(19) != 0};
  }
  return version;
}

Result<std::vector<JourneyVersion>> all_versions(Result<storage::Statement> rows) {
  return storage::all_rows(std::move(rows), read_version);
}

Result<std::optional<JourneyVersion>> first_version(Result<storage::Statement> rows) {
  return storage::first_row(std::move(rows), read_version);
}

// ?1 business unit, ?2 status, ?3 number, ?4 text, ?5 key, ?6 name; empty and 0 mean any.
constexpr std::string_view kListConditions =
    "WHERE j.business_unit = ?1 AND (?2 = '' OR v.status = ?2) AND (?3 = 0 OR v.number = ?3) "
    "AND (?4 = '' OR instr(lower(v.name), lower(?4)) > 0 OR "
    "instr(lower(json_extract(v.document, '$.description')), lower(?4)) > 0) "
    "AND (?5 = '' OR j.key = ?5) AND (?6 = '' OR v.name = ?6) ";
constexpr std::string_view kNewestOnly =
    "AND v.number = (SELECT max(number) FROM journey_version WHERE journey_id = v.journey_id) ";

}  // namespace

std::string_view name_of(JourneyStatus status) noexcept {
  for (const auto& [known, name] : kStatusNames) {
    if (known == status) return name;
  }
  return "";
}

std::optional<JourneyStatus> parse_journey_status(std::string_view text) noexcept {
  for (const auto& [known, name] : kStatusNames) {
    if (base::equal_ignoring_case(name, text)) return known;
  }
  return std::nullopt;
}

Result<JourneyVersion> load_version(Connection& tables, std::int64_t business_unit,
                                    std::string_view reference,
                                    std::optional<std::int64_t> number) {
  constexpr std::string_view kKey = "key:";
  const bool is_key = base::equal_ignoring_case(reference.substr(0, kKey.size()), kKey);
  REKEY_TRY(
      auto found,
      first_version(storage::select(
          tables,
          REKEY_VERSION_SELECT "WHERE j.business_unit = ?1 AND ((?2 <> '' AND j.key = ?2) OR "
                               "(?3 <> '' AND (j.guid = ?3 OR v.guid = ?3 OR (?4 > 0 AND j.id = "
                               "(SELECT journey_id FROM journey_version WHERE guid = ?3))))) "
                               "AND (?4 = 0 OR v.number = ?4) ORDER BY v.number DESC LIMIT 1",
          {business_unit, is_key ? reference.substr(kKey.size()) : std::string_view{},
           is_key ? std::string_view{} : reference, number.value_or(0)})));
  if (found) return *std::move(found);
  return base::fail(Code::kNotFound, "Interaction not found.");
}

Result<std::optional<JourneyVersion>> find_newest_version(Connection& tables,
                                                          std::int64_t business_unit,
                                                          std::string_view key) {
  return first_version(storage::select(tables,
                                       REKEY_VERSION_SELECT
                                       "WHERE j.business_unit = ?1 AND j.key = ?2 "
                                       "ORDER BY v.number DESC LIMIT 1",
                                       {business_unit, key}));
}

Result<std::optional<JourneyVersion>> find_version(Connection& tables, std::int64_t id) {
  return first_version(storage::select(tables, REKEY_VERSION_SELECT "WHERE v.id = ?1", {id}));
}

Result<std::vector<JourneyVersion>> versions_of(Connection& tables, std::int64_t journey_id) {
  return all_versions(storage::select(
      tables, REKEY_VERSION_SELECT "WHERE v.journey_id = ?1 ORDER BY v.number", {journey_id}));
}

Result<std::vector<JourneyVersion>> versions_started_by(Connection& tables,
                                                        std::int64_t business_unit,
                                                        std::string_view event_key) {
  return all_versions(storage::select(tables,
                                      REKEY_VERSION_SELECT
                                      "WHERE v.event_key = ?1 AND v.status IN ('Published', "
                                      "'Paused') AND j.business_unit = ?2 ORDER BY v.id",
                                      {event_key, business_unit}));
}

Result<std::vector<JourneyVersion>> pauses_over(Connection& tables, base::Instant now) {
  return all_versions(storage::select(
      tables, REKEY_VERSION_SELECT "WHERE v.status = 'Paused' AND v.pause_ends_at <= ?1", {now}));
}

Result<std::optional<base::Instant>> next_pause_over(Connection& tables) {
  return storage::first_instant(storage::select(tables,
                                                "SELECT min(pause_ends_at) FROM journey_version "
                                                "WHERE status = 'Paused'"));
}

const ListColumns& journey_orders() {
  static const ListColumns kOrders = {{"modifiedDate", "v.changed_at", ValueKind::kInstant},
                                      {"createdDate", "v.created_at", ValueKind::kInstant},
                                      {"name", "v.name"},
                                      {"key", "j.key"},
                                      {"status", "v.status"}};
  return kOrders;
}

Result<JourneyPage> list_journeys(Connection& tables, const JourneysAsked& asked) {
  const std::string source = fmt::format("{}{}{}", REKEY_VERSION_SOURCE, kListConditions,
                                         asked.newest_only ? kNewestOnly : "");
  return storage::read_page(
      tables,
      {REKEY_VERSION_COLUMNS,
       source,
       asked.order,
       {asked.business_unit, asked.status ? name_of(*asked.status) : std::string_view{},
        asked.number.value_or(0), asked.text, asked.key, asked.name},
       asked.page,
       asked.size},
      read_version);
}

Result<JourneyVersion> insert_version(Connection& tables, JourneyVersion version) {
  if (version.journey_id == 0) {
    REKEY_TRY(version.journey_id,
              storage::insert(tables,
                              "INSERT INTO journey(business_unit, guid, key) "
                              "VALUES(?1, ?2, ?3)",
                              {version.business_unit, version.journey_guid, version.key}));
  }
  REKEY_TRY(
      version.id,
      storage::insert(tables,
                      "INSERT INTO journey_version(journey_id, guid, number, name, document, "
                      "status, entry_mode, event_key, created_at, changed_at, extends_waits, "
                      "stops_after_pause, keeps_entries) "
                      "VALUES(?1, ?2, ?3, '', '{}', 'Draft', '', '', ?4, ?4, 0, 0, 0)",
                      {version.journey_id, version.guid, version.number, version.created_at}));
  REKEY_CHECK(save_version(tables, version));
  return version;
}

base::Status save_version(Connection& tables, const JourneyVersion& version) {
  const Pause pause = version.pause.value_or(Pause{});
  std::optional<base::Instant> began_at;
  std::optional<base::Instant> ends_at;
  if (version.pause) {
    began_at = pause.began_at;
    ends_at = pause.ends_at;
  }
  return storage::run(
      tables,
      "UPDATE journey_version SET name = ?2, document = ?3, status = ?4, "
      "entry_mode = ?5, event_key = ?6, changed_at = ?7, published_at = ?8, "
      "paused_at = ?9, pause_ends_at = ?10, extends_waits = ?11, "
      "stops_after_pause = ?12, keeps_entries = ?13 WHERE id = ?1",
      {version.id, version.name, version.document, name_of(version.status), version.entry_mode,
       version.event_key, version.changed_at, version.published_at, began_at, ends_at,
       pause.extends_waits, pause.stops_after, pause.keeps_entries});
}

base::Status delete_version(Connection& tables, const JourneyVersion& version) {
  REKEY_CHECK(storage::run(tables, "DELETE FROM journey_version WHERE id = ?1", {version.id}));
  return storage::run(tables,
                      "DELETE FROM journey WHERE id = ?1 AND NOT EXISTS "
                      "(SELECT 1 FROM journey_version WHERE journey_id = ?1)",
                      {version.journey_id});
}

Result<JourneyStats> stats_of(Connection& tables, const JourneyVersion& version) {
  REKEY_TRY(
      const auto stats,
      storage::first_row(
          storage::select(tables,
                          "SELECT count(*) FILTER (WHERE state = 'Active'), count(*), "
                          "count(*) FILTER (WHERE met_goal), "
                          "count(*) FILTER (WHERE met_exit) "
                          "FROM journey_member WHERE version_id = ?1",
                          {version.id}),
          [](const storage::Statement& row) {
            return JourneyStats{row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
          }));
  return stats.value_or(JourneyStats{});
}

}  // namespace rekey::engagement::journeys

#include "engagement/journeys/journey.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"

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

#define REKEY_VERSION_SELECT                                                              \
  "SELECT v.id, v.journey_id, j.business_unit, j.guid, v.guid, j.key, v.number, v.name, " \
  "v.document, v.status, v.entry_mode, v.event_key, v.created_at, v.changed_at, "         \
  "v.published_at, v.paused_at, v.pause_ends_at, v.extends_waits, v.stops_after_pause, "  \
  "v.keeps_entries FROM journey_version v JOIN journey j ON j.id = v.journey_id "

std::optional<base::Instant> instant_of(std::optional<std::int64_t> millis) {
  if (!millis) return std::nullopt;
  return base::from_millis(*millis);
}

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
  version.published_at = instant_of(row.optional_integer(14));
  const auto began_at = instant_of(row.optional_integer(15));
  const auto ends_at = instant_of(row.optional_integer(16));
  if (began_at && ends_at) {
    version.pause = Pause{*began_at, *ends_at, row.integer(17) != 0, row.integer(18) != 0,
                          row.integer(19) != 0};
  }
  return version;
}

Result<std::vector<JourneyVersion>> all_versions(storage::Statement rows) {
  std::vector<JourneyVersion> versions;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return versions;
    versions.push_back(read_version(rows));
  }
}

Result<std::optional<JourneyVersion>> first_version(storage::Statement rows) {
  REKEY_TRY(const bool has_row, rows.step());
  return has_row ? std::optional<JourneyVersion>(read_version(rows)) : std::nullopt;
}

std::optional<std::int64_t> millis_of(const std::optional<base::Instant>& at) {
  if (!at) return std::nullopt;
  return base::to_millis(*at);
}

// ?1 business unit, ?2 status, ?3 number, ?4 text, ?5 key, ?6 name; empty and 0 mean any.
constexpr std::string_view kListConditions =
    "WHERE j.business_unit = ?1 AND (?2 = '' OR v.status = ?2) AND (?3 = 0 OR v.number = ?3) "
    "AND (?4 = '' OR instr(lower(v.name), lower(?4)) > 0 OR "
    "instr(lower(json_extract(v.document, '$.description')), lower(?4)) > 0) "
    "AND (?5 = '' OR j.key = ?5) AND (?6 = '' OR v.name = ?6) ";
constexpr std::string_view kNewestOnly =
    "AND v.number = (SELECT max(number) FROM journey_version WHERE journey_id = v.journey_id) ";

void bind_asked(storage::Statement& statement, const JourneysAsked& asked) {
  statement.bind(1, asked.business_unit)
      .bind(2, asked.status ? name_of(*asked.status) : std::string_view{})
      .bind(3, asked.number.value_or(0))
      .bind(4, asked.text)
      .bind(5, asked.key)
      .bind(6, asked.name);
}

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
  REKEY_TRY(auto row,
            tables.prepare(REKEY_VERSION_SELECT
                           "WHERE j.business_unit = ?1 AND ((?2 <> '' AND j.key = ?2) OR "
                           "(?3 <> '' AND (j.guid = ?3 OR v.guid = ?3 OR (?4 > 0 AND j.id = "
                           "(SELECT journey_id FROM journey_version WHERE guid = ?3))))) "
                           "AND (?4 = 0 OR v.number = ?4) ORDER BY v.number DESC LIMIT 1"));
  row.bind(1, business_unit)
      .bind(2, is_key ? reference.substr(kKey.size()) : std::string_view{})
      .bind(3, is_key ? std::string_view{} : reference)
      .bind(4, number.value_or(0));
  REKEY_TRY(auto found, first_version(std::move(row)));
  if (found) return *std::move(found);
  return base::fail(Code::kNotFound, "Interaction not found.");
}

Result<std::optional<JourneyVersion>> find_newest_version(Connection& tables,
                                                          std::int64_t business_unit,
                                                          std::string_view key) {
  REKEY_TRY(auto row,
            tables.prepare(REKEY_VERSION_SELECT "WHERE j.business_unit = ?1 AND j.key = ?2 "
                                                "ORDER BY v.number DESC LIMIT 1"));
  row.bind(1, business_unit).bind(2, key);
  return first_version(std::move(row));
}

Result<std::optional<JourneyVersion>> find_version(Connection& tables, std::int64_t id) {
  REKEY_TRY(auto row, tables.prepare(REKEY_VERSION_SELECT "WHERE v.id = ?1"));
  row.bind(1, id);
  return first_version(std::move(row));
}

Result<std::vector<JourneyVersion>> versions_of(Connection& tables, std::int64_t journey_id) {
  REKEY_TRY(auto rows,
            tables.prepare(REKEY_VERSION_SELECT "WHERE v.journey_id = ?1 ORDER BY v.number"));
  rows.bind(1, journey_id);
  return all_versions(std::move(rows));
}

Result<std::vector<JourneyVersion>> versions_started_by(Connection& tables,
                                                        std::int64_t business_unit,
                                                        std::string_view event_key) {
  REKEY_TRY(auto rows, tables.prepare(REKEY_VERSION_SELECT
                                      "WHERE v.event_key = ?1 AND v.status IN ('Published', "
                                      "'Paused') AND j.business_unit = ?2 ORDER BY v.id"));
  rows.bind(1, event_key).bind(2, business_unit);
  return all_versions(std::move(rows));
}

Result<std::vector<JourneyVersion>> pauses_over(Connection& tables, base::Instant now) {
  REKEY_TRY(auto rows, tables.prepare(REKEY_VERSION_SELECT
                                      "WHERE v.status = 'Paused' AND v.pause_ends_at <= ?1"));
  rows.bind(1, base::to_millis(now));
  return all_versions(std::move(rows));
}

Result<std::optional<base::Instant>> next_pause_over(Connection& tables) {
  REKEY_TRY(auto row, tables.prepare("SELECT min(pause_ends_at) FROM journey_version "
                                     "WHERE status = 'Paused'"));
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? instant_of(row.optional_integer(0)) : std::nullopt;
}

Result<JourneyPage> list_journeys(Connection& tables, const JourneysAsked& asked) {
  const std::string conditions =
      std::string(kListConditions) + std::string(asked.newest_only ? kNewestOnly : "");
  JourneyPage page;
  REKEY_TRY(auto count, tables.prepare("SELECT count(*) FROM journey_version v JOIN journey j ON "
                                       "j.id = v.journey_id " +
                                       conditions));
  bind_asked(count, asked);
  REKEY_TRY(const bool has_count, count.step());
  if (has_count) page.count = count.integer(0);
  const std::string_view column = asked.order == "name"          ? "v.name"
                                  : asked.order == "createdDate" ? "v.created_at"
                                                                 : "v.changed_at";
  REKEY_TRY(auto rows, tables.prepare(fmt::format("{}{}ORDER BY {} {}, v.id LIMIT ?7 OFFSET ?8",
                                                  REKEY_VERSION_SELECT, conditions, column,
                                                  asked.is_descending ? "DESC" : "ASC")));
  bind_asked(rows, asked);
  rows.bind(7, asked.size).bind(8, (asked.page - 1) * asked.size);
  REKEY_TRY(page.versions, all_versions(std::move(rows)));
  return page;
}

base::Status insert_version(Connection& tables, JourneyVersion& version) {
  if (version.journey_id == 0) {
    REKEY_TRY(auto insert, tables.prepare("INSERT INTO journey(business_unit, guid, key) "
                                          "VALUES(?1, ?2, ?3)"));
    REKEY_CHECK(insert.bind(1, version.business_unit)
                    .bind(2, version.journey_guid)
                    .bind(3, version.key)
                    .run());
    version.journey_id = tables.last_insert_id();
  }
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO journey_version(journey_id, guid, number, name, document, "
                           "status, entry_mode, event_key, created_at, changed_at, extends_waits, "
                           "stops_after_pause, keeps_entries) "
                           "VALUES(?1, ?2, ?3, '', '{}', 'Draft', '', '', ?4, ?4, 0, 0, 0)"));
  REKEY_CHECK(insert.bind(1, version.journey_id)
                  .bind(2, version.guid)
                  .bind(3, version.number)
                  .bind(4, base::to_millis(version.created_at))
                  .run());
  version.id = tables.last_insert_id();
  return save_version(tables, version);
}

base::Status save_version(Connection& tables, const JourneyVersion& version) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE journey_version SET name = ?2, document = ?3, status = ?4, "
                           "entry_mode = ?5, event_key = ?6, changed_at = ?7, published_at = ?8, "
                           "paused_at = ?9, pause_ends_at = ?10, extends_waits = ?11, "
                           "stops_after_pause = ?12, keeps_entries = ?13 WHERE id = ?1"));
  const Pause pause = version.pause.value_or(Pause{});
  std::optional<base::Instant> began_at;
  std::optional<base::Instant> ends_at;
  if (version.pause) {
    began_at = pause.began_at;
    ends_at = pause.ends_at;
  }
  return update.bind(1, version.id)
      .bind(2, version.name)
      .bind(3, version.document)
      .bind(4, name_of(version.status))
      .bind(5, version.entry_mode)
      .bind(6, version.event_key)
      .bind(7, base::to_millis(version.changed_at))
      .bind(8, millis_of(version.published_at))
      .bind(9, millis_of(began_at))
      .bind(10, millis_of(ends_at))
      .bind(11, std::int64_t{pause.extends_waits})
      .bind(12, std::int64_t{pause.stops_after})
      .bind(13, std::int64_t{pause.keeps_entries})
      .run();
}

base::Status delete_version(Connection& tables, const JourneyVersion& version) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM journey_version WHERE id = ?1"));
  REKEY_CHECK(remove.bind(1, version.id).run());
  REKEY_TRY(auto last, tables.prepare("DELETE FROM journey WHERE id = ?1 AND NOT EXISTS "
                                      "(SELECT 1 FROM journey_version WHERE journey_id = ?1)"));
  return last.bind(1, version.journey_id).run();
}

Result<JourneyStats> stats_of(Connection& tables, const JourneyVersion& version) {
  REKEY_TRY(auto row,
            tables.prepare("SELECT count(*) FILTER (WHERE state = 'Active'), count(*), "
                           "count(*) FILTER (WHERE met_goal), count(*) FILTER (WHERE met_exit) "
                           "FROM journey_member WHERE version_id = ?1"));
  row.bind(1, version.id);
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return JourneyStats{};
  return JourneyStats{row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
}

}  // namespace rekey::engagement::journeys

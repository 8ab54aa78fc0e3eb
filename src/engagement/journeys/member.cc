#include "engagement/journeys/member.h"

#include <array>
#include <utility>

#include "net/json.h"

namespace rekey::engagement::journeys {

namespace {

using base::Result;
using storage::Connection;

constexpr std::array<std::pair<MemberState, std::string_view>, 4> kStateNames{
    {{MemberState::kActive, "Active"},
     {MemberState::kCompleted, "Completed"},
     {MemberState::kExited, "Exited"},
     {MemberState::kFailed, "Failed"}}};

#define REKEY_MEMBER_COLUMNS                                                                 \
  "id, guid, version_id, business_unit, contact_key, event_guid, data, state, step, waits, " \
  "steps_done, met_goal, met_exit, due_at, entered_at, left_at, exit_asked_at"

// Of versions that are running, and of who has to leave whatever the version does.
#define REKEY_CAN_GO_ON                                                        \
  " FROM journey_member m JOIN journey_version v ON v.id = m.version_id "      \
  "WHERE m.state = 'Active' AND (v.status IN ('Published', 'Unpublished') OR " \
  "m.exit_asked_at IS NOT NULL) "

// A line of history for members who leave: ?1 status, ?2 message, ?3 when.
#define REKEY_LEAVING                                                                         \
  "INSERT INTO journey_history(business_unit, version_id, member_guid, event_guid, "          \
  "contact_key, activity_key, activity_guid, activity_name, activity_type, status, message, " \
  "at) SELECT business_unit, version_id, guid, event_guid, contact_key, '', '', '', '', ?1, " \
  "?2, ?3 FROM journey_member "

std::optional<base::Instant> instant_of(std::optional<std::int64_t> millis) {
  if (!millis) return std::nullopt;
  return base::from_millis(*millis);
}
std::optional<std::int64_t> millis_of(const std::optional<base::Instant>& at) {
  if (!at) return std::nullopt;
  return base::to_millis(*at);
}

std::string data_to_json(const EventData& data) {
  net::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : data) json.member(name, value);
  json.end_object();
  return json.release();
}

Result<EventData> data_of(const std::string& text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  EventData data;
  for (const auto& [name, value] : json.members()) {
    REKEY_TRY(const std::string_view content, value.as_string());
    data.emplace_back(name, content);
  }
  return data;
}

MemberState parse_state(std::string_view text) {
  for (const auto& [state, name] : kStateNames) {
    if (name == text) return state;
  }
  return MemberState::kFailed;
}

Result<std::optional<Member>> first_member(storage::Statement row) {
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return std::optional<Member>{};
  Member member;
  member.id = row.integer(0);
  member.guid = row.text(1);
  member.version_id = row.integer(2);
  member.business_unit = row.integer(3);
  member.contact_key = row.text(4);
  member.event_guid = row.text(5);
  REKEY_TRY(member.data, data_of(row.text(6)));
  member.state = parse_state(row.text(7));
  member.step = row.text(8);
  member.waits = row.integer(9) != 0;
  member.steps_done = row.integer(10);
  member.met_goal = row.integer(11) != 0;
  member.met_exit = row.integer(12) != 0;
  member.due_at = base::from_millis(row.integer(13));
  member.entered_at = base::from_millis(row.integer(14));
  member.left_at = instant_of(row.optional_integer(15));
  member.exit_asked_at = instant_of(row.optional_integer(16));
  return std::optional<Member>(std::move(member));
}

}  // namespace

std::string_view name_of(MemberState state) noexcept {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "";
}

base::Status insert_member(Connection& tables, Member& member) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO journey_member(guid, version_id, business_unit, "
                           "contact_key, event_guid, data, state, step, waits, steps_done, "
                           "met_goal, met_exit, due_at, entered_at) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'Active', ?7, 0, 0, 0, 0, ?8, ?9)"));
  REKEY_CHECK(insert.bind(1, member.guid)
                  .bind(2, member.version_id)
                  .bind(3, member.business_unit)
                  .bind(4, member.contact_key)
                  .bind(5, member.event_guid)
                  .bind(6, data_to_json(member.data))
                  .bind(7, member.step)
                  .bind(8, base::to_millis(member.due_at))
                  .bind(9, base::to_millis(member.entered_at))
                  .run());
  member.id = tables.last_insert_id();
  return {};
}

base::Status save_member(Connection& tables, const Member& member) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE journey_member SET state = ?2, step = ?3, waits = ?4, "
                           "steps_done = ?5, met_goal = ?6, met_exit = ?7, due_at = ?8, "
                           "left_at = ?9 WHERE id = ?1"));
  return update.bind(1, member.id)
      .bind(2, name_of(member.state))
      .bind(3, member.step)
      .bind(4, std::int64_t{member.waits})
      .bind(5, member.steps_done)
      .bind(6, std::int64_t{member.met_goal})
      .bind(7, std::int64_t{member.met_exit})
      .bind(8, base::to_millis(member.due_at))
      .bind(9, millis_of(member.left_at))
      .run();
}

Result<std::optional<Member>> find_member_row(Connection& tables, std::int64_t id) {
  REKEY_TRY(auto row,
            tables.prepare("SELECT " REKEY_MEMBER_COLUMNS " FROM journey_member WHERE id = ?1"));
  row.bind(1, id);
  return first_member(std::move(row));
}

Result<std::vector<std::int64_t>> load_due_members(Connection& tables, base::Instant now,
                                                   std::int64_t limit) {
  REKEY_TRY(auto rows, tables.prepare("SELECT m.id" REKEY_CAN_GO_ON
                                      "AND m.due_at <= ?1 ORDER BY m.due_at, m.id LIMIT ?2"));
  rows.bind(1, base::to_millis(now)).bind(2, limit);
  std::vector<std::int64_t> due;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return due;
    due.push_back(rows.integer(0));
  }
}

Result<std::optional<base::Instant>> next_due_member(Connection& tables) {
  REKEY_TRY(auto row, tables.prepare("SELECT min(m.due_at)" REKEY_CAN_GO_ON));
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? instant_of(row.optional_integer(0)) : std::nullopt;
}

Result<Membership> membership_in(Connection& tables, const JourneyVersion& version,
                                 std::string_view contact_key) {
  REKEY_TRY(auto row,
            tables.prepare("SELECT count(*) FILTER (WHERE m.state = 'Active'), count(*) "
                           "FROM journey_member m JOIN journey_version v ON v.id = m.version_id "
                           "WHERE m.business_unit = ?1 AND m.contact_key = ?2 "
                           "AND v.journey_id = ?3"));
  row.bind(1, version.business_unit).bind(2, contact_key).bind(3, version.journey_id);
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return Membership{};
  return Membership{row.integer(0) > 0, row.integer(1) > 0};
}

Result<std::vector<ActiveMembership>> active_memberships(Connection& tables,
                                                         std::int64_t business_unit,
                                                         std::string_view contact_key) {
  REKEY_TRY(auto rows,
            tables.prepare("SELECT j.key, v.number, m.guid FROM journey_member m "
                           "JOIN journey_version v ON v.id = m.version_id "
                           "JOIN journey j ON j.id = v.journey_id WHERE m.business_unit = ?1 AND "
                           "m.contact_key = ?2 AND m.state = 'Active' ORDER BY m.id"));
  rows.bind(1, business_unit).bind(2, contact_key);
  std::vector<ActiveMembership> memberships;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return memberships;
    memberships.push_back({rows.text(0), rows.integer(1), rows.text(2)});
  }
}

Result<std::optional<Member>> newest_member(Connection& tables, std::int64_t version_id,
                                            std::string_view contact_key) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_MEMBER_COLUMNS
                                     " FROM journey_member WHERE version_id = ?1 AND contact_key "
                                     "= ?2 ORDER BY id DESC LIMIT 1"));
  row.bind(1, version_id).bind(2, contact_key);
  return first_member(std::move(row));
}

Result<std::int64_t> ask_for_exit(Connection& tables, std::int64_t version_id,
                                  std::string_view contact_key, base::Instant now) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE journey_member SET exit_asked_at = ?3, due_at = ?3 WHERE "
                           "version_id = ?1 AND contact_key = ?2 AND state = 'Active'"));
  REKEY_CHECK(update.bind(1, version_id).bind(2, contact_key).bind(3, base::to_millis(now)).run());
  return tables.changes();
}

base::Status fail_member(Connection& tables, std::int64_t id, std::string_view message,
                         base::Instant now) {
  REKEY_TRY(auto history, tables.prepare(REKEY_LEAVING "WHERE id = ?4"));
  REKEY_CHECK(
      history.bind(1, kFailed).bind(2, message).bind(3, base::to_millis(now)).bind(4, id).run());
  REKEY_TRY(auto update, tables.prepare("UPDATE journey_member SET state = 'Failed', waits = 0, "
                                        "left_at = ?2 WHERE id = ?1"));
  return update.bind(1, id).bind(2, base::to_millis(now)).run();
}

base::Status empty_version(Connection& tables, const JourneyVersion& version, base::Instant now) {
  REKEY_TRY(auto history,
            tables.prepare(REKEY_LEAVING "WHERE version_id = ?4 AND state = 'Active'"));
  REKEY_CHECK(history.bind(1, kExitedStatus)
                  .bind(2, "the journey was stopped")
                  .bind(3, base::to_millis(now))
                  .bind(4, version.id)
                  .run());
  REKEY_TRY(auto update, tables.prepare("UPDATE journey_member SET state = 'Exited', left_at = ?2 "
                                        "WHERE version_id = ?1 AND state = 'Active'"));
  return update.bind(1, version.id).bind(2, base::to_millis(now)).run();
}

base::Status extend_waits(Connection& tables, const JourneyVersion& version, base::Duration by) {
  REKEY_TRY(auto update, tables.prepare("UPDATE journey_member SET due_at = due_at + ?2 WHERE "
                                        "version_id = ?1 AND state = 'Active' AND waits = 1"));
  return update.bind(1, version.id).bind(2, by.count()).run();
}

}  // namespace rekey::engagement::journeys

#include "engagement/journeys/member.h"

#include <array>
#include <utility>

#include "net/json.h"
#include "storage/select.h"

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

Result<Member> read_member(const storage::Statement& row) {
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
  member.left_at = storage::optional_instant(row, 15);
  member.exit_asked_at = storage::optional_instant(row, 16);
  return member;
}

}  // namespace

std::string_view name_of(MemberState state) noexcept {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "";
}

Result<std::int64_t> insert_member(Connection& tables, const Member& member) {
  return storage::insert(
      tables,
      "INSERT INTO journey_member(guid, version_id, business_unit, "
      "contact_key, event_guid, data, state, step, waits, steps_done, "
      "met_goal, met_exit, due_at, entered_at) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'Active', ?7, 0, 0, 0, 0, ?8, ?9)",
      {member.guid, member.version_id, member.business_unit, member.contact_key, member.event_guid,
       data_to_json(member.data), member.step, member.due_at, member.entered_at});
}

base::Status save_member(Connection& tables, const Member& member) {
  return storage::run(
      tables,
      "UPDATE journey_member SET state = ?2, step = ?3, waits = ?4, "
      "steps_done = ?5, met_goal = ?6, met_exit = ?7, due_at = ?8, "
      "left_at = ?9 WHERE id = ?1",
      {member.id, name_of(member.state), member.step, member.waits, member.steps_done,
       member.met_goal, member.met_exit, member.due_at, member.left_at});
}

Result<std::optional<Member>> find_member_row(Connection& tables, std::int64_t id) {
  return storage::first_row(
      storage::select(tables, "SELECT " REKEY_MEMBER_COLUMNS " FROM journey_member WHERE id = ?1",
                      {id}),
      read_member);
}

Result<std::vector<std::int64_t>> load_due_members(Connection& tables, base::Instant now,
                                                   std::int64_t limit) {
  return storage::all_rows(storage::select(tables,
                                           "SELECT m.id" REKEY_CAN_GO_ON
                                           "AND m.due_at <= ?1 ORDER BY m.due_at, m.id LIMIT ?2",
                                           {now, limit}),
                           storage::read_number);
}

Result<std::optional<base::Instant>> next_due_member(Connection& tables) {
  return storage::first_instant(storage::select(tables, "SELECT min(m.due_at)" REKEY_CAN_GO_ON));
}

Result<Membership> membership_in(Connection& tables, const JourneyVersion& version,
                                 std::string_view contact_key) {
  REKEY_TRY(const auto membership,
            storage::first_row(
                storage::select(tables,
                                "SELECT count(*) FILTER (WHERE m.state = 'Active'), count(*) "
                                "FROM journey_member m JOIN journey_version v "
                                "ON v.id = m.version_id WHERE m.business_unit = ?1 "
                                "AND m.contact_key = ?2 AND v.journey_id = ?3",
                                {version.business_unit, contact_key, version.journey_id}),
                [](const storage::Statement& row) {
                  return Membership{row.integer(0) > 0, row.integer(1) > 0};
                }));
  return membership.value_or(Membership{});
}

Result<std::vector<ActiveMembership>> active_memberships(Connection& tables,
                                                         std::int64_t business_unit,
                                                         std::string_view contact_key) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT j.key, v.number, m.guid FROM journey_member m "
                      "JOIN journey_version v ON v.id = m.version_id "
                      "JOIN journey j ON j.id = v.journey_id WHERE m.business_unit = ?1 AND "
                      "m.contact_key = ?2 AND m.state = 'Active' ORDER BY m.id",
                      {business_unit, contact_key}),
      [](const storage::Statement& row) {
        return ActiveMembership{row.text(0), row.integer(1), row.text(2)};
      });
}

Result<std::optional<Member>> newest_member(Connection& tables, std::int64_t version_id,
                                            std::string_view contact_key) {
  return storage::first_row(
      storage::select(tables,
                      "SELECT " REKEY_MEMBER_COLUMNS
                      " FROM journey_member WHERE version_id = ?1 AND contact_key "
                      "= ?2 ORDER BY id DESC LIMIT 1",
                      {version_id, contact_key}),
      read_member);
}

Result<std::int64_t> ask_for_exit(Connection& tables, std::int64_t version_id,
                                  std::string_view contact_key, base::Instant now) {
  REKEY_CHECK(storage::run(tables,
                           "UPDATE journey_member SET exit_asked_at = ?3, due_at = ?3 WHERE "
                           "version_id = ?1 AND contact_key = ?2 AND state = 'Active'",
                           {version_id, contact_key, now}));
  return tables.changes();
}

base::Status fail_member(Connection& tables, std::int64_t id, std::string_view message,
                         base::Instant now) {
  REKEY_TRY(auto history, tables.prepare(REKEY_LEAVING "WHERE id = ?4"));
  REKEY_CHECK(
      history.bind(1, kFailed).bind(2, message).bind(3, base::to_millis(now)).bind(4, id).run());
  return storage::run(tables,
                      "UPDATE journey_member SET state = 'Failed', waits = 0, "
                      "left_at = ?2 WHERE id = ?1",
                      {id, now});
}

base::Status empty_version(Connection& tables, const JourneyVersion& version, base::Instant now) {
  REKEY_CHECK(storage::run(tables, REKEY_LEAVING "WHERE version_id = ?4 AND state = 'Active'",
                           {kExitedStatus, "the journey was stopped", now, version.id}));
  return storage::run(tables,
                      "UPDATE journey_member SET state = 'Exited', left_at = ?2 "
                      "WHERE version_id = ?1 AND state = 'Active'",
                      {version.id, now});
}

base::Status extend_waits(Connection& tables, const JourneyVersion& version, base::Duration by) {
  return storage::run(tables,
                      "UPDATE journey_member SET due_at = due_at + ?2 WHERE "
                      "version_id = ?1 AND state = 'Active' AND waits = 1",
                      {version.id, by.count()});
}

}  // namespace rekey::engagement::journeys

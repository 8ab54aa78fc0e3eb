// Members: one contact's way through one version of a journey. And the history of what they did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/journeys/journey.h"
#include "engagement/journeys/names.h"
#include "engagement/journeys/plan.h"
#include "storage/select.h"

namespace rekey::engagement::journeys {

enum class MemberState { kActive, kCompleted, kExited, kFailed };
// "Active", "Completed", "Exited", "Failed".
[[nodiscard]] std::string_view name_of(MemberState state) noexcept;

struct Member {
  std::int64_t id = 0;
  std::string guid;  // definitionInstanceId
  std::int64_t version_id = 0;
  std::int64_t business_unit = 0;
  std::string contact_key;
  std::string event_guid;  // eventInstanceId
  EventData data;
  MemberState state = MemberState::kActive;
  std::string step;  // the activity that comes next, or that it waits in; empty: it has done all
  bool waits = false;
  std::int64_t steps_done = 0;
  bool met_goal = false;
  bool met_exit = false;
  base::Instant due_at{};
  base::Instant entered_at{};
  std::optional<base::Instant> left_at;
  std::optional<base::Instant> exit_asked_at;  // by a client, who wants it out
};

// Gives its id.
[[nodiscard]] base::Result<std::int64_t> insert_member(storage::Connection& tables,
                                                       const Member& member);
[[nodiscard]] base::Status save_member(storage::Connection& tables, const Member& member);
[[nodiscard]] base::Result<std::optional<Member>> find_member_row(storage::Connection& tables,
                                                                  std::int64_t id);
// Who can go on by `now`: of versions that are running, and who has to leave; oldest first.
[[nodiscard]] base::Result<std::vector<std::int64_t>> load_due_members(storage::Connection& tables,
                                                                       base::Instant now,
                                                                       std::int64_t limit);
// When the next one can.
[[nodiscard]] base::Result<std::optional<base::Instant>> next_due_member(
    storage::Connection& tables);

// Whether the contact is in some version of the journey now, and whether it ever was.
struct Membership {
  bool is_in = false;
  bool was_in = false;
};
[[nodiscard]] base::Result<Membership> membership_in(storage::Connection& tables,
                                                     const JourneyVersion& version,
                                                     std::string_view contact_key);
struct ActiveMembership {
  std::string journey_key;
  std::int64_t number = 0;
  std::string member_guid;
};
[[nodiscard]] base::Result<std::vector<ActiveMembership>> active_memberships(
    storage::Connection& tables, std::int64_t business_unit, std::string_view contact_key);
// The newest of the contact in that version, whatever became of it.
[[nodiscard]] base::Result<std::optional<Member>> newest_member(storage::Connection& tables,
                                                                std::int64_t version_id,
                                                                std::string_view contact_key);
// Everybody of the contact's who is in the version has to leave; gives how many.
[[nodiscard]] base::Result<std::int64_t> ask_for_exit(storage::Connection& tables,
                                                      std::int64_t version_id,
                                                      std::string_view contact_key,
                                                      base::Instant now);
// Leaves as failed, whatever its row says.
[[nodiscard]] base::Status fail_member(storage::Connection& tables, std::int64_t id,
                                       std::string_view message, base::Instant now);
// Everybody leaves a version at once, with a line of history each.
[[nodiscard]] base::Status empty_version(storage::Connection& tables, const JourneyVersion& version,
                                         base::Instant now);
// Waits end later, those until a date too.
[[nodiscard]] base::Status extend_waits(storage::Connection& tables, const JourneyVersion& version,
                                        base::Duration by);

// Words of the history's status, as Journey Builder has them.
inline constexpr std::string_view kComplete = "Complete";
inline constexpr std::string_view kWaiting = "WaitStarted";
inline constexpr std::string_view kFailed = "Failed";
inline constexpr std::string_view kExitedStatus = "Exited";
inline constexpr std::string_view kGoalMet = "GoalMet";
inline constexpr std::string_view kAlreadyIn = "ContactAlreadyInInteraction";
inline constexpr std::string_view kWasIn = "ContactPreviouslyInSameInteraction";
inline constexpr std::string_view kNotAdmitted = "DidNotMeetEntryCriteria";
inline constexpr std::string_view kIsPaused = "InteractionPaused";
inline constexpr std::string_view kContactGone = "ContactIsDeleted";

// `step`: nullptr for what is about the whole way.
[[nodiscard]] base::Status record_history(storage::Connection& tables, const Member& member,
                                          const Step* step, std::string_view status,
                                          std::string_view message, base::Instant at);

struct HistoryEntry {
  std::int64_t id = 0;
  std::string definition_guid;
  std::string definition_key;
  std::string definition_name;
  std::int64_t definition_number = 0;
  std::string event_key;
  std::string member_guid;
  std::string event_guid;
  std::string contact_key;
  std::string activity_key;
  std::string activity_guid;
  std::string activity_name;
  std::string activity_type;
  std::string status;
  std::string message;
  base::Instant at{};
};
// Lists that are empty ask for nothing.
struct HistoryAsked {
  std::int64_t business_unit = 0;
  std::optional<base::Instant> from;
  std::optional<base::Instant> until;
  std::vector<std::string> definitions;  // their ids
  std::vector<std::string> activities;   // their ids
  std::vector<std::string> types;
  std::vector<std::string> contacts;  // their keys
  std::vector<std::string> statuses;
  bool is_descending = false;
  std::int64_t page = 1;
  std::int64_t size = 50;
};
using HistoryPage = storage::Page<HistoryEntry>;
[[nodiscard]] base::Result<HistoryPage> search_history(storage::Connection& tables,
                                                       const HistoryAsked& asked);
[[nodiscard]] base::Status forget_history(storage::Connection& tables, base::Instant before);
[[nodiscard]] base::Result<bool> has_old_history(storage::Connection& tables, base::Instant before);

}  // namespace rekey::engagement::journeys

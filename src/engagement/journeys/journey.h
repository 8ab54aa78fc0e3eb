// Journeys and their versions. A version is a draft until it is published; from then on it does not
// change. "id" is the journey's, the same for all its versions; "definitionId" is one version's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/filter_text.h"
#include "storage/select.h"

namespace rekey::engagement::journeys {

// Unpublished: a newer version has taken its place; who is in it goes on, nobody comes in.
enum class JourneyStatus { kDraft, kPublished, kPaused, kUnpublished, kStopped };
[[nodiscard]] std::string_view name_of(JourneyStatus status) noexcept;  // "Draft", …
// In any letter case; nullopt where it is none.
[[nodiscard]] std::optional<JourneyStatus> parse_journey_status(std::string_view text) noexcept;

// Who may come in again; as the API spells them.
inline constexpr std::string_view kMultipleEntries = "MultipleEntries";
inline constexpr std::string_view kSingleEntry = "SingleEntryAcrossAllVersions";
inline constexpr std::string_view kOnceAndDone = "OnceAndDone";

struct Pause {
  base::Instant began_at{};
  base::Instant ends_at{};
  bool extends_waits = false;  // by as long as the pause took, those until a date too
  bool stops_after = false;    // else it resumes
  bool keeps_entries = false;  // who comes meanwhile goes on afterwards; else is not let in
};

struct JourneyVersion {
  std::int64_t id = 0;
  std::int64_t journey_id = 0;
  std::int64_t business_unit = 0;
  std::string journey_guid;
  std::string guid;
  std::string key;
  std::int64_t number = 1;
  std::string name;
  std::string document;  // a JSON object
  JourneyStatus status = JourneyStatus::kDraft;
  std::string entry_mode;
  std::string event_key;  // of what starts it; empty where nothing does
  base::Instant created_at{};
  base::Instant changed_at{};
  std::optional<base::Instant> published_at;
  std::optional<Pause> pause;  // of kPaused
};

// `reference`: "key:KEY", a journey's id or a version's; `number`: nullopt for the newest, or the
// version that the reference names. kNotFound.
[[nodiscard]] base::Result<JourneyVersion> load_version(storage::Connection& tables,
                                                        std::int64_t business_unit,
                                                        std::string_view reference,
                                                        std::optional<std::int64_t> number);
[[nodiscard]] base::Result<std::optional<JourneyVersion>> find_newest_version(
    storage::Connection& tables, std::int64_t business_unit, std::string_view key);
[[nodiscard]] base::Result<std::optional<JourneyVersion>> find_version(storage::Connection& tables,
                                                                       std::int64_t id);
// The oldest first.
[[nodiscard]] base::Result<std::vector<JourneyVersion>> versions_of(storage::Connection& tables,
                                                                    std::int64_t journey_id);
// Published and paused ones.
[[nodiscard]] base::Result<std::vector<JourneyVersion>> versions_started_by(
    storage::Connection& tables, std::int64_t business_unit, std::string_view event_key);
[[nodiscard]] base::Result<std::vector<JourneyVersion>> pauses_over(storage::Connection& tables,
                                                                    base::Instant now);
[[nodiscard]] base::Result<std::optional<base::Instant>> next_pause_over(
    storage::Connection& tables);

struct JourneysAsked {
  std::int64_t business_unit = 0;
  bool newest_only = true;
  std::optional<JourneyStatus> status;
  std::optional<std::int64_t> number;
  std::string text;  // part of a name or a description; empty for all
  std::string key;
  std::string name;
  std::string order = "v.changed_at DESC, v.id";  // for ORDER BY
  std::int64_t page = 1;
  std::int64_t size = 50;
};
using JourneyPage = storage::Page<JourneyVersion>;
// What a list of them can be ordered by.
[[nodiscard]] const ListColumns& journey_orders();
[[nodiscard]] base::Result<JourneyPage> list_journeys(storage::Connection& tables,
                                                      const JourneysAsked& asked);

// With its id; of a journey that is made where its journey_id is 0. kAlreadyExists.
[[nodiscard]] base::Result<JourneyVersion> insert_version(storage::Connection& tables,
                                                          JourneyVersion version);
[[nodiscard]] base::Status save_version(storage::Connection& tables, const JourneyVersion& version);
// With everybody in it, and the journey with its last version.
[[nodiscard]] base::Status delete_version(storage::Connection& tables,
                                          const JourneyVersion& version);

struct JourneyStats {
  std::int64_t current = 0;
  std::int64_t cumulative = 0;
  std::int64_t met_goal = 0;
  std::int64_t met_exit = 0;
};
[[nodiscard]] base::Result<JourneyStats> stats_of(storage::Connection& tables,
                                                  const JourneyVersion& version);

}  // namespace rekey::engagement::journeys

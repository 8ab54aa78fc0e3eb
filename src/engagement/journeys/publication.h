// What becomes of a version: it is published, a little later than asked; paused, resumed, stopped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/call.h"
#include "engagement/due_work.h"
#include "engagement/journeys/journey.h"
#include "engagement/journeys/plan.h"

namespace rekey::engagement::journeys {

inline constexpr std::string_view kPublishInProcess = "PublishInProcess";
inline constexpr std::string_view kPublishCompleted = "PublishCompleted";
inline constexpr std::string_view kPublishError = "Error";

struct Publication {
  std::string guid;
  std::int64_t business_unit = 0;
  std::int64_t version_id = 0;
  base::Instant due_at{};
  std::string state{kPublishInProcess};
  std::vector<std::string> problems;
};
[[nodiscard]] base::Status insert_publication(storage::Connection& tables,
                                              const Publication& publication);
[[nodiscard]] base::Result<std::optional<Publication>> find_publication(storage::Connection& tables,
                                                                        std::int64_t business_unit,
                                                                        std::string_view guid);
[[nodiscard]] base::Result<bool> is_being_published(storage::Connection& tables,
                                                    std::int64_t version_id);

// What stands in the way of carrying the version out; empty where nothing does.
[[nodiscard]] base::Result<std::vector<std::string>> problems_of(storage::Connection& tables,
                                                                 const JourneyVersion& version);

// Those that are due by now.
[[nodiscard]] base::Status publish_due(DueWork& work);
[[nodiscard]] base::Result<std::optional<base::Instant>> next_due_publication(
    storage::Connection& tables);

// Of a paused one.
[[nodiscard]] base::Status resume_version(storage::Connection& tables, JourneyVersion& version,
                                          base::Instant now);
// Everybody in it leaves.
[[nodiscard]] base::Status stop_version(storage::Connection& tables, JourneyVersion& version,
                                        base::Instant now);

}  // namespace rekey::engagement::journeys

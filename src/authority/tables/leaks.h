// Where values of secrets were reported to have been found: not part of the chain, because a place
// may name people. Used on the thread that owns the connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "credential/ids.h"
#include "storage/sqlite.h"

namespace rekey::authority::tables {

// More places of one secret than this are not kept.
inline constexpr std::int64_t kMostLeakPlaces = 100;

struct LeakRow {
  credential::SecretId secret_id;
  std::string source;
  std::string place;   // may be empty
  std::string action;  // as LeakReported has it
  base::Instant at{};  // first reported
};

[[nodiscard]] base::Result<bool> was_reported(storage::Connection& connection,
                                              credential::SecretId secret_id,
                                              std::string_view source);
// Nothing to do for a place that is known.
[[nodiscard]] base::Status keep_leak(storage::Connection& connection, const LeakRow& row);
// Newest first.
[[nodiscard]] base::Result<std::vector<LeakRow>> load_leaks(storage::Connection& connection,
                                                            std::int64_t limit);
// Of the secrets of an integration that is deleted.
[[nodiscard]] base::Status drop_leaks(storage::Connection& connection,
                                      credential::IntegrationId integration_id);

}  // namespace rekey::authority::tables

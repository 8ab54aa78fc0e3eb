// Rows that are written later: requests, their work, their results (contract section 4.3).
//
// A request is durable before its 202. Its rows are written in pieces, each with the results and
// the place reached in one transaction: after a crash the work goes on where it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/due_work.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::engagement::data_extensions {

struct AsyncRequest {
  std::int64_t id = 0;
  std::string guid;
  std::int64_t business_unit = 0;
  std::int64_t data_extension_id = 0;
  bool is_upsert = false;
  base::Instant called_at{};
  std::optional<base::Instant> taken_up_at;
  std::optional<base::Instant> completed_at;
  std::int64_t done = 0;  // rows
  bool has_errors = false;
};

struct AsyncResult {
  std::string error_code;  // empty: written
  std::string message;
};

[[nodiscard]] base::Status insert_request(storage::Connection& tables, const AsyncRequest& request,
                                          std::string_view items_json);
// Of that business unit alone; nullopt where it has none.
[[nodiscard]] base::Result<std::optional<AsyncRequest>> find_request(storage::Connection& tables,
                                                                     std::int64_t business_unit,
                                                                     std::string_view guid);
// From the one at `first`, which counts from 0.
[[nodiscard]] base::Result<std::vector<AsyncResult>> read_results(storage::Connection& tables,
                                                                  std::int64_t request_id,
                                                                  std::int64_t first,
                                                                  std::int64_t limit);

// Writes the rows of the oldest request that is due; forgets those completed a day ago.
[[nodiscard]] NextDue carry_out_async(DueWork& work);

}  // namespace rekey::engagement::data_extensions

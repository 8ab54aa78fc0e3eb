// A believable small shop: its contacts, three data extensions with rows, two send definitions with
// what they say, and a month of tracking.
//
// The same every time, but for its dates, which lie before `now`. What is there already under the
// same keys is brought to the seeded state; nothing else is touched.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "engagement/ids.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sandbox {

struct Seeded {
  std::int64_t contacts = 0;
  std::int64_t data_extensions = 0;
  std::int64_t rows = 0;
  std::int64_t events = 0;  // of tracking, over the last month
  std::int64_t send_definitions = 0;
  std::int64_t journey_members = 0;  // of the welcome journey, over the last month
  std::int64_t journey_waiting = 0;  // of these, who is in it still
};

[[nodiscard]] base::Result<Seeded> seed(storage::Connection& tables, std::int64_t business_unit,
                                        const Ids& ids, base::Instant now);

// Takes everything out of every business unit; rows of data extensions go a little later.
[[nodiscard]] base::Status reset(storage::Connection& tables);

}  // namespace rekey::engagement::sandbox

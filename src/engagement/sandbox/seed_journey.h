// A journey that has run for a month: who joined was welcomed, and three days later marked so.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "engagement/ids.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sandbox {

struct SeededJourney {
  std::int64_t members = 0;
  std::int64_t waiting = 0;  // of these, who goes on when their wait is over
};
// Of the contacts and send definitions that the seed has made before. What stands under its keys
// goes, with everybody in it.
[[nodiscard]] base::Result<SeededJourney> seed_journey(storage::Connection& tables,
                                                       std::int64_t business_unit, const Ids& ids,
                                                       base::Instant now);

}  // namespace rekey::engagement::sandbox

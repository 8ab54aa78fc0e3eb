// Writes down, for people, what time has already made true: ends of secrets, episodes of refusals.
//
// Nothing depends on it being on time: a token request compares instants. One thread at a time,
// with a read connection of its own.
#pragma once

#include <vector>

#include "authority/change.h"
#include "authority/refusal_counter.h"
#include "authority/usage_meter.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

class Sweeper {
 public:
  Sweeper(storage::Connection reads, Changes& changes, const UsageMeter& usage,
          RefusalCounter& refusals, telemetry::Metrics& metrics, base::Duration interval);

  // Sweeps where the interval has passed or an end has come since the last sweep. Where something
  // was changed meanwhile, looks when the next end comes now.
  [[nodiscard]] base::Status tick(base::Instant now);
  [[nodiscard]] base::Status sweep(base::Instant now);

 private:
  [[nodiscard]] base::Status write_down_ends(base::Instant now);
  [[nodiscard]] base::Status write_down_refusals();
  [[nodiscard]] base::Status drop_old_replies(base::Instant now);
  [[nodiscard]] base::Status look_ahead(base::Instant now);

  storage::Connection reads_;
  Changes& changes_;
  const UsageMeter& usage_;
  RefusalCounter& refusals_;
  telemetry::Gauge& ending_soon_;
  const base::Duration interval_;
  base::Instant interval_ends_at_{};
  base::Instant next_end_at_{};
  std::int64_t seen_commits_ = 0;
  std::vector<RefusalEpisode> episodes_;  // taken, and not yet written down
};

}  // namespace rekey::authority

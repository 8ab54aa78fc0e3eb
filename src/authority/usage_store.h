// The usage meter's memory: restored at the start, written behind while it runs.
//
// A stop that was not clean may have lost counts, so `complete_since` starts anew after it. One
// thread at a time.
#pragma once

#include "authority/usage_meter.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"
#include "storage/writer.h"

namespace rekey::authority {

// Gives the meter what was flushed, and marks the folder as running.
[[nodiscard]] base::Status restore_usage(storage::Connection& connection, UsageMeter& meter,
                                         base::Instant now);

// Writes down what changed since the last call. What could not be written is tried again next time.
[[nodiscard]] base::Status flush_usage(storage::Writer& writer, UsageMeter& meter);

// After the last flush: the next start need not doubt the counts.
[[nodiscard]] base::Status mark_clean_stop(storage::Writer& writer, const UsageMeter& meter);

}  // namespace rekey::authority

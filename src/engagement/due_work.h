// What the families do later than the call that asked for it. On one thread, one after the other.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "engagement/call.h"
#include "storage/sqlite.h"
#include "storage/writer.h"

namespace rekey::engagement {

struct DueWork {
  storage::Connection& reads;
  storage::Writer& writer;
  const Tools& tools;
  base::Instant now;
};

// The instant at which there is more to do; nullopt where none is known.
using NextDue = base::Result<std::optional<base::Instant>>;

}  // namespace rekey::engagement

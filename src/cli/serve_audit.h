// The authority's ledger as a sandbox's guarded API tells it: audit and security events.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/audit.h"

namespace rekey::cli {

// What happened from `from` to `until`, in the order of the ledger. `database`: the authority's.
[[nodiscard]] base::Result<std::vector<engagement::AuditFact>> read_audit(
    const std::string& database, base::Instant from, base::Instant until);

}  // namespace rekey::cli

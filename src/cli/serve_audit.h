// The authority's ledger as a sandbox's guarded API tells it: audit and security events.
#pragma once

#include <string>

#include "base/result.h"
#include "engagement/audit.h"

namespace rekey::cli {

// A page of what the ledger has of that time. `database`: the authority's.
[[nodiscard]] base::Result<engagement::AuditPage> read_audit(const std::string& database,
                                                             const engagement::AuditAsked& asked);

}  // namespace rekey::cli

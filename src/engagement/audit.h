// What the room is told of the record of changes: who did what to which package or secret. Asked
// outside it, as the ledger is another room's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::engagement {

struct AuditFact {
  std::int64_t id = 0;  // counts up in the order of what happened
  base::Instant at{};
  std::string actor;        // an id, never a person's name
  std::string object_type;  // "Client Secret", "Installed Package", "Account"
  std::string object_id;
  std::string object_name;
  std::string operation;  // "secret_activated"
  std::string transaction;
};

// One page of a span of time.
struct AuditAsked {
  std::int64_t business_unit = 0;  // whose facts, and those of the whole account
  bool is_security = false;        // about who is let in, rather than about what was changed
  base::Instant from{};            // both ends belong to it
  base::Instant until = base::kFarFuture;
  bool newest_first = false;
  std::int64_t skip = 0;
  std::int64_t limit = 0;
};
struct AuditPage {
  std::int64_t count = 0;  // in the whole span
  std::vector<AuditFact> facts;
};
// Any thread; may read from disk, though nothing outside the span.
using AskAudit = std::function<base::Result<AuditPage>(const AuditAsked& asked)>;

}  // namespace rekey::engagement

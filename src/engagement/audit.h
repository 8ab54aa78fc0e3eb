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
  // Where it may be seen; empty: in every one, because it is about the whole account.
  std::vector<std::int64_t> business_units;
  bool is_security = false;  // about who is let in, rather than about what was changed
  std::string actor;         // an id, never a person's name
  std::string object_type;   // "Client Secret", "Installed Package", "Account"
  std::string object_id;
  std::string object_name;
  std::string operation;  // "secret_activated"
  std::string transaction;
};
// Of the time from `from` to `until`, in order. Any thread; may read from disk.
using AskAudit =
    std::function<base::Result<std::vector<AuditFact>>(base::Instant from, base::Instant until)>;

}  // namespace rekey::engagement

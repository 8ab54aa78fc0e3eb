// What a function behind a route is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/audit.h"
#include "engagement/caller.h"
#include "engagement/data_extensions/page_marks.h"
#include "engagement/faults.h"
#include "engagement/ids.h"
#include "engagement/sandbox/snapshot.h"
#include "engagement/url_parts.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::engagement {

struct Settings {
  // Of asynchronous rows, from the call on: how long its status is not known yet, and when the rows
  // are taken up (contract section 4.3).
  base::Duration async_unknown_for{250};
  base::Duration async_taken_up_after{1000};
  // Of these, how many are written in one transaction.
  std::int64_t async_rows_at_once = 1000;
  // Of a mail, from the call that sends it on.
  base::Duration sends_taken_up_after{1000};
  // Of a journey, from the call that publishes it on.
  base::Duration journeys_published_after{1000};
  // Of rows, in a page of them: what is more is refused.
  std::size_t most_page_bytes = 32 * 1024 * 1024;
  // Whether audit events come as a list around the page (contract section 3.7).
  bool wraps_audit_events = false;
};

// Moves the clock that everything here goes by ahead, for good; gives what it shows then. Any
// thread.
using AdvanceClock = std::function<base::Result<base::Instant>(base::Duration by)>;

// What all calls share; any thread.
struct Tools {
  const Settings settings;
  const Ids ids;
  data_extensions::PageMarks page_marks;
  const AskAudit ask_audit;          // empty: nothing has happened
  const AdvanceClock advance_clock;  // empty: it cannot be moved
  sandbox::Snapshot snapshot;        // what is exported
  Faults faults{};
};

struct Call {
  storage::Connection& tables;  // for writing where the route writes
  const Caller& caller;
  const std::vector<std::string>& parts;  // of the path, where the route has "{}"
  const Query& query;
  const net::JsonValue& body;  // null where the request had none
  base::Instant now;
  Tools& tools;
};

}  // namespace rekey::engagement

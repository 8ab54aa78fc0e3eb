// What a function behind a route is given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "engagement/caller.h"
#include "engagement/data_extensions/page_marks.h"
#include "engagement/ids.h"
#include "engagement/url_parts.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::engagement {

struct Settings {
  // Of asynchronous rows, from the call on: how long its status is not known yet, and when the rows
  // are taken up (contract section 4.3).
  base::Duration async_unknown_for{250};
  base::Duration async_taken_up_after{1000};
  // Of a mail, from the call that sends it on.
  base::Duration sends_taken_up_after{1000};
};

// What all calls share; any thread.
struct Tools {
  const Settings settings;
  const Ids ids;
  data_extensions::PageMarks page_marks;
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

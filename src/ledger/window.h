// The events of a span of time, for those who show what happened: found by their instants, so that
// nothing before or after the span is read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ledger/ledger.h"
#include "storage/sqlite.h"

namespace rekey::ledger {

struct Window {
  base::Instant from{};  // both ends belong to it
  base::Instant until = base::kFarFuture;
  std::vector<std::string> types;  // those of these types; with `takes_others` all but those
  bool takes_others = false;
  bool newest_first = false;
};

// Without its hashes: to hold it against them is verify()'s.
struct WindowEvent {
  std::int64_t position = 0;
  StreamName stream;
  std::int64_t version = 0;
  NewEvent event;
};

// Calls `visit` with each event in the order of their instants, then of their positions; what it
// returns as an error ends the visit.
[[nodiscard]] base::Status visit_window(
    storage::Connection& connection, const Window& window,
    const std::function<base::Status(const WindowEvent&)>& visit);

}  // namespace rekey::ledger

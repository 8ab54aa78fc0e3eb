// An event happens to a contact: its data is kept, and each journey that begins with it lets the
// contact in, or not.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engagement/call.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/journeys/event_definition.h"
#include "engagement/journeys/names.h"

namespace rekey::engagement::journeys {

struct Event {
  std::string guid;
  std::string contact_key;
  EventData data;
  base::Instant at{};
};

// The contact is made where it is new. Gives the faults of its data, for which nothing was done:
// what the event's data extension does not take. Who is not let in has a line of history that says
// why. An event without a journey is none's fault: it is kept in its data extension alone.
[[nodiscard]] base::Result<data_extensions::Faults> enter(storage::Connection& tables,
                                                          const Ids& ids,
                                                          const EventDefinition& definition,
                                                          const Event& event);

}  // namespace rekey::engagement::journeys

// One triggered message: what is checked before it is queued, whichever call asks for it.
#pragma once

#include <string>

#include "base/result.h"
#include "engagement/call.h"
#include "engagement/sends/accept.h"
#include "engagement/sends/send_definition.h"

namespace rekey::engagement::sends {

// The one code that is documented for sends that were not queued (contract section 4.5).
inline constexpr int kNotQueued = 180008;

struct TriggeredOutcome {
  std::string message_guid;  // of one that was queued
  std::string problem;       // why not, in the documented word; empty where it was
};
// Gives the message its key. `is_synchronous`: also says at once what others learn from their
// delivery record.
[[nodiscard]] base::Result<TriggeredOutcome> queue_triggered(Call& call,
                                                             const SendDefinition& definition,
                                                             Recipient recipient,
                                                             bool is_synchronous);

}  // namespace rekey::engagement::sends

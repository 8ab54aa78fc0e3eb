// Execute: LogUnsubEvent, by which clients record that somebody unsubscribed; and GetSystemStatus.
#pragma once

#include "engagement/soap/verb_call.h"

namespace rekey::engagement::soap {

[[nodiscard]] VerbAnswer execute(const VerbCall& call);
[[nodiscard]] VerbAnswer system_status(const VerbCall& call);

}  // namespace rekey::engagement::soap

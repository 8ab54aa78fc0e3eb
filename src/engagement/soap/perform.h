// Perform, Schedule, Configure and VersionInfo (contract section 4.9).
//
// No object here can be performed, scheduled or configured (sends and journeys are started over
// REST): each that is named gets a result that says so, in the schema's words.
#pragma once

#include "engagement/soap/verb_call.h"

namespace rekey::engagement::soap {

[[nodiscard]] VerbAnswer perform(const VerbCall& call);
[[nodiscard]] VerbAnswer schedule(const VerbCall& call);
[[nodiscard]] VerbAnswer configure(const VerbCall& call);
[[nodiscard]] VerbAnswer version_info(const VerbCall& call);

}  // namespace rekey::engagement::soap

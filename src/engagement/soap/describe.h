// Describe: the properties of object types. A type that is not known has no ObjectDefinition in the
// answer.
#pragma once

#include "engagement/soap/verb_call.h"

namespace rekey::engagement::soap {

[[nodiscard]] VerbAnswer describe(const VerbCall& call);

}  // namespace rekey::engagement::soap

// Create, Update and Delete (contract section 4.9): each object has a result of its own, and one
// that is refused undoes nothing of the others. OverallStatus is OK, Error where none was written,
// Has Errors where some were.
#pragma once

#include "engagement/soap/verb_call.h"

namespace rekey::engagement::soap {

[[nodiscard]] VerbAnswer create_objects(const VerbCall& call);
[[nodiscard]] VerbAnswer update_objects(const VerbCall& call);
[[nodiscard]] VerbAnswer delete_objects(const VerbCall& call);

}  // namespace rekey::engagement::soap

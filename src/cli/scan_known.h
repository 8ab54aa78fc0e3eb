// rekey scan --known: what is looked for, from whom, and what cannot be.
//
// Each source of known secrets is a function that gives a discovery::KnownSet; known_matcher() is
// where they come together.
#pragma once

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "discovery/coverage.h"
#include "discovery/matcher.h"

namespace rekey::cli {

// Looks for every secret that the sources know and for nothing else. What cannot be looked for is
// told in `coverage`: of a secret that lives it makes the scan incomplete, since nothing found is
// no proof then. kInvalidArgument where an option goes with the detectors alone.
[[nodiscard]] base::Result<discovery::Matcher> known_matcher(Context& context,
                                                             const Arguments& arguments,
                                                             discovery::Coverage& coverage);

}  // namespace rekey::cli

// What a scan may know from an inventory: the values that passed through its runs, by the tags that
// their state folders keep, and what its consumers' places hold now.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "discovery/known/known_secrets.h"

namespace rekey::cli {

// One set a state folder, of the inventory that --file names. Errors as of reading that.
[[nodiscard]] base::Result<std::vector<discovery::KnownSet>> known_to_runs(
    Context& context, const Arguments& arguments);

}  // namespace rekey::cli

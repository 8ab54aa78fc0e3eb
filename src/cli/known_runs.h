// What a scan may know from an inventory: the values that passed through its runs, by the tags that
// their state folders keep, and what its consumers' places hold now.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "discovery/coverage.h"
#include "discovery/known/known_secrets.h"

namespace rekey::cli {

// One set a state folder, of the inventory that --file names. A consumer's place that cannot be
// read is told in `coverage`, and so is an integration of which no value that lives is known, here
// or to `others`: nothing found is no proof then. Errors as of reading the inventory.
[[nodiscard]] base::Result<std::vector<discovery::KnownSet>> known_to_runs(
    Context& context, const Arguments& arguments, std::span<const discovery::KnownSet> others,
    discovery::Coverage& coverage);

}  // namespace rekey::cli

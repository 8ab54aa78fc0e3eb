// The baseline of a scan: what is known already, and the key of the fingerprints by which it is
// known.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "crypto/root_key.h"
#include "discovery/finding.h"

namespace rekey::cli {

// The key of fingerprints: the baseline's, or one that nobody keeps.
[[nodiscard]] base::Result<crypto::RootKey> fingerprint_key(Context& context,
                                                            const Arguments& arguments);

// Marks what --baseline knows; with --write-baseline writes what was found, says so, and marks it
// too. `key`: the one of the findings.
[[nodiscard]] base::Status apply_baseline(Context& context, const Arguments& arguments,
                                          const crypto::RootKey& key,
                                          std::vector<discovery::Finding>& findings);

}  // namespace rekey::cli

// The accounts that BusinessUnit and AccountUser are retrieved from, as JSON for their queries.
#pragma once

#include <string>
#include <vector>

#include "engagement/accounts.h"
#include "engagement/caller.h"

namespace rekey::engagement::soap {

// The caller's own; with QueryAllAccounts the enterprise and every business unit that a package may
// act in.
[[nodiscard]] std::string business_units_json(const std::vector<PackageFacts>& packages,
                                              const Caller& caller, bool asks_for_all);
// The hidden user of each package (contract section 2.7): "<package> app user".
[[nodiscard]] std::string account_users_json(const std::vector<PackageFacts>& packages,
                                             const Caller& caller, bool asks_for_all);

}  // namespace rekey::engagement::soap

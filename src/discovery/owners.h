// Who answers for what a finding stands in: by the repository's CODEOWNERS, else who last changed
// the line.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/finding.h"

namespace rekey::discovery {

// Names the owners and the authors of findings below one of the repositories, which are in order:
// an inner one counts before the one around it. A repository that cannot be read names nobody.
// `shown` gives a text of the repository as it may be told (Scan::shown).
void name_owners(std::vector<Finding>& findings, const std::vector<std::string>& repositories,
                 const std::function<std::string(std::string_view)>& shown);

}  // namespace rekey::discovery

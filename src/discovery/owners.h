// Who answers for the file that a finding lies in, by the repository's CODEOWNERS.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/finding.h"

namespace rekey::discovery {

// For each finding below one of the repositories, which are in order: an inner one counts before
// the one around it. One without such a file, or that cannot be read, names nobody. `shown` gives a
// text of the file as it may be told (Scan::shown).
void name_owners(std::vector<Finding>& findings, const std::vector<std::string>& repositories,
                 const std::function<std::string(std::string_view)>& shown);

}  // namespace rekey::discovery

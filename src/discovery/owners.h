// Who answers for the file that a finding lies in, by the repository's CODEOWNERS.
#pragma once

#include <string>
#include <vector>

#include "discovery/finding.h"

namespace rekey::discovery {

// For each finding below one of the repositories, which are in order: an inner one counts before
// the one around it. One without such a file, or that cannot be read, names nobody.
void name_owners(std::vector<Finding>& findings, const std::vector<std::string>& repositories);

}  // namespace rekey::discovery

// Findings and the certificate as JSON, one object a line: for programs. docs/discovery.md has the
// members. No value of a secret is in it.
#pragma once

#include <string>

#include "discovery/coverage.h"
#include "discovery/finding.h"

namespace rekey::discovery {

[[nodiscard]] std::string json_of(const Finding& finding);
[[nodiscard]] std::string json_of(const Certificate& certificate);

}  // namespace rekey::discovery

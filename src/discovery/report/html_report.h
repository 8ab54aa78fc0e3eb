// Findings and the certificate as one HTML page that needs no other file and runs no script. No
// value of a secret is in it.
#pragma once

#include <span>
#include <string>

#include "discovery/coverage.h"
#include "discovery/finding.h"

namespace rekey::discovery {

// Whatever stands in names and comments of others is text in it, never markup. UTF-8.
[[nodiscard]] std::string html_of(std::span<const Finding> findings,
                                  const Certificate& certificate);

}  // namespace rekey::discovery

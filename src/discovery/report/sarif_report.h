// Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines. No value of a secret is
// in it.
#pragma once

#include <span>
#include <string>

#include "crypto/root_key.h"
#include "discovery/coverage.h"
#include "discovery/finding.h"

namespace rekey::discovery {

// What is allowed or known is there, as suppressed; client ids and hosts are left out. An
// incomplete scan is an execution that did not succeed, with a notification for each problem.
// Partial fingerprints (SARIF 2.1.0 section 3.27.17) are of the place, and with `key`, which is
// kept from scan to scan, of the secret as well: under a key of their own that is derived from it.
[[nodiscard]] std::string sarif_of(std::span<const Finding> findings,
                                   std::span<const Detector> detectors,
                                   const Certificate& certificate,
                                   const crypto::RootKey* key = nullptr);

}  // namespace rekey::discovery

// Looks for secrets below folders: for the plan of a rotation, and for `rekey inventory coverage`.
//
// Everything is read, whatever ignore rules say: what a repository leaves out is often where a
// secret is read from.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/secret.h"
#include "crypto/root_key.h"
#include "discovery/coverage.h"
#include "discovery/finding.h"
#include "rotation/drivers/secret_search.h"

namespace rekey::cli {

struct ScannedRoots {
  std::vector<discovery::Finding> findings;
  discovery::Certificate certificate;
};

// Of these values alone, in every form. A form that cannot be looked for is a problem of the
// certificate. Fingerprints are under `key`. kUnavailable where a root is not there.
[[nodiscard]] base::Result<ScannedRoots> scan_for_values(const std::vector<std::string>& roots,
                                                         std::span<const base::Secret> values,
                                                         const crypto::RootKey& key);
// Of whatever the built-in detectors know.
[[nodiscard]] base::Result<ScannedRoots> scan_by_detectors(const std::vector<std::string>& roots,
                                                           const crypto::RootKey& key);

// As a consumer's sink is asked whether it is its own.
[[nodiscard]] rotation::FoundPlace found_place(const discovery::Finding& finding,
                                               std::size_t value);

// Any thread; one search at a time.
class RootSearch final : public rotation::SecretSearch {
 public:
  [[nodiscard]] base::Result<rotation::SearchReport> search(
      const std::vector<std::string>& roots, std::span<const base::Secret> values) override;

 private:
  std::mutex turn_;
};

}  // namespace rekey::cli

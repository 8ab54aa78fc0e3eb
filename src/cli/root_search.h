// Looks for secrets below folders: for the plan of a rotation, and for `rekey inventory coverage`.
//
// Everything is read, whatever ignore rules say: what a repository leaves out is often where a
// secret is read from.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/secret.h"
#include "cli/context.h"
#include "crypto/root_key.h"
#include "discovery/coverage.h"
#include "discovery/finding.h"
#include "discovery/matcher.h"
#include "discovery/progress.h"
#include "rotation/drivers/secret_search.h"

namespace rekey::cli {

struct RootTask {
  const std::vector<std::string>& roots;
  const crypto::RootKey& key;  // of the fingerprints
  // Who answers for a place, and who last changed the line, is found out too: that takes longer.
  bool names_owners = false;
  discovery::Progress* progress = nullptr;  // nullptr: nobody is told how far it has come
};

struct ScannedRoots {
  std::unique_ptr<const discovery::Matcher> matcher;  // whose detectors the findings name
  std::vector<discovery::Finding> findings;
  discovery::Certificate certificate;
};

// Of these values alone, in every form. A form that cannot be looked for is a problem of the
// certificate. kUnavailable where a root is not there.
[[nodiscard]] base::Result<ScannedRoots> scan_for_values(const RootTask& task,
                                                         std::span<const base::Secret> values);
// Of whatever the built-in detectors know.
[[nodiscard]] base::Result<ScannedRoots> scan_by_detectors(const RootTask& task);

// As a consumer's sink is asked whether it is its own; of the first value.
[[nodiscard]] rotation::FoundPlace found_place(const discovery::Finding& finding);

// Any thread; one search at a time.
class RootSearch final : public rotation::SecretSearch {
 public:
  // From now on the terminal shows how far a search has come, where nothing else is written there
  // meanwhile. `context` outlives it.
  void show_progress_to(const Context& context) noexcept { context_ = &context; }
  [[nodiscard]] base::Result<rotation::SearchReport> search(
      const std::vector<std::string>& roots, std::span<const base::Secret> values) override;

 private:
  const Context* context_ = nullptr;
  std::mutex turn_;
};

}  // namespace rekey::cli

// From contents to findings: runs and anchors, layers, detectors, key paths, pairs.
//
// Hop 1: a source gives a content. Hop 2: one pass over its bytes finds runs and anchors. Hop 3:
// around them layers are taken off and the candidates are held against the detectors. Hop 4: a hit
// gets its line, format, key path and pair, and becomes a finding. Hop 5: the findings are put in
// order and reported.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/fingerprint_key.h"
#include "discovery/finding.h"
#include "discovery/mask.h"
#include "discovery/matcher.h"
#include "discovery/source.h"
#include "discovery/verify.h"

namespace rekey::discovery {

// Collects the findings of every content that it is shown. The order of the result depends on the
// findings alone, not on threads.
class Scan final : public Visitor {
 public:
  // All of them outlive the scan. Findings are told apart by fingerprints under `root`. `pairs` is
  // offered every secret with what stands beside it; nullptr: nobody is.
  Scan(const Matcher& matcher, const crypto::RootKey& root, Coverage& coverage,
       Pairs* pairs = nullptr);

  void visit(const Content& content) override;

  // Once, when the sources are done.
  [[nodiscard]] std::vector<Finding> take();

  // The certificate to be shown: names of files that were not read may hold a secret as well.
  [[nodiscard]] Certificate shown(Certificate certificate) const;
  // Another text to be shown beside the findings, without what is a secret by its form or was found
  // as one.
  [[nodiscard]] std::string shown(std::string_view text) const;

 private:
  // What is known of a hit from the content around it.
  [[nodiscard]] Finding finding_of(const Content& content, const Hit& hit,
                                   std::uint64_t line) const;
  [[nodiscard]] base::Fingerprint fingerprint_of(std::string_view value) const;
  // How a word is shown that is, as it stands or under its name, what was found; nullopt: as it is.
  [[nodiscard]] std::optional<std::string> name_of_found(std::string_view word) const;
  // The text without what was found as a secret.
  [[nodiscard]] std::string without_found(std::string_view text) const;
  // What is a secret in one content is one in another's name, key, part or allow comment.
  void mask_found();
  // Of what is told beside these hits.
  [[nodiscard]] Mask mask_for(std::span<const Hit> hits) const;

  const Matcher& matcher_;
  Matcher by_form_;  // `matcher_` may look for given values alone
  Coverage& coverage_;
  mutable std::mutex mutex_;
  mutable crypto::Fingerprinter fingerprint_;
  std::vector<Finding> findings_;
  std::set<base::Fingerprint> found_;  // of everything sensitive
  Pairs* pairs_;
};

}  // namespace rekey::discovery

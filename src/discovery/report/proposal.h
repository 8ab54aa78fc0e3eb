// From findings to consumers: an inventory for `rekey plan`, with an entry for each place that the
// sink `file` can rewrite. What a scan cannot know is assumed on the safe side and said so.
#pragma once

#include <span>
#include <string>

#include "discovery/finding.h"

namespace rekey::discovery {

struct Proposal {
  std::string yaml;             // a whole inventory
  std::size_t consumers = 0;    // in it
  std::size_t not_covered = 0;  // secrets that no entry rewrites; each is a comment in it
};

// Findings with the same client id are consumers of one integration. Client secrets only; what is
// allowed by a comment is no consumer, and is told where it holds a consumer's value: a rotation
// would stop there. What a baseline knows is as what it does not. `folder`: where the inventory
// will lie, absolute; paths are relative to it where they can be. `roots`: what was scanned, in
// which a rotation then looks for copies that no consumer covers.
[[nodiscard]] Proposal propose_inventory(std::span<const Finding> findings,
                                         const std::string& folder,
                                         std::span<const std::string> roots = {});

}  // namespace rekey::discovery

// Which trees hold given objects, and which trees hold those, up to the roots.
//
// Every tree of the store is decoded once, in the order of deltas, which is far quicker than to
// walk from each commit down; what may lead to a hit is kept (tree_links.h). Where that would be
// too much to keep, every tree is decoded once for each level of folders above the hits.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "discovery/git/holding_trees.h"
#include "discovery/git/object_store.h"

namespace rekey::discovery::git {

inline constexpr std::size_t kMostEdges = 8'000'000;
inline constexpr std::size_t kMostLinksKept = 8'000'000;

// By tree. Beyond kMostEdges and kMostLevels the search ends, which is a problem of the store:
// some places are then not known. What a tree names and the store does not hold is a problem too,
// and is looked for without any hit.
[[nodiscard]] HoldingTrees find_holding_trees(ObjectStore& store, std::span<const ObjectId> hits,
                                              unsigned threads,
                                              const std::function<void(double)>& on_share = {},
                                              std::size_t most_links_kept = kMostLinksKept);

}  // namespace rekey::discovery::git

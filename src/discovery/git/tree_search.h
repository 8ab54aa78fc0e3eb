// Which trees hold given objects, and which trees hold those, up to the roots.
//
// Every tree of the store is decoded once for each level of folders above the hits, in the order of
// their deltas: that is far quicker than to walk from each commit down, and nothing is kept but the
// trees that lead to a hit.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "discovery/git/object_store.h"

namespace rekey::discovery::git {

struct TreeEdge {
  std::string name;
  ObjectId child;  // a hit, or a tree that leads to one
  friend auto operator<=>(const TreeEdge&, const TreeEdge&) = default;
};
using HoldingTrees = std::unordered_map<ObjectId, std::vector<TreeEdge>>;

inline constexpr std::size_t kMostEdges = 8'000'000;
inline constexpr int kMostLevels = 256;

// By tree. Beyond kMostEdges and kMostLevels the search ends, which is a problem of the store:
// some places are then not known.
[[nodiscard]] HoldingTrees find_holding_trees(ObjectStore& store, std::span<const ObjectId> hits,
                                              unsigned threads);

}  // namespace rekey::discovery::git

// Which trees hold given objects, and which trees hold those, up to the roots.
//
// Every tree of the store is decoded once, in the order of deltas, which is far quicker than to
// walk from each commit down; what may lead to a hit is kept (tree_links.h). Where that would be
// too much to keep, every tree is decoded once for each level of folders above the hits.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
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
inline constexpr std::size_t kMostLinksKept = 8'000'000;
inline constexpr int kMostLevels = 256;

// A set of ids that says no quickly: nearly every entry of nearly every tree is none of them.
class WantedIds {
 public:
  explicit WantedIds(std::span<const ObjectId> ids) : ids_(ids.begin(), ids.end()) {
    beginnings_.resize(kBeginnings);
    for (const auto& id : ids) beginnings_[beginning(id.bytes.data())] = true;
  }
  [[nodiscard]] bool has(const std::uint8_t* id, std::size_t hash_bytes) const {
    return beginnings_[beginning(id)] && ids_.contains(ObjectId::of({id, hash_bytes}));
  }

 private:
  static constexpr std::size_t kBeginnings = 1U << 16;
  static std::size_t beginning(const std::uint8_t* id) { return id[0] | std::size_t{id[1]} << 8; }
  std::unordered_set<ObjectId> ids_;
  std::vector<bool> beginnings_;
};

// By tree. Beyond kMostEdges and kMostLevels the search ends, which is a problem of the store:
// some places are then not known. What a tree names and the store does not hold is a problem too,
// and is looked for without any hit.
[[nodiscard]] HoldingTrees find_holding_trees(ObjectStore& store, std::span<const ObjectId> hits,
                                              unsigned threads,
                                              const std::function<void(double)>& on_share = {},
                                              std::size_t most_links_kept = kMostLinksKept);

}  // namespace rekey::discovery::git

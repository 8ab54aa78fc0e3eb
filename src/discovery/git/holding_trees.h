// Trees that lead to hits, and which of their entries do.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "discovery/git/object_id.h"

namespace rekey::discovery::git {

struct TreeEdge {
  std::string name;
  ObjectId child;  // a hit, or a tree that leads to one
  friend auto operator<=>(const TreeEdge&, const TreeEdge&) = default;
};
using HoldingTrees = std::unordered_map<ObjectId, std::vector<TreeEdge>>;

// Of folders above a hit that are looked for.
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

}  // namespace rekey::discovery::git

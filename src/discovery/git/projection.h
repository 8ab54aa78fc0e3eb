// Trees reduced to what leads to a hit.
//
// Thousands of trees of a history differ in everything but the hits: reduced, they are one and the
// same, with one number. Two commits hold the hits at the same paths exactly if their numbers are
// equal. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "discovery/git/problems.h"
#include "discovery/git/tree_search.h"

namespace rekey::discovery::git {

// One hit at one path below a tree.
struct PathOfHit {
  std::uint32_t hit = 0;  // its number among the hits
  std::string path;
  friend auto operator<=>(const PathOfHit&, const PathOfHit&) = default;
};

// Of one tree: a tree that holds itself many times over names more paths than can be told.
inline constexpr std::size_t kMostPaths = 20'000;

class Projection {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNothing = 0;  // no hit below

  // `hits` are sorted. All of them outlive the projection.
  Projection(const HoldingTrees& trees, std::span<const ObjectId> hits, Problems& problems)
      : trees_(trees), hits_(hits), problems_(problems) {}

  [[nodiscard]] Number of(const ObjectId& tree) { return reduce(tree, 0); }
  // Sorted, each once; at most kMostPaths of them, and more is a problem. Kept.
  [[nodiscard]] const std::vector<PathOfHit>& paths(Number number);

 private:
  // A name's number, and what it leads to: a reduced tree, or a hit with the highest bit set.
  using Child = std::pair<std::uint32_t, std::uint32_t>;
  static constexpr std::uint32_t kIsHit = 0x80000000;

  [[nodiscard]] Number reduce(const ObjectId& tree, int depth);
  [[nodiscard]] std::uint32_t number_of(const std::string& name);
  void expand(Number number, std::string& path, std::vector<PathOfHit>& out, std::size_t& steps);

  const HoldingTrees& trees_;
  std::span<const ObjectId> hits_;
  Problems& problems_;
  std::unordered_map<ObjectId, std::optional<Number>> of_trees_;  // nullopt: being reduced
  std::map<std::vector<Child>, Number> numbers_;
  std::vector<const std::vector<Child>*> nodes_{nullptr};  // by number
  std::unordered_map<std::string, std::uint32_t> name_numbers_;
  std::vector<std::string> names_;
  std::unordered_map<Number, std::vector<PathOfHit>> paths_;
};

}  // namespace rekey::discovery::git

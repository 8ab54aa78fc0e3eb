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

#include "discovery/git/holding_trees.h"
#include "discovery/git/problems.h"

namespace rekey::discovery::git {

// One hit at one path below a tree.
struct PathOfHit {
  std::uint32_t hit = 0;  // its number among the hits
  std::string path;
  friend auto operator<=>(const PathOfHit&, const PathOfHit&) = default;
};

// Of one tree: a tree that holds itself many times over names more paths than can be told.
inline constexpr std::size_t kMostPaths = 20'000;
// Folders of all trees together that are gone through on one level.
inline constexpr std::size_t kMostFolders = 500'000;

// Commits that hold something, and from what they can be reached.
struct Holders {
  std::uint32_t commits = 0;
  std::uint8_t reached_from = 0;  // bits of CommitGraph
  Holders& operator+=(const Holders& other) noexcept {
    commits += other.commits;
    reached_from |= other.reached_from;
    return *this;
  }
};

class Projection {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNothing = 0;  // no hit below

  // `hits` are sorted. All of them outlive the projection.
  Projection(const HoldingTrees& trees, std::span<const ObjectId> hits, Problems& problems)
      : trees_(trees), hits_(hits), problems_(problems) {}

  [[nodiscard]] Number of(const ObjectId& tree) { return reduce(tree, 0); }
  // At most kMostPaths of them, and more is a problem.
  [[nodiscard]] std::vector<PathOfHit> paths(Number number) { return added(number, kNothing); }
  // What a tree has and another has not; what both have is not gone into.
  [[nodiscard]] std::vector<PathOfHit> added(Number number, Number before);
  [[nodiscard]] bool holds(Number number, const PathOfHit& where) const;
  // The holders of each place, from those of whole trees. A folder that many trees have at the same
  // path is gone into once. Beyond kMostFolders some are not counted, and that is a problem.
  [[nodiscard]] std::map<PathOfHit, Holders> gather(const std::map<Number, Holders>& trees);

 private:
  // A name's number, and what it leads to: a reduced tree, or a hit with the highest bit set.
  using Child = std::pair<std::uint32_t, std::uint32_t>;
  static constexpr std::uint32_t kIsHit = 0x80000000;

  [[nodiscard]] Number reduce(const ObjectId& tree, int depth);
  [[nodiscard]] std::uint32_t number_of(const std::string& name);
  struct Expansion {
    std::string path;
    std::vector<PathOfHit> found;
    std::size_t steps = 0;
    std::size_t path_bytes = 0;
  };
  void expand(Number number, Number before, Expansion& expansion);
  // The folder of that name; kNothing where there is none.
  [[nodiscard]] Number folder(Number number, std::uint32_t name) const;
  void tell_that_places_are_left_out();
  void tell_that_a_path_is_too_long();

  const HoldingTrees& trees_;
  std::span<const ObjectId> hits_;
  Problems& problems_;
  std::unordered_map<ObjectId, std::optional<Number>> of_trees_;  // nullopt: being reduced
  std::map<std::vector<Child>, Number> numbers_;
  std::vector<const std::vector<Child>*> nodes_{nullptr};  // by number
  std::unordered_map<std::string, std::uint32_t> name_numbers_;
  std::vector<std::string> names_;
};

}  // namespace rekey::discovery::git

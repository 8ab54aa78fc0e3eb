// The entries of a pack as trees: an object that is whole is a root, a delta a child of its base.
//
// Walked from the roots down, each base is inflated once. Of every node's children one is the
// heavy child, whose own tree is largest: who walks it last, when the base is no longer needed,
// holds at most log2(count) bases at a time, however long the chains are. 17 bytes an object.
// Any thread reads.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "discovery/git/pack.h"
#include "discovery/git/problems.h"

namespace rekey::discovery::git {

class PackForest {
 public:
  using Node = std::uint32_t;  // entries in the order of their offsets
  static constexpr Node kNone = std::numeric_limits<Node>::max();

  enum class Root : std::uint8_t {
    kWhole,     // an object that is no delta
    kExternal,  // a delta against an object that is not in this pack
    kBroken,    // no entry can be read here
    kCyclic,    // a delta whose chain of bases comes back to it
  };

  [[nodiscard]] static PackForest of(const Pack& pack, Problems& problems, unsigned threads = 1);

  [[nodiscard]] Node count() const noexcept { return static_cast<Node>(positions_.size()); }
  // Entries of the index that point nowhere, or where another already stands.
  [[nodiscard]] const std::vector<std::uint32_t>& misplaced() const noexcept { return misplaced_; }
  [[nodiscard]] std::uint64_t offset(Node node) const noexcept {
    return high_part(node) | low_offsets_[node];
  }
  // Where the next entry begins, or the pack ends.
  [[nodiscard]] std::uint64_t next_offset(Node node) const noexcept { return offset(node + 1); }
  [[nodiscard]] std::uint32_t index_position(Node node) const noexcept { return positions_[node]; }
  [[nodiscard]] bool is_root(Node node) const noexcept { return roots_[node] != kNoRoot; }
  // Of a root.
  [[nodiscard]] Root root(Node node) const noexcept { return static_cast<Root>(roots_[node]); }
  [[nodiscard]] Node first_child(Node node) const noexcept { return first_children_[node]; }
  [[nodiscard]] Node next_sibling(Node node) const noexcept { return next_siblings_[node]; }
  // kNone where there are no children.
  [[nodiscard]] Node heavy_child(Node node) const noexcept;

 private:
  static constexpr std::uint8_t kNoRoot = 0xff;
  static constexpr Node kFirstRoot = kNone - 4;
  // Of a node that has no base, in the place of that.
  [[nodiscard]] static Node marked(Root root) noexcept {
    return kFirstRoot + static_cast<Node>(root);
  }
  [[nodiscard]] static bool is_mark(Node base) noexcept { return base >= kFirstRoot; }
  [[nodiscard]] std::uint64_t high_part(Node node) const noexcept {
    std::uint64_t high = 0;
    for (const Node first : highs_) high += node >= first ? std::uint64_t{1} << 32U : 0;
    return high;
  }
  void place(const Pack& pack, Problems& problems);
  void add_offset(std::uint64_t offset);
  [[nodiscard]] std::vector<Node> find_bases(const Pack& pack, unsigned threads) const;
  [[nodiscard]] Node find_base(const Pack& pack, Node node) const;
  [[nodiscard]] Node find(std::uint64_t offset, Node before) const noexcept;
  static void break_cycles(std::vector<Node>& bases);
  void link(const std::vector<Node>& bases);
  void put_last(Node parent, Node heavy);

  std::vector<std::uint32_t> low_offsets_;  // and the end of the pack
  std::vector<Node> highs_;                 // from which on each further 2^32 is to be added
  std::vector<std::uint32_t> positions_;
  std::vector<std::uint8_t> roots_;
  std::vector<Node> first_children_;
  std::vector<Node> next_siblings_;  // the heavy child is the last
  std::vector<std::uint32_t> misplaced_;
};

}  // namespace rekey::discovery::git

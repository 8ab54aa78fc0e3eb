// The entries of a pack as trees: an object that is whole is a root, a delta a child of its base.
//
// Walked from the roots down, each base is inflated once. Of every node's children one is the
// heavy child, whose own tree is largest: who walks it last, when the base is no longer needed,
// holds at most log2(count) bases at a time, however long the chains are. 28 bytes an object.
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
  [[nodiscard]] std::uint64_t offset(Node node) const noexcept { return offsets_[node]; }
  // Where the next entry begins, or the pack ends.
  [[nodiscard]] std::uint64_t next_offset(Node node) const noexcept { return offsets_[node + 1]; }
  [[nodiscard]] std::uint32_t index_position(Node node) const noexcept { return positions_[node]; }
  [[nodiscard]] bool is_root(Node node) const noexcept { return bases_[node] >= kFirstRoot; }
  // Of a root.
  [[nodiscard]] Root root(Node node) const noexcept {
    return static_cast<Root>(bases_[node] - kFirstRoot);
  }
  // Of a node that is no root.
  [[nodiscard]] Node base(Node node) const noexcept { return bases_[node]; }
  [[nodiscard]] Node first_child(Node node) const noexcept { return first_children_[node]; }
  [[nodiscard]] Node next_sibling(Node node) const noexcept { return next_siblings_[node]; }
  // kNone where there are no children.
  [[nodiscard]] Node heavy_child(Node node) const noexcept;

 private:
  static constexpr Node kFirstRoot = kNone - 4;
  [[nodiscard]] static Node marked(Root root) noexcept {
    return kFirstRoot + static_cast<Node>(root);
  }
  void place(const Pack& pack, Problems& problems);
  void find_bases(const Pack& pack, unsigned threads);
  [[nodiscard]] Node find_base(const Pack& pack, Node node) const;
  [[nodiscard]] Node find(std::uint64_t offset, Node before) const noexcept;
  void break_cycles();
  void link();

  std::vector<std::uint64_t> offsets_;  // and the end of the pack
  std::vector<std::uint32_t> positions_;
  std::vector<Node> bases_;
  std::vector<Node> first_children_;
  std::vector<Node> next_siblings_;
  std::vector<std::uint32_t> weights_;  // nodes of the tree below and with it
  std::vector<std::uint32_t> misplaced_;
};

}  // namespace rekey::discovery::git

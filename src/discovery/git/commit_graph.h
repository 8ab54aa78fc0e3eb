// Every commit and tag of a store: trees, parents, and from what a commit can be reached.
//
// Built for hits alone; some 120 bytes a commit. Immutable once built.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "discovery/git/object_store.h"
#include "discovery/git/refs.h"

namespace rekey::discovery::git {

class CommitGraph {
 public:
  using Number = std::uint32_t;  // commits in the order of their ids

  // Bits of what a commit can be reached from.
  static constexpr std::uint8_t kFromRef = 1U << static_cast<unsigned>(TipKind::kRef);
  static constexpr std::uint8_t kFromStash = 1U << static_cast<unsigned>(TipKind::kStash);
  static constexpr std::uint8_t kFromNote = 1U << static_cast<unsigned>(TipKind::kNote);
  static constexpr std::uint8_t kFromReflog = 1U << static_cast<unsigned>(TipKind::kReflog);

  static constexpr int kMostTags = 16;  // a tag of a tag of a tag …

  struct Tag {
    ObjectId id;
    ObjectId target;
  };

  // Problems of reading go to the store's.
  [[nodiscard]] static CommitGraph of(ObjectStore& store, std::span<const Tip> tips,
                                      unsigned threads);

  [[nodiscard]] Number count() const noexcept { return static_cast<Number>(commits_.size()); }
  [[nodiscard]] std::optional<Number> find(const ObjectId& id) const;
  [[nodiscard]] const ObjectId& id(Number commit) const { return commits_[commit].id; }
  [[nodiscard]] const ObjectId& tree(Number commit) const { return commits_[commit].tree; }
  // When it was committed, in seconds since 1970.
  [[nodiscard]] std::int64_t committed_seconds(Number commit) const {
    return commits_[commit].committed_seconds;
  }
  // Those that the store holds.
  [[nodiscard]] std::span<const Number> parents(Number commit) const;
  [[nodiscard]] bool is_merge(Number commit) const { return commits_[commit].parent_count > 1; }
  // A parent that is named and not in the store: history was cut here, or lost.
  [[nodiscard]] bool is_cut(Number commit) const {
    return parents(commit).size() < commits_[commit].parent_count;
  }
  [[nodiscard]] std::uint8_t reached_from(Number commit) const { return reached_[commit]; }
  // What a tag names; nullopt where the id is of no tag.
  [[nodiscard]] std::optional<ObjectId> target(const ObjectId& tag) const;
  // What a tag leads to in the end; the id itself where it is no tag.
  [[nodiscard]] ObjectId peel(const ObjectId& id) const;

 private:
  struct Commit {
    ObjectId id;
    ObjectId tree;
    std::int64_t committed_seconds = 0;
    std::uint32_t first_parent = 0;  // in parents_
    std::uint16_t parent_count = 0;  // as the commit names them
    std::uint16_t known_parents = 0;
  };
  friend class CommitCollector;
  void reach(std::span<const Tip> tips, TipKind kind);

  std::vector<Commit> commits_;
  std::vector<Number> parents_;
  std::vector<std::uint8_t> reached_;
  std::vector<Tag> tags_;
};

}  // namespace rekey::discovery::git

// One thread's part of a DeltaWalk: its stack of bases, its buffers and its counts.
#pragma once

#include <string>
#include <vector>

#include "discovery/git/delta_walk.h"

namespace rekey::discovery::git {

class DeltaWalker {
 public:
  DeltaWalker(DeltaWalk& walk, unsigned thread)
      : walk_(walk), thread_(thread), reader_(walk.holdings_, walk.options_.largest_held_bytes) {}

  void walk_roots(const DeltaWalk::Roots& roots);
  void walk_task(DeltaWalk::Task task);
  [[nodiscard]] const VisitCounts& counts() const noexcept { return counts_; }

 private:
  using Node = PackForest::Node;
  using Content = base::Result<Buffer>;

  [[nodiscard]] const PackForest& forest() const noexcept { return *pack_->forest; }
  [[nodiscard]] ObjectId id_of(Node node) const {
    return pack_->pack->index().id(forest().index_position(node));
  }
  [[nodiscard]] bool is_given_elsewhere(Node node) const {
    return pack_->is_given_elsewhere(forest().index_position(node));
  }

  void walk_root(Node root);
  void walk_whole_root(Node root);
  void walk_external_root(Node root);
  void walk_unreadable_root(Node root, base::Error why);
  void walk_stack();
  // Counts a tree of objects of a type that was not asked for.
  void pass_over(Node root);
  void give_in_pieces(Node root, const PackEntry& entry);
  [[nodiscard]] Node take_child(WalkFrame& frame) const noexcept;
  [[nodiscard]] Content decode(Node child, WalkFrame& frame);
  [[nodiscard]] Content decode_delta(Node node, std::span<const std::uint8_t> base);
  // Gives the object, from another copy if this one is broken, and makes it a base.
  void settle(Node node, Content content);
  [[nodiscard]] WalkFrame frame_of(Node node) const;
  // A base that cannot be read: its children may have copies elsewhere.
  void push_broken(Node node, base::Code why);
  void release(WalkFrame& frame);
  void keep_to_budget();
  void share();
  [[nodiscard]] std::optional<WalkFrame> split(WalkFrame& frame);
  void give(Node node, std::span<const std::uint8_t> content, std::span<const Extent> changes);
  void report(Node node, const base::Error& why, bool is_lost);

  DeltaWalk& walk_;
  unsigned thread_;
  ObjectReader reader_;
  Inflater inflater_;
  SpareBuffers spares_;
  VisitCounts counts_;
  const PackToWalk* pack_ = nullptr;
  ObjectType type_ = ObjectType::kBlob;  // of the whole tree that is being walked
  std::vector<WalkFrame> stack_;
  std::vector<Extent> changes_;  // of what was decoded last, where it is a tree and a delta
};

}  // namespace rekey::discovery::git

#include "discovery/git/delta_walker.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "discovery/git/pieces.h"

namespace rekey::discovery::git {

using base::Code;

namespace {

// An entry was there when the forest was planted.
base::Error changed() {
  return {Code::kCorrupt, "the pack changed while it was read"};
}

}  // namespace

void DeltaWalker::walk_roots(const DeltaWalk::Roots& roots) {
  pack_ = roots.pack;
  for (auto node = roots.first; node < roots.end && !walk_.is_stopped(); ++node) {
    if (forest().is_root(node)) walk_root(node);
  }
}

void DeltaWalker::walk_task(DeltaWalk::Task task) {
  pack_ = task.pack;
  type_ = task.type;
  stack_.push_back(std::move(task.frame));
  walk_stack();
}

void DeltaWalker::walk_root(Node root) {
  switch (forest().root(root)) {
    case PackForest::Root::kWhole:
      return walk_whole_root(root);
    case PackForest::Root::kExternal:
      return walk_external_root(root);
    case PackForest::Root::kBroken:
      return walk_unreadable_root(root, {Code::kCorrupt, "no entry of the pack begins there"});
    case PackForest::Root::kCyclic:
      return walk_unreadable_root(root, {Code::kCorrupt, "its chain of deltas comes back to it"});
  }
}

void DeltaWalker::walk_whole_root(Node root) {
  const auto entry = pack_->pack->entry(forest().offset(root));
  if (!entry || !entry->type) return walk_unreadable_root(root, changed());
  type_ = *entry->type;
  if (!walk_.options_.types.has(type_)) return pass_over(root);
  const bool is_leaf = forest().first_child(root) == PackForest::kNone;
  if (is_leaf && is_given_elsewhere(root)) return;
  if (entry->size_bytes > walk_.options_.largest_held_bytes) {
    if (!is_given_elsewhere(root)) give_in_pieces(root, *entry);
    if (!is_leaf) push_broken(root, Code::kLimitReached);
  } else {
    changes_.clear();
    settle(root, inflate_entry(*pack_->pack, *entry, forest().next_offset(root),
                               walk_.options_.largest_held_bytes, inflater_, spares_));
  }
  walk_stack();
}

void DeltaWalker::walk_external_root(Node root) {
  const auto entry = pack_->pack->entry(forest().offset(root));
  if (!entry || !entry->base_id) return walk_unreadable_root(root, changed());
  const auto base = reader_.read_elsewhere(*entry->base_id, *pack_->pack);
  if (!base) {
    return walk_unreadable_root(
        root, base::with_context(fmt::format("it is a delta against {}", entry->base_id->hex()),
                                 base.error()));
  }
  type_ = base->type;
  if (!walk_.options_.types.has(type_)) return pass_over(root);
  settle(root, decode_delta(root, base->content()));
  walk_stack();
}

// Its type is not known: another copy may tell it, else what hangs below is lost with it.
void DeltaWalker::walk_unreadable_root(Node root, base::Error why) {
  auto copy = reader_.read_elsewhere(id_of(root), *pack_->pack);
  type_ = copy ? copy->type : ObjectType::kBlob;
  if (copy && !walk_.options_.types.has(type_)) return pass_over(root);
  settle(root, tl::unexpected(std::move(why)));
  walk_stack();
}

void DeltaWalker::pass_over(Node root) {
  std::vector<Node> left{root};
  while (!left.empty()) {
    const auto node = left.back();
    left.pop_back();
    if (!is_given_elsewhere(node)) ++counts_.passed_over;
    for (auto child = forest().first_child(node); child != PackForest::kNone;
         child = forest().next_sibling(child)) {
      left.push_back(child);
    }
  }
}

void DeltaWalker::give_in_pieces(Node root, const PackEntry& entry) {
  const auto packed = pack_->pack->packed(entry, forest().next_offset(root));
  const auto id = id_of(root);
  if (!can_inflate_to(packed.size(), entry.size_bytes)) {
    return report(root, {Code::kCorrupt, "it declares more bytes than its packed form can hold"},
                  true);
  }
  const bool is_whole = inflate_overlapping(
      packed, 0, entry.size_bytes, [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
        walk_.visitor_.take(thread_, {id, type_, entry.size_bytes, offset, bytes});
      });
  if (!is_whole) {
    return report(root, {Code::kCorrupt, "it breaks off: only its beginning was read"}, true);
  }
  counts_.add_given(type_, entry.size_bytes);
}

void DeltaWalker::walk_stack() {
  while (!stack_.empty() && !walk_.is_stopped()) {
    if (walk_.somebody_waits()) share();
    auto& frame = stack_.back();
    const auto child = take_child(frame);
    const bool is_last = frame.next == frame.end && !frame.has_heavy;
    const bool is_needless =
        forest().first_child(child) == PackForest::kNone && is_given_elsewhere(child);
    Content content = is_needless ? Content{} : decode(child, frame);
    if (is_last) {
      release(frame);
      stack_.pop_back();
    }
    if (!is_needless) settle(child, std::move(content));
  }
  for (auto& frame : stack_) release(frame);
  stack_.clear();
}

PackForest::Node DeltaWalker::take_child(WalkFrame& frame) const noexcept {
  if (frame.next == frame.end) {
    frame.has_heavy = false;
    return frame.heavy;
  }
  const auto child = frame.next;
  // Never rests on the heavy child, so that "next is the end" means that only it is left.
  do {
    frame.next = forest().next_sibling(frame.next);
  } while (frame.next != frame.end && frame.next == frame.heavy);
  return child;
}

DeltaWalker::Content DeltaWalker::decode(Node child, WalkFrame& frame) {
  if (frame.base == WalkFrame::Base::kLetGo) {
    auto anew = reader_.read_at(*pack_->pack, forest().offset(frame.node));
    ++counts_.bases_made_anew;
    if (anew) {
      frame.content = std::move(*anew).take_content();
      frame.base = WalkFrame::Base::kHeld;
      walk_.held_bytes_ += static_cast<std::int64_t>(frame.content.capacity());
    } else {
      frame.base = WalkFrame::Base::kBroken;
      frame.why = anew.error().code;
    }
  }
  if (frame.base == WalkFrame::Base::kBroken) {
    return base::fail(frame.why, fmt::format("it is a delta against {}, which cannot be read",
                                             id_of(frame.node).hex()));
  }
  return decode_delta(child, frame.content.view());
}

DeltaWalker::Content DeltaWalker::decode_delta(Node node, std::span<const std::uint8_t> base) {
  const auto entry = pack_->pack->entry(forest().offset(node));
  if (!entry) return tl::unexpected(changed());
  const auto limit = walk_.options_.largest_held_bytes;
  REKEY_TRY(auto delta, inflate_entry(*pack_->pack, *entry, forest().next_offset(node), limit,
                                      inflater_, spares_));
  auto content = rebuild(delta.view(), base, limit, spares_);
  changes_.clear();
  if (content && type_ == ObjectType::kTree) changes_ = changes_of(*parse_delta(delta.view()));
  spares_.give_back(std::move(delta));
  return content;
}

void DeltaWalker::settle(Node node, Content content) {
  const bool is_leaf = forest().first_child(node) == PackForest::kNone;
  const bool is_wanted = !is_given_elsewhere(node);
  if (!content) {
    auto copy = reader_.read_elsewhere(id_of(node), *pack_->pack);
    report(node, content.error(), is_wanted && !copy);
    if (!copy) {
      if (!is_leaf) push_broken(node, content.error().code);
      return;
    }
    if (is_wanted) give(node, copy->content(), {});
    content = std::move(*copy).take_content();
  } else if (is_wanted) {
    give(node, content->view(), changes_);
  }
  if (is_leaf) {
    spares_.give_back(std::move(*content));
  } else {
    auto frame = frame_of(node);
    walk_.held_bytes_ += static_cast<std::int64_t>(content->capacity());
    frame.content = std::move(*content);
    stack_.push_back(std::move(frame));
    keep_to_budget();
  }
}

void DeltaWalker::give(Node node, std::span<const std::uint8_t> content,
                       std::span<const Extent> changes) {
  const IdView id = pack_->pack->index().id_view(forest().index_position(node));
  walk_.visitor_.take(thread_, {id, type_, content.size(), 0, content, changes});
  counts_.add_given(type_, content.size());
}

void DeltaWalker::report(Node node, const base::Error& why, bool is_lost) {
  counts_.lost += is_lost ? 1 : 0;
  walk_.problems_.add(problem_of(why.code),
                      fmt::format("object {} in {}", id_of(node).hex(), pack_->pack->path()),
                      is_lost ? why.detail : why.detail + "; it was read from another copy");
}

WalkFrame DeltaWalker::frame_of(Node node) const {
  WalkFrame frame;
  frame.node = node;
  frame.next = forest().first_child(node);
  frame.heavy = forest().heavy_child(node);
  frame.has_heavy = true;
  if (frame.next == frame.heavy) frame.next = forest().next_sibling(frame.next);
  return frame;
}

void DeltaWalker::push_broken(Node node, Code why) {
  auto frame = frame_of(node);
  frame.base = WalkFrame::Base::kBroken;
  frame.why = why;
  stack_.push_back(std::move(frame));
}

void DeltaWalker::release(WalkFrame& frame) {
  if (frame.base != WalkFrame::Base::kHeld) return;
  walk_.held_bytes_ -= static_cast<std::int64_t>(frame.content.capacity());
  spares_.give_back(std::move(frame.content));
  frame.base = WalkFrame::Base::kLetGo;
}

// The base on top is needed at once and stays.
void DeltaWalker::keep_to_budget() {
  const auto budget = static_cast<std::int64_t>(walk_.options_.budget_bytes);
  for (std::size_t i = 0; i + 1 < stack_.size() && walk_.held_bytes_ > budget; ++i) {
    release(stack_[i]);
  }
}

void DeltaWalker::share() {
  if (stack_.size() > 1) {
    walk_.give({pack_, type_, std::move(stack_.front())});
    stack_.erase(stack_.begin());
    return;
  }
  if (auto half = split(stack_.front())) walk_.give({pack_, type_, std::move(*half)});
}

// Half of the children that are left, with a copy of their base.
std::optional<WalkFrame> DeltaWalker::split(WalkFrame& frame) {
  std::size_t left = 0;
  for (auto child = frame.next; child != frame.end; child = forest().next_sibling(child)) {
    left += child != frame.heavy ? 1 : 0;
  }
  if (left + (frame.has_heavy ? 1 : 0) < 2) return std::nullopt;
  WalkFrame half;
  half.node = frame.node;
  half.heavy = frame.heavy;
  half.base = frame.base;
  half.why = frame.why;
  if (frame.base == WalkFrame::Base::kHeld) {
    half.content = Buffer::of_size(frame.content.size());
    if (!half.content.is_valid()) return std::nullopt;
    const auto bytes = frame.content.view();
    std::copy(bytes.begin(), bytes.end(), half.content.data());
    walk_.held_bytes_ += static_cast<std::int64_t>(half.content.capacity());
  }
  auto middle = frame.next;
  for (std::size_t kept = frame.has_heavy ? left / 2 : (left + 1) / 2; kept > 0;) {
    kept -= middle != frame.heavy ? 1 : 0;
    middle = forest().next_sibling(middle);
  }
  while (middle != frame.end && middle == frame.heavy) middle = forest().next_sibling(middle);
  half.next = middle;
  half.end = frame.end;
  frame.end = middle;
  return half;
}

}  // namespace rekey::discovery::git

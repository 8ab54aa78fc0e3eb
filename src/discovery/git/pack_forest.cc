#include "discovery/git/pack_forest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "discovery/threads.h"

namespace rekey::discovery::git {
namespace {

constexpr std::uint64_t kNodesWorthAThread = 10'000;

struct Placed {
  std::uint64_t offset = 0;
  std::uint32_t position = 0;
};

// By offset, eleven bits at a time and only as many as there are: a comparing sort of a large
// history takes longer than reading its headers.
void sort_by_offset(std::vector<Placed>& entries, std::uint64_t largest) {
  constexpr unsigned kBits = 11;
  constexpr std::size_t kBuckets = 1U << kBits;
  std::vector<Placed> sorted(entries.size());
  for (unsigned shift = 0; shift < 64 && (largest >> shift) != 0; shift += kBits) {
    std::array<std::size_t, kBuckets> starts{};
    for (const auto& entry : entries) ++starts[(entry.offset >> shift) % kBuckets];
    std::size_t start = 0;
    for (auto& bucket : starts) start += std::exchange(bucket, start);
    for (const auto& entry : entries) sorted[starts[(entry.offset >> shift) % kBuckets]++] = entry;
    entries.swap(sorted);
  }
}

}  // namespace

PackForest PackForest::of(const Pack& pack, Problems& problems, unsigned threads) {
  PackForest forest;
  forest.place(pack, problems);
  auto bases = forest.find_bases(pack, threads);
  break_cycles(bases);
  forest.link(bases);
  return forest;
}

void PackForest::place(const Pack& pack, Problems& problems) {
  const auto& index = pack.index();
  std::vector<Placed> entries;
  entries.reserve(index.count());
  for (std::uint32_t position = 0; position < index.count(); ++position) {
    const auto offset = index.offset(position);
    if (offset < pack.end()) {
      entries.push_back({offset, position});
    } else {
      misplaced_.push_back(position);
    }
  }
  sort_by_offset(entries, pack.end());
  low_offsets_.reserve(entries.size() + 1);
  positions_.reserve(entries.size());
  for (const auto& entry : entries) {
    if (!positions_.empty() && offset(count() - 1) == entry.offset) {
      misplaced_.push_back(entry.position);
      continue;
    }
    add_offset(entry.offset);
    positions_.push_back(entry.position);
  }
  add_offset(pack.end());
  // So many could not be told from the marks of roots.
  REKEY_ASSERT(positions_.size() < kFirstRoot);
  if (misplaced_.empty()) return;
  problems.add(ProblemKind::kCorrupt, pack.path() + " (index)",
               fmt::format("its index sends {} objects beyond the pack or to another's place",
                           misplaced_.size()));
}

// The next one, which is not below the last.
void PackForest::add_offset(std::uint64_t offset) {
  const auto node = static_cast<Node>(low_offsets_.size());
  while (highs_.size() < offset >> 32U) highs_.push_back(node);
  low_offsets_.push_back(static_cast<std::uint32_t>(offset));
}

// The node at an offset that is before node `before`; kNone where none begins there. Bases are
// mostly near, so the search widens from there backwards.
PackForest::Node PackForest::find(std::uint64_t wanted, Node before) const noexcept {
  Node high = before;
  Node step = 1;
  while (step < high && offset(high - step) > wanted) {
    high -= step;
    step *= 2;
  }
  Node low = step < high ? high - step : 0;
  while (low < high) {
    const Node middle = low + (high - low) / 2;
    const std::uint64_t there = offset(middle);
    if (there == wanted) return middle;
    if (there < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return kNone;
}

std::vector<PackForest::Node> PackForest::find_bases(const Pack& pack, unsigned threads) const {
  std::vector<Node> bases(count());
  const std::uint64_t parts = std::clamp<std::uint64_t>(count() / kNodesWorthAThread, 1, threads);
  on_threads(static_cast<unsigned>(parts), [&](unsigned part) {
    const auto end = static_cast<Node>(count() * (part + 1) / parts);
    for (auto node = static_cast<Node>(count() * part / parts); node < end; ++node) {
      bases[node] = find_base(pack, node);
    }
  });
  return bases;
}

// The base of a node, or the mark of its kind of root.
PackForest::Node PackForest::find_base(const Pack& pack, Node node) const {
  const auto entry = pack.entry(offset(node));
  if (!entry) return marked(Root::kBroken);
  if (entry->type) return marked(Root::kWhole);
  if (entry->base_offset != kNowhere) {
    const auto base = find(entry->base_offset, node);
    return base == kNone ? marked(Root::kBroken) : base;
  }
  const auto position = pack.index().find(*entry->base_id);
  const auto there = position ? pack.index().offset(*position) : kNowhere;
  const auto base = there < pack.end() ? find(there, count()) : kNone;
  return base == kNone ? marked(Root::kExternal) : base;
}

// Each circle of deltas gets a root.
void PackForest::break_cycles(std::vector<Node>& bases) {
  const auto count = static_cast<Node>(bases.size());
  bool has_later_base = false;
  for (Node node = 0; node < count; ++node) {
    has_later_base = has_later_base || (!is_mark(bases[node]) && bases[node] >= node);
  }
  if (!has_later_base) return;
  std::vector<Node> seen_from(count, kNone);  // the node from which a walk first came here
  for (Node start = 0; start < count; ++start) {
    Node node = start;
    while (!is_mark(bases[node]) && seen_from[node] == kNone) {
      seen_from[node] = start;
      node = bases[node];
    }
    if (!is_mark(bases[node]) && seen_from[node] == start) bases[node] = marked(Root::kCyclic);
  }
}

void PackForest::link(const std::vector<Node>& bases) {
  roots_.assign(count(), kNoRoot);
  first_children_.assign(count(), kNone);
  next_siblings_.assign(count(), kNone);
  std::vector<std::uint32_t> weights(count(), 1);  // nodes of the tree below and with it
  for (Node node = count(); node-- > 0;) {
    const auto base = bases[node];
    if (is_mark(base)) {
      roots_[node] = static_cast<std::uint8_t>(base - kFirstRoot);
      continue;
    }
    next_siblings_[node] = first_children_[base];
    first_children_[base] = node;
    // Where a base may come later this is a lower bound, which costs memory and not correctness.
    weights[base] += weights[node];
  }
  for (Node node = 0; node < count(); ++node) {
    Node heavy = first_children_[node];
    for (auto child = heavy; child != kNone; child = next_siblings_[child]) {
      if (weights[child] > weights[heavy]) heavy = child;
    }
    if (heavy != kNone) put_last(node, heavy);
  }
}

void PackForest::put_last(Node parent, Node heavy) {
  Node last = heavy;
  while (next_siblings_[last] != kNone) last = next_siblings_[last];
  if (last == heavy) return;
  Node* to = &first_children_[parent];
  while (*to != heavy) to = &next_siblings_[*to];
  *to = next_siblings_[heavy];
  next_siblings_[heavy] = kNone;
  next_siblings_[last] = heavy;
}

PackForest::Node PackForest::heavy_child(Node node) const noexcept {
  Node heavy = first_children_[node];
  while (heavy != kNone && next_siblings_[heavy] != kNone) heavy = next_siblings_[heavy];
  return heavy;
}

}  // namespace rekey::discovery::git

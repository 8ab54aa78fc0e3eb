#include "discovery/git/pack_forest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "discovery/git/threads.h"

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
  forest.find_bases(pack, threads);
  forest.break_cycles();
  forest.link();
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
  offsets_.reserve(entries.size() + 1);
  positions_.reserve(entries.size());
  for (const auto& entry : entries) {
    if (!offsets_.empty() && offsets_.back() == entry.offset) {
      misplaced_.push_back(entry.position);
      continue;
    }
    offsets_.push_back(entry.offset);
    positions_.push_back(entry.position);
  }
  offsets_.push_back(pack.end());
  // So many could not be told from the marks of roots.
  REKEY_ASSERT(positions_.size() < kFirstRoot);
  if (misplaced_.empty()) return;
  problems.add(ProblemKind::kCorrupt, pack.path() + " (index)",
               fmt::format("its index sends {} objects beyond the pack or to another's place",
                           misplaced_.size()));
}

// The node at an offset that is before node `before`; kNone where none begins there. Bases are
// mostly near, so the search widens from there backwards.
PackForest::Node PackForest::find(std::uint64_t offset, Node before) const noexcept {
  Node high = before;
  Node step = 1;
  while (step < high && offsets_[high - step] > offset) {
    high -= step;
    step *= 2;
  }
  const Node low = step < high ? high - step : 0;
  const auto first = offsets_.begin() + low;
  const auto last = offsets_.begin() + high;
  const auto found = std::lower_bound(first, last, offset);
  return found != last && *found == offset ? static_cast<Node>(found - offsets_.begin()) : kNone;
}

void PackForest::find_bases(const Pack& pack, unsigned threads) {
  bases_.resize(count());
  const std::uint64_t parts = std::clamp<std::uint64_t>(count() / kNodesWorthAThread, 1, threads);
  on_threads(static_cast<unsigned>(parts), [&](unsigned part) {
    const auto end = static_cast<Node>(count() * (part + 1) / parts);
    for (auto node = static_cast<Node>(count() * part / parts); node < end; ++node) {
      bases_[node] = find_base(pack, node);
    }
  });
}

// The base of a node, or the mark of its kind of root.
PackForest::Node PackForest::find_base(const Pack& pack, Node node) const {
  const auto entry = pack.entry(offsets_[node]);
  if (!entry) return marked(Root::kBroken);
  if (entry->type) return marked(Root::kWhole);
  if (entry->base_offset != kNowhere) {
    const auto base = find(entry->base_offset, node);
    return base == kNone ? marked(Root::kBroken) : base;
  }
  const auto position = pack.index().find(*entry->base_id);
  const auto offset = position ? pack.index().offset(*position) : kNowhere;
  const auto base = offset < pack.end() ? find(offset, count()) : kNone;
  return base == kNone ? marked(Root::kExternal) : base;
}

void PackForest::break_cycles() {
  bool has_later_base = false;
  for (Node node = 0; node < count(); ++node) {
    has_later_base = has_later_base || (!is_root(node) && bases_[node] >= node);
  }
  if (!has_later_base) return;
  std::vector<Node> seen_from(count(), kNone);  // the node from which a walk first came here
  for (Node start = 0; start < count(); ++start) {
    Node node = start;
    while (!is_root(node) && seen_from[node] == kNone) {
      seen_from[node] = start;
      node = bases_[node];
    }
    if (!is_root(node) && seen_from[node] == start) bases_[node] = marked(Root::kCyclic);
  }
}

void PackForest::link() {
  first_children_.assign(count(), kNone);
  next_siblings_.assign(count(), kNone);
  weights_.assign(count(), 1);
  for (Node node = count(); node-- > 0;) {
    if (is_root(node)) continue;
    const auto base = bases_[node];
    next_siblings_[node] = first_children_[base];
    first_children_[base] = node;
    // Where a base may come later this is a lower bound, which costs memory and not correctness.
    weights_[base] += weights_[node];
  }
}

PackForest::Node PackForest::heavy_child(Node node) const noexcept {
  Node heavy = kNone;
  for (auto child = first_children_[node]; child != kNone; child = next_siblings_[child]) {
    if (heavy == kNone || weights_[child] > weights_[heavy]) heavy = child;
  }
  return heavy;
}

}  // namespace rekey::discovery::git

#include "discovery/git/tree_links.h"

#include <bit>
#include <cstring>

#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

constexpr std::size_t kRecent = 1U << 14;
constexpr std::size_t kFirstSlots = 1U << 10;

}  // namespace

LinkPairs::LinkPairs() : slots_(kFirstSlots, kNone), recent_(kRecent, kNone) {}

// Where the object is, or where it would be.
std::size_t LinkPairs::slot_of(const ObjectId& child) const {
  std::uint64_t words[2] = {};
  std::memcpy(words, child.bytes.data(), sizeof words);
  const auto mixed = (words[0] ^ std::rotl(words[1], 29)) * 0x9e3779b97f4a7c15ULL;
  auto slot = (mixed >> 20) % slots_.size();
  while (slots_[slot] != kNone && pairs_[slots_[slot]].child != child) {
    slot = (slot + 1) % slots_.size();
  }
  return slot;
}

void LinkPairs::grow() {
  const auto before = std::move(slots_);
  slots_.assign(before.size() * 2, kNone);
  for (const auto pair : before) {
    if (pair != kNone) slots_[slot_of(pairs_[pair].child)] = pair;
  }
}

LinkPairs::Number LinkPairs::first_with(const ObjectId& child) const {
  return slots_[slot_of(child)];
}

LinkPairs::Number LinkPairs::of(std::string_view name, const ObjectId& child) {
  auto& recent = recent_[(child.bytes[0] | std::size_t{child.bytes[1]} << 8) % kRecent];
  if (recent != kNone && pairs_[recent].child == child && this->name(recent) == name) {
    return recent;
  }
  const auto slot = slot_of(child);
  const auto first = slots_[slot];
  for (auto pair = first; pair != kNone; pair = pairs_[pair].next) {
    if (this->name(pair) == name) return recent = pair;
  }
  const auto [entry, is_new] =
      name_numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back(&entry->first);
  const auto number = count();
  pairs_.push_back({child, entry->second, first});
  slots_[slot] = number;
  if (first == kNone && ++objects_ * 2 > slots_.size()) grow();
  return recent = number;
}

TreeLinks::TreeLinks(std::span<const ObjectId> hits, std::size_t hash_bytes, unsigned threads,
                     std::size_t most_links, std::atomic<bool>& stop)
    : hits_(hits),
      hit_ids_(hits.begin(), hits.end()),
      hash_bytes_(hash_bytes),
      most_links_(most_links),
      stop_(stop),
      of_threads_(threads) {}

void TreeLinks::take(unsigned thread, const ObjectView& object) {
  auto& mine = of_threads_[thread];
  const auto first_link = mine.links.size();
  TreeReader entries(object.bytes, hash_bytes_);
  while (const auto entry = entries.next()) {
    if (!entry->is_tree() && !hits_.has(entry->id, hash_bytes_)) continue;
    mine.links.push_back(mine.pairs.of(entry->name, ObjectId::of({entry->id, hash_bytes_})));
  }
  const auto fresh = mine.links.size() - first_link;
  if (fresh == 0) return;
  mine.trees.push_back({object.id, first_link});
  if (links_.fetch_add(fresh, std::memory_order_relaxed) + fresh > most_links_) stop_ = true;
}

TreeLinks::Holding TreeLinks::holding() const {
  Holding holding;
  // By thread and pair: on which level from the hits it came to be looked for; 0: it did not.
  std::vector<std::vector<std::uint16_t>> levels;
  const auto look_for = [&](const ObjectId& id, std::uint16_t level) {
    for (std::size_t i = 0; i < of_threads_.size(); ++i) {
      const auto& pairs = of_threads_[i].pairs;
      for (auto pair = pairs.first_with(id); pair != LinkPairs::kNone;
           pair = pairs.next_with_same(pair)) {
        if (levels[i][pair] == 0) levels[i][pair] = level;
      }
    }
  };
  for (const auto& mine : of_threads_) levels.emplace_back(mine.pairs.count(), 0);
  for (const auto& hit : hit_ids_) look_for(hit, 1);
  for (std::uint16_t level = 1;; ++level) {
    std::vector<ObjectId> fresh;
    for (std::size_t i = 0; i < of_threads_.size(); ++i) {
      const auto& mine = of_threads_[i];
      for (std::size_t tree = 0; tree < mine.trees.size(); ++tree) {
        const auto end =
            tree + 1 < mine.trees.size() ? mine.trees[tree + 1].first_link : mine.links.size();
        for (auto link = mine.trees[tree].first_link; link < end; ++link) {
          const auto pair = mine.links[link];
          if (levels[i][pair] != level) continue;
          const auto [entry, is_new] = holding.trees.try_emplace(mine.trees[tree].id);
          entry->second.push_back({mine.pairs.name(pair), mine.pairs.child(pair)});
          if (is_new) fresh.push_back(mine.trees[tree].id);
        }
      }
    }
    if (fresh.empty()) return holding;
    if (level == kMostLevels) break;
    for (const auto& id : fresh) look_for(id, static_cast<std::uint16_t>(level + 1));
  }
  holding.is_cut = true;
  return holding;
}

}  // namespace rekey::discovery::git

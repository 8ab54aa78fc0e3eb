#include "discovery/git/tree_links.h"

#include <algorithm>
#include <climits>

#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

constexpr std::size_t kRecent = 1U << 13;
constexpr std::size_t kFirstSlots = 1U << 10;

}  // namespace

LinkPairs::LinkPairs(ObjectNumbers& objects, std::size_t most_name_bytes)
    : objects_(objects),
      name_bytes_left_(most_name_bytes),
      slots_(kFirstSlots, kNone),
      recent_(kRecent) {}

// Where the pair is, or where it would be.
std::size_t LinkPairs::slot_of(const Pair& sought) const {
  const std::uint64_t both = std::uint64_t{sought.child} << 32U | sought.name;
  // The upper bits of a product hang on all bits below them: on both numbers.
  auto slot = ((both * 0x9e3779b97f4a7c15ULL) >> 36U) % slots_.size();
  while (slots_[slot] != kNone) {
    const Pair& there = pairs_[slots_[slot]];
    if (there.child == sought.child && there.name == sought.name) break;
    slot = (slot + 1) % slots_.size();
  }
  return slot;
}

void LinkPairs::grow() {
  const auto before = std::move(slots_);
  slots_.assign(before.size() * 2, kNone);
  for (const auto pair : before) {
    if (pair != kNone) slots_[slot_of(pairs_[pair])] = pair;
  }
}

std::uint32_t LinkPairs::number_of(std::string_view name) {
  std::string key(name);
  if (const auto known = name_numbers_.find(key); known != name_numbers_.end()) {
    return known->second;
  }
  if (name.size() > name_bytes_left_) return kNone;
  name_bytes_left_ -= name.size();
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.push_back(&name_numbers_.emplace(std::move(key), number).first->first);
  return number;
}

LinkPairs::Number LinkPairs::of(std::string_view name, const ObjectId& child) {
  auto& recent = recent_[(child.bytes[0] | std::size_t{child.bytes[1]} << 8U) % kRecent];
  if (recent.pair != kNone && recent.child == child && this->name(recent.pair) == name) {
    return recent.pair;
  }
  const Pair pair{objects_.of(child), number_of(name)};
  if (pair.child == ObjectNumbers::kNone || pair.name == kNone) return kNone;
  const auto slot = slot_of(pair);
  auto number = slots_[slot];
  if (number == kNone) {
    number = static_cast<Number>(pairs_.size());
    pairs_.push_back(pair);
    slots_[slot] = number;
    if (pairs_.size() * 2 > slots_.size()) grow();
  }
  recent = {child, number};
  return number;
}

TreeLinks::TreeLinks(ObjectNumbers& objects, std::span<const ObjectId> hits, std::size_t hash_bytes,
                     unsigned threads, std::size_t most_links, Problems& problems)
    : objects_(objects),
      hits_(hits),
      hit_ids_(hits.begin(), hits.end()),
      hash_bytes_(hash_bytes),
      most_links_(std::min<std::size_t>(most_links, LinkPairs::kNone)),
      problems_(problems) {
  for (unsigned i = 0; i < threads; ++i)
    of_threads_.emplace_back(objects, kMostNameBytes / threads);
}

void TreeLinks::take(unsigned thread, const ObjectView& object) {
  TreeReader entries(object.bytes, hash_bytes_);
  if (!is_too_much()) keep(of_threads_[thread], object.id, entries);
  read_to_end(entries, object.id, problems_);
}

void TreeLinks::keep(OfThread& mine, const ObjectId& tree, TreeReader& entries) {
  const auto first_link = mine.links.size();
  while (const auto entry = entries.next()) {
    if (!entry->is_tree() && !hits_.has(entry->id, hash_bytes_)) continue;
    if (entry->name.size() >= PATH_MAX) {
      tell_long_name(tree, problems_);
      continue;
    }
    const auto pair = mine.pairs.of(entry->name, ObjectId::of({entry->id, hash_bytes_}));
    if (pair == LinkPairs::kNone) {
      is_too_much_ = true;
      return;
    }
    mine.links.push_back(pair);
  }
  const auto fresh = mine.links.size() - first_link;
  if (fresh == 0) return;
  const auto number = objects_.of(tree);
  mine.trees.push_back({number, static_cast<std::uint32_t>(first_link)});
  if (number == ObjectNumbers::kNone) is_too_much_ = true;
  if (links_.fetch_add(fresh, std::memory_order_relaxed) + fresh > most_links_) is_too_much_ = true;
}

void tell_long_name(const ObjectId& tree, Problems& problems) {
  problems.add(ProblemKind::kTooLarge, "tree " + tree.hex(),
               "a name in it is longer than a path may be: places of hits there are not named");
}

void read_to_end(TreeReader entries, const ObjectId& tree, Problems& problems) {
  while (entries.next()) {
  }
  if (entries.is_at_end()) return;
  problems.add(ProblemKind::kCorrupt, "tree " + tree.hex(),
               "it is damaged: what follows in it is not known");
}

TreeLinks::Holding TreeLinks::holding() const {
  Holding holding;
  std::size_t name_bytes = 0;
  // By object: on which level from the hits it came to be looked for; 0: it did not.
  std::vector<std::uint16_t> levels(objects_.end(), 0);
  for (const auto& hit : hit_ids_) {
    if (const auto number = objects_.of(hit); number < levels.size()) levels[number] = 1;
  }
  for (std::uint16_t level = 1;; ++level) {
    std::vector<ObjectNumbers::Number> fresh;
    for (const OfThread& mine : of_threads_) {
      for (std::size_t tree = 0; tree < mine.trees.size(); ++tree) {
        const auto end =
            tree + 1 < mine.trees.size() ? mine.trees[tree + 1].first_link : mine.links.size();
        for (std::size_t link = mine.trees[tree].first_link; link < end; ++link) {
          const auto pair = mine.links[link];
          const auto child = mine.pairs.child(pair);
          if (levels[child] != level) continue;
          const auto number = mine.trees[tree].number;
          name_bytes += mine.pairs.name(pair).size();
          if (name_bytes > kMostEdgeNameBytes) {
            holding.is_cut = true;
            return holding;
          }
          const auto [entry, is_new] = holding.trees.try_emplace(objects_.id(number));
          entry->second.push_back({mine.pairs.name(pair), objects_.id(child)});
          if (is_new) fresh.push_back(number);
        }
      }
    }
    if (fresh.empty()) return holding;
    if (level == kMostLevels) break;
    for (const auto number : fresh) {
      if (levels[number] == 0) levels[number] = static_cast<std::uint16_t>(level + 1);
    }
  }
  holding.is_cut = true;
  return holding;
}

}  // namespace rekey::discovery::git

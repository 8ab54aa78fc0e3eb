#include "discovery/git/tree_search.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <memory>

#include "discovery/git/object_text.h"
#include "discovery/git/tree_links.h"

namespace rekey::discovery::git {
namespace {

class TreeSearch final : public ObjectVisitor {
 public:
  struct Found {
    ObjectId tree;
    TreeEdge edge;
  };

  TreeSearch(const WantedIds& wanted, ObjectStore& store, unsigned threads, std::size_t most,
             std::size_t most_name_bytes)
      : wanted_(wanted),
        hash_bytes_(store.hash_bytes()),
        most_(most),
        most_name_bytes_(most_name_bytes),
        problems_(store.problems()),
        of_threads_(threads) {}

  void take(unsigned thread, const ObjectView& object) override {
    TreeReader entries(object.bytes, hash_bytes_);
    while (const auto entry = entries.next()) {
      if (!wanted_.has(entry->id, hash_bytes_)) continue;
      if (entry->name.size() >= PATH_MAX) {
        tell_long_name(object.id, problems_);
        continue;
      }
      if (count_.fetch_add(1, std::memory_order_relaxed) >= most_) return;
      const auto name_bytes = name_bytes_.fetch_add(entry->name.size(), std::memory_order_relaxed);
      if (name_bytes + entry->name.size() > most_name_bytes_) return;
      of_threads_[thread].push_back(
          {object.id, {std::string(entry->name), ObjectId::of({entry->id, hash_bytes_})}});
    }
  }

  [[nodiscard]] bool is_cut() const { return count_ > most_ || name_bytes_ > most_name_bytes_; }
  [[nodiscard]] std::vector<std::vector<Found>>& found() { return of_threads_; }

 private:
  const WantedIds& wanted_;
  std::size_t hash_bytes_;
  std::size_t most_;
  std::size_t most_name_bytes_;
  Problems& problems_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> name_bytes_{0};
  std::vector<std::vector<Found>> of_threads_;
};

class TreeCheck final : public ObjectVisitor {
 public:
  explicit TreeCheck(ObjectStore& store)
      : hash_bytes_(store.hash_bytes()), problems_(store.problems()) {}
  // A delta is not read: where it is damaged, no place of a hit is lost, and what it names was
  // looked for. To read each history's gigabytes of them takes longer than to make them.
  void take(unsigned /*thread*/, const ObjectView& object) override {
    if (!object.changes.empty()) return;
    read_to_end(TreeReader(object.bytes, hash_bytes_), object.id, problems_);
  }

 private:
  std::size_t hash_bytes_;
  Problems& problems_;
};

VisitOptions trees_only(unsigned threads) {
  VisitOptions options;
  options.threads = std::max(threads, 1U);
  options.types = Types{}.with(ObjectType::kTree);
  return options;
}

// After a visit that told what is missing and damaged.
TreeLinks::Holding search_level_by_level(ObjectStore& store, std::span<const ObjectId> hits,
                                         unsigned threads) {
  HoldingTrees holding;
  const auto options = trees_only(threads);
  std::vector<ObjectId> sought(hits.begin(), hits.end());
  std::size_t edges = 0;
  std::size_t name_bytes = 0;
  bool is_cut = false;
  for (int level = 0; !sought.empty() && !is_cut; ++level) {
    const auto wanted = std::make_unique<WantedIds>(sought);
    TreeSearch search(*wanted, store, options.threads, kMostEdges - edges,
                      kMostEdgeNameBytes - name_bytes);
    [[maybe_unused]] const auto counts = store.visit(options, search);
    sought.clear();
    for (auto& of_thread : search.found()) {
      for (auto& found : of_thread) {
        const auto [entry, is_new] = holding.try_emplace(found.tree);
        name_bytes += found.edge.name.size();
        entry->second.push_back(std::move(found.edge));
        ++edges;
        if (is_new) sought.push_back(found.tree);
      }
    }
    is_cut = search.is_cut() || (level + 1 == kMostLevels && !sought.empty());
  }
  return {std::move(holding), is_cut};
}

}  // namespace

HoldingTrees find_holding_trees(ObjectStore& store, std::span<const ObjectId> hits,
                                unsigned threads, const std::function<void(double)>& on_share,
                                std::size_t most_links_kept) {
  auto options = trees_only(threads);
  options.on_share = on_share;
  if (hits.empty()) {
    TreeCheck check(store);
    [[maybe_unused]] const auto counts = store.visit_and_find_missing(options, check);
    return {};
  }
  ObjectNumbers numbers(store.holdings());
  auto links = std::make_unique<TreeLinks>(numbers, hits, store.hash_bytes(), options.threads,
                                           most_links_kept, store.problems());
  [[maybe_unused]] const auto counts = store.visit_and_find_missing(options, *links);
  const bool is_too_much = links->is_too_much();
  auto found = is_too_much ? TreeLinks::Holding{} : links->holding();
  links.reset();
  if (is_too_much) found = search_level_by_level(store, hits, threads);
  if (found.is_cut) {
    store.problems().add(ProblemKind::kTooLarge, "places of hits",
                         "they stand in too many folders, or too deep: some are not named");
  }
  for (auto& [tree, of_tree] : found.trees) std::sort(of_tree.begin(), of_tree.end());
  return std::move(found.trees);
}

}  // namespace rekey::discovery::git

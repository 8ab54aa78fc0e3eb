#include "discovery/git/tree_search.h"

#include <algorithm>
#include <atomic>
#include <bitset>
#include <memory>
#include <unordered_set>

#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

// A set of ids that says no quickly: nearly every entry of nearly every tree is none of them.
class WantedIds {
 public:
  explicit WantedIds(std::span<const ObjectId> ids) : ids_(ids.begin(), ids.end()) {
    for (const auto& id : ids) beginnings_.set(beginning(id.bytes.data()));
  }
  [[nodiscard]] bool has(const std::uint8_t* id, std::size_t hash_bytes) const {
    return beginnings_.test(beginning(id)) && ids_.contains(ObjectId::of({id, hash_bytes}));
  }

 private:
  static std::size_t beginning(const std::uint8_t* id) { return id[0] | std::size_t{id[1]} << 8; }
  std::unordered_set<ObjectId> ids_;
  std::bitset<65'536> beginnings_;
};

class TreeSearch final : public ObjectVisitor {
 public:
  struct Found {
    ObjectId tree;
    TreeEdge edge;
  };

  TreeSearch(const WantedIds& wanted, std::size_t hash_bytes, unsigned threads, std::size_t most)
      : wanted_(wanted), hash_bytes_(hash_bytes), most_(most), of_threads_(threads) {}

  void take(unsigned thread, const ObjectView& object) override {
    TreeReader entries(object.bytes, hash_bytes_);
    while (const auto entry = entries.next()) {
      if (!wanted_.has(entry->id, hash_bytes_)) continue;
      if (count_.fetch_add(1, std::memory_order_relaxed) >= most_) return;
      of_threads_[thread].push_back(
          {object.id, {std::string(entry->name), ObjectId::of({entry->id, hash_bytes_})}});
    }
  }

  [[nodiscard]] bool is_cut() const { return count_ > most_; }
  [[nodiscard]] std::vector<std::vector<Found>>& found() { return of_threads_; }

 private:
  const WantedIds& wanted_;
  std::size_t hash_bytes_;
  std::size_t most_;
  std::atomic<std::size_t> count_{0};
  std::vector<std::vector<Found>> of_threads_;
};

}  // namespace

HoldingTrees find_holding_trees(ObjectStore& store, std::span<const ObjectId> hits,
                                unsigned threads) {
  HoldingTrees holding;
  VisitOptions options;
  options.threads = std::max(threads, 1U);
  options.types = Types{}.with(ObjectType::kTree);
  std::vector<ObjectId> sought(hits.begin(), hits.end());
  std::size_t edges = 0;
  bool is_cut = false;
  for (int level = 0; !sought.empty() && !is_cut; ++level) {
    const auto wanted = std::make_unique<WantedIds>(sought);
    TreeSearch search(*wanted, store.hash_bytes(), options.threads, kMostEdges - edges);
    [[maybe_unused]] const auto counts = store.visit(options, search);
    sought.clear();
    for (auto& of_thread : search.found()) {
      for (auto& found : of_thread) {
        const auto [entry, is_new] = holding.try_emplace(found.tree);
        entry->second.push_back(std::move(found.edge));
        ++edges;
        if (is_new) sought.push_back(found.tree);
      }
    }
    is_cut = search.is_cut() || (level + 1 == kMostLevels && !sought.empty());
  }
  if (is_cut) {
    store.problems().add(ProblemKind::kTooLarge, "places of hits",
                         "they stand in too many folders, or too deep: some are not named");
  }
  for (auto& [tree, of_tree] : holding) std::sort(of_tree.begin(), of_tree.end());
  return holding;
}

}  // namespace rekey::discovery::git

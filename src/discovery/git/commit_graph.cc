#include "discovery/git/commit_graph.h"

#include <algorithm>
#include <deque>

#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

constexpr std::size_t kMostParents = std::numeric_limits<std::uint16_t>::max();

}  // namespace

// Takes commits and tags down on several threads, then puts them together.
class CommitCollector final : public ObjectVisitor {
 public:
  explicit CommitCollector(unsigned threads) : of_threads_(threads) {}

  void take(unsigned thread, const ObjectView& object) override {
    auto& mine = of_threads_[thread];
    if (object.type == ObjectType::kTag) {
      if (const auto tag = parse_tag(object.bytes)) mine.tags.push_back({object.id, tag->target});
      return;
    }
    auto commit = parse_commit(object.bytes);
    if (!commit) return;
    if (commit->parents.size() > kMostParents) commit->parents.resize(kMostParents);
    Raw raw;
    raw.commit.id = object.id;
    raw.commit.tree = commit->tree;
    raw.commit.committed_seconds = base::to_millis(commit->committer.at) / 1000;
    raw.commit.parent_count = static_cast<std::uint16_t>(commit->parents.size());
    raw.thread = thread;
    raw.first_parent = mine.parents.size();
    mine.parents.insert(mine.parents.end(), commit->parents.begin(), commit->parents.end());
    mine.commits.push_back(raw);
  }

  [[nodiscard]] CommitGraph graph() const {
    std::vector<const Raw*> raws;
    CommitGraph graph;
    for (const auto& of_thread : of_threads_) {
      for (const Raw& raw : of_thread.commits) raws.push_back(&raw);
      graph.tags_.insert(graph.tags_.end(), of_thread.tags.begin(), of_thread.tags.end());
    }
    std::sort(raws.begin(), raws.end(),
              [](const Raw* a, const Raw* b) { return a->commit.id < b->commit.id; });
    std::sort(graph.tags_.begin(), graph.tags_.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    graph.commits_.reserve(raws.size());
    for (const Raw* raw : raws) graph.commits_.push_back(raw->commit);
    for (std::size_t i = 0; i < raws.size(); ++i) {
      auto& commit = graph.commits_[i];
      commit.first_parent = static_cast<std::uint32_t>(graph.parents_.size());
      for (std::size_t parent = 0; parent < commit.parent_count; ++parent) {
        const auto& id = of_threads_[raws[i]->thread].parents[raws[i]->first_parent + parent];
        const auto number = graph.find(id);
        if (!number) continue;
        graph.parents_.push_back(*number);
        ++commit.known_parents;
      }
    }
    graph.reached_.assign(graph.commits_.size(), 0);
    return graph;
  }

 private:
  struct Raw {
    CommitGraph::Commit commit;
    unsigned thread = 0;
    std::size_t first_parent = 0;  // in the thread's parents
  };
  struct OfThread {
    std::deque<Raw> commits;
    std::deque<ObjectId> parents;
    std::vector<CommitGraph::Tag> tags;
  };
  std::vector<OfThread> of_threads_;
};

CommitGraph CommitGraph::of(ObjectStore& store, std::span<const Tip> tips, unsigned threads) {
  VisitOptions options;
  options.threads = std::max(threads, 1U);
  options.types = Types{}.with(ObjectType::kCommit).with(ObjectType::kTag);
  CommitCollector collector(options.threads);
  [[maybe_unused]] const auto counts = store.visit(options, collector);
  auto graph = collector.graph();
  for (const auto kind : {TipKind::kRef, TipKind::kStash, TipKind::kNote, TipKind::kReflog}) {
    graph.reach(tips, kind);
  }
  return graph;
}

std::optional<CommitGraph::Number> CommitGraph::find(const ObjectId& id) const {
  const auto found = std::lower_bound(
      commits_.begin(), commits_.end(), id,
      [](const Commit& commit, const ObjectId& sought) { return commit.id < sought; });
  if (found == commits_.end() || found->id != id) return std::nullopt;
  return static_cast<Number>(found - commits_.begin());
}

std::span<const CommitGraph::Number> CommitGraph::parents(Number commit) const {
  return std::span(parents_).subspan(commits_[commit].first_parent, commits_[commit].known_parents);
}

std::optional<ObjectId> CommitGraph::target(const ObjectId& tag) const {
  const auto found =
      std::lower_bound(tags_.begin(), tags_.end(), tag,
                       [](const Tag& one, const ObjectId& sought) { return one.id < sought; });
  if (found == tags_.end() || found->id != tag) return std::nullopt;
  return found->target;
}

ObjectId CommitGraph::peel(const ObjectId& id) const {
  auto at = id;
  for (int step = 0; step < kMostTags; ++step) {
    const auto next = target(at);
    if (!next) break;
    at = *next;
  }
  return at;
}

void CommitGraph::reach(std::span<const Tip> tips, TipKind kind) {
  const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  std::vector<Number> left;
  const auto mark = [&](Number commit) {
    if ((reached_[commit] & bit) != 0) return;
    reached_[commit] |= bit;
    left.push_back(commit);
  };
  for (const auto& tip : tips) {
    if (tip.kind != kind) continue;
    if (const auto commit = find(peel(tip.id))) mark(*commit);
  }
  while (!left.empty()) {
    const auto commit = left.back();
    left.pop_back();
    for (const auto parent : parents(commit)) mark(parent);
  }
}

}  // namespace rekey::discovery::git

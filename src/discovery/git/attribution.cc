#include "discovery/git/attribution.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "discovery/git/commit_graph.h"
#include "discovery/git/index_file.h"
#include "discovery/git/object_text.h"
#include "discovery/git/projection.h"
#include "discovery/git/tree_search.h"

namespace rekey::discovery::git {
namespace {

constexpr std::uint64_t kLargestCommitBytes = 64ULL << 20;

// What is known of a place while commits are gone through.
struct Gathered {
  std::uint8_t reached_from = 0;
  bool is_in_tip = false;
  bool is_in_index = false;
  bool is_in_merge_only = true;
  std::uint32_t introductions = 0;
  std::uint32_t commits = 0;
  std::optional<CommitGraph::Number> introduced_by;
  std::set<std::string> refs;
};

Standing standing_of(const Gathered& place) {
  const auto has = [&](std::uint8_t bit) { return (place.reached_from & bit) != 0; };
  if (place.is_in_tip) return Standing::kTip;
  if (place.is_in_index) return Standing::kIndex;
  if (has(CommitGraph::kFromRef)) return Standing::kHistory;
  if (has(CommitGraph::kFromStash)) return Standing::kStash;
  if (has(CommitGraph::kFromNote)) return Standing::kNote;
  if (has(CommitGraph::kFromReflog)) return Standing::kReflog;
  return Standing::kDangling;
}

std::vector<ObjectId> sorted_ids(std::span<const Hit> hits, bool are_blobs) {
  std::vector<ObjectId> ids;
  for (const auto& hit : hits) {
    if ((hit.type == ObjectType::kBlob) == are_blobs) ids.push_back(hit.id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void add_ref(std::set<std::string>& refs, const std::string& name) {
  if (refs.size() < kMostRefs) refs.insert(name);
}

class Attributor {
 public:
  Attributor(ObjectStore& store, std::span<const Hit> hits, unsigned threads,
             const std::function<void(double)>& on_share)
      : store_(store),
        blobs_(sorted_ids(hits, true)),
        trees_(find_holding_trees(store, blobs_, threads, on_share)),
        tips_(read_tips(store.repository(), store.problems())),
        graph_(CommitGraph::of(store, tips_, threads)),
        projection_(trees_, blobs_, store.problems()),
        reader_(store.reader(kLargestCommitBytes)) {
    follow_tips();
  }

  std::vector<Place> places(std::span<const Hit> hits) {
    if (!blobs_.empty()) {
      go_through_commits();
      go_through_tips();
      go_through_indexes();
      go_through_loose_trees();
    }
    std::vector<Place> places;
    std::vector<bool> has_place(blobs_.size());
    for (const auto& [where, gathered] : gathered_) {
      has_place[where.hit] = true;
      places.push_back(place_of(where, gathered));
    }
    for (std::size_t i = 0; i < blobs_.size(); ++i) {
      if (!has_place[i]) places.push_back(place_without_path(blobs_[i]));
    }
    for (const auto& hit : unique_messages(hits)) places.push_back(place_of_message(hit));
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
      return std::tie(a.object, a.path) < std::tie(b.object, b.path);
    });
    return places;
  }

 private:
  static std::vector<Hit> unique_messages(std::span<const Hit> hits) {
    std::map<ObjectId, ObjectType> found;
    for (const auto& hit : hits) {
      if (hit.type != ObjectType::kBlob) found[hit.id] = hit.type;
    }
    std::vector<Hit> unique;
    unique.reserve(found.size());
    for (const auto& [id, type] : found) unique.push_back({id, type});
    return unique;
  }

  void go_through_commits() {
    std::vector<Projection::Number> of_commits(graph_.count());
    for (CommitGraph::Number commit = 0; commit < graph_.count(); ++commit) {
      of_commits[commit] = projection_.of(graph_.tree(commit));
    }
    std::map<Projection::Number, Holders> of_trees;
    for (CommitGraph::Number commit = 0; commit < graph_.count(); ++commit) {
      const auto number = of_commits[commit];
      if (number == Projection::kNothing) continue;
      of_trees[number] += Holders{1, graph_.reached_from(commit)};
      introduce(commit, of_commits);
    }
    for (const auto& [where, holders] : projection_.gather(of_trees)) {
      auto& place = gathered_[where];
      place.commits += holders.commits;
      place.reached_from |= holders.reached_from;
    }
  }

  // What the commit has and none of its parents.
  void introduce(CommitGraph::Number commit, const std::vector<Projection::Number>& of_commits) {
    const auto parents = graph_.parents(commit);
    const auto number = of_commits[commit];
    const bool is_unchanged =
        std::any_of(parents.begin(), parents.end(),
                    [&](CommitGraph::Number parent) { return of_commits[parent] == number; });
    if (is_unchanged) return;
    const auto first = parents.empty() ? Projection::kNothing : of_commits[parents[0]];
    for (const auto& where : projection_.added(number, first)) {
      const bool is_of_another = std::any_of(
          parents.begin(), parents.end(),
          [&](CommitGraph::Number parent) { return projection_.holds(of_commits[parent], where); });
      if (is_of_another) continue;
      auto& place = gathered_[where];
      ++place.introductions;
      place.is_in_merge_only = place.is_in_merge_only && graph_.is_merge(commit);
      if (!place.introduced_by || is_earlier(commit, *place.introduced_by)) {
        place.introduced_by = commit;
      }
    }
  }

  [[nodiscard]] bool is_earlier(CommitGraph::Number a, CommitGraph::Number b) const {
    return std::pair(graph_.committed_seconds(a), a) < std::pair(graph_.committed_seconds(b), b);
  }

  // A ref may name a commit, a tree or a blob, or a tag of one.
  void go_through_tips() {
    std::map<Projection::Number, std::set<std::string>> of_trees;
    for (const auto& tip : tips_) {
      if (tip.kind != TipKind::kRef) continue;
      const auto id = graph_.peel(tip.id);
      const auto commit = graph_.find(id);
      const auto number = projection_.of(commit ? graph_.tree(*commit) : id);
      if (number != Projection::kNothing) add_ref(of_trees[number], tip.name);
      const auto blob = std::lower_bound(blobs_.begin(), blobs_.end(), id);
      if (blob == blobs_.end() || *blob != id) continue;
      auto& place = gathered_[{static_cast<std::uint32_t>(blob - blobs_.begin()), ""}];
      place.is_in_tip = true;
      add_ref(place.refs, tip.name);
    }
    for (const auto& [number, names] : of_trees) {
      for (const auto& where : projection_.paths(number)) {
        auto& place = gathered_[where];
        place.is_in_tip = true;
        for (const auto& name : names) add_ref(place.refs, name);
      }
    }
  }

  void go_through_indexes() {
    for (const auto& worktree : store_.repository().worktrees) {
      const auto index = read_index(store_.repository(), worktree);
      if (!index) {
        store_.problems().add(problem_of(index.error().code), worktree.git_dir + "/index",
                              index.error().detail);
        continue;
      }
      for (const auto& file : *index) {
        if (file.mode == kTreeMode) {
          for (const auto& where : projection_.paths(projection_.of(file.id))) {
            gathered_[{where.hit, file.path + where.path}].is_in_index = true;
          }
          continue;
        }
        const auto blob = std::lower_bound(blobs_.begin(), blobs_.end(), file.id);
        if (blob == blobs_.end() || *blob != file.id) continue;
        gathered_[{static_cast<std::uint32_t>(blob - blobs_.begin()), file.path}].is_in_index =
            true;
      }
    }
  }

  // Trees that no commit, ref or other tree holds: of a commit that is gone, or was never made.
  void go_through_loose_trees() {
    std::unordered_set<ObjectId> held;
    for (const auto& [tree, edges] : trees_) {
      for (const auto& edge : edges) held.insert(edge.child);
    }
    for (CommitGraph::Number commit = 0; commit < graph_.count(); ++commit) {
      held.insert(graph_.tree(commit));
    }
    for (const auto& tip : tips_) held.insert(graph_.peel(tip.id));
    for (const auto& [tree, edges] : trees_) {
      if (held.contains(tree)) continue;
      for (const auto& where : projection_.paths(projection_.of(tree))) gathered_[where];
    }
  }

  std::optional<CommitFacts> facts_of(const ObjectId& commit) {
    const auto object = reader_.read(commit);
    const auto parsed = object ? parse_commit(object->content()) : std::nullopt;
    if (!parsed) return std::nullopt;
    return CommitFacts{commit, parsed->author.name, parsed->author.email, parsed->author.at};
  }

  // An entry of the stash is a merge too, of what was staged and what was not.
  static bool is_merge_alone(const Gathered& gathered, Standing standing) {
    return gathered.introductions > 0 && gathered.is_in_merge_only && standing != Standing::kStash;
  }

  Place place_of(const PathOfHit& where, const Gathered& gathered) {
    Place place;
    place.object = blobs_[where.hit];
    place.path = where.path;
    place.standing = standing_of(gathered);
    place.is_in_index = gathered.is_in_index;
    place.introductions = gathered.introductions;
    place.commits = gathered.commits;
    place.is_only_in_merges = is_merge_alone(gathered, place.standing);
    place.refs.assign(gathered.refs.begin(), gathered.refs.end());
    if (gathered.introduced_by) {
      place.introduced_by = facts_of(graph_.id(*gathered.introduced_by));
      place.is_history_cut = graph_.is_cut(*gathered.introduced_by);
    }
    return place;
  }

  // A blob that only a reflog, a stash or nothing names.
  Place place_without_path(const ObjectId& blob) const {
    Place place;
    place.object = blob;
    for (const auto* tip : tips_leading_to(blob)) {
      if (tip->kind == TipKind::kReflog) place.standing = Standing::kReflog;
    }
    return place;
  }

  Place place_of_message(const Hit& hit) {
    Gathered gathered;
    Place place;
    place.object = hit.id;
    place.type = hit.type;
    for (const auto* tip : tips_leading_to(hit.id)) {
      if (tip->id != hit.id && tip->kind != TipKind::kRef) continue;
      gathered.reached_from |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(tip->kind));
      if (tip->kind != TipKind::kRef) continue;
      gathered.is_in_tip = true;
      add_ref(gathered.refs, tip->name);
    }
    if (const auto commit = graph_.find(hit.id)) {
      gathered.reached_from |= graph_.reached_from(*commit);
      place.introduced_by = facts_of(hit.id);
      place.commits = 1;
      place.introductions = 1;
      place.is_history_cut = graph_.is_cut(*commit);
    } else if (const auto object = reader_.read(hit.id); object) {
      if (const auto tag = parse_tag(object->content())) {
        place.introduced_by =
            CommitFacts{hit.id, tag->tagger.name, tag->tagger.email, tag->tagger.at};
      }
    }
    place.standing = standing_of(gathered);
    place.refs.assign(gathered.refs.begin(), gathered.refs.end());
    return place;
  }

  // Those that name the object, or a tag of it, or a tag of that, …
  [[nodiscard]] std::span<const Tip* const> tips_leading_to(const ObjectId& id) const {
    const auto found = tips_of_.find(id);
    return found == tips_of_.end() ? std::span<const Tip* const>() : std::span(found->second);
  }

  void follow_tips() {
    for (const auto& tip : tips_) {
      std::optional<ObjectId> at = tip.id;
      for (int step = 0; at && step <= CommitGraph::kMostTags; ++step) {
        tips_of_[*at].push_back(&tip);
        at = graph_.target(*at);
      }
    }
  }

  ObjectStore& store_;
  std::vector<ObjectId> blobs_;
  HoldingTrees trees_;  // first: the way to it takes more memory than what follows
  std::vector<Tip> tips_;
  std::unordered_map<ObjectId, std::vector<const Tip*>> tips_of_;  // what each leads to
  CommitGraph graph_;
  Projection projection_;
  ObjectReader reader_;
  std::map<PathOfHit, Gathered> gathered_;
};

}  // namespace

std::string_view name_of(Standing standing) noexcept {
  switch (standing) {
    case Standing::kTip:
      return "tip";
    case Standing::kIndex:
      return "index";
    case Standing::kHistory:
      return "history";
    case Standing::kStash:
      return "stash";
    case Standing::kNote:
      return "note";
    case Standing::kReflog:
      return "reflog";
    case Standing::kDangling:
      return "dangling";
  }
  return "dangling";
}

std::vector<Place> attribute(ObjectStore& store, std::span<const Hit> hits, unsigned threads,
                             const std::function<void(double)>& on_share) {
  if (hits.empty()) {
    [[maybe_unused]] const auto none = find_holding_trees(store, {}, threads, on_share);
    return {};
  }
  return Attributor(store, hits, threads, on_share).places(hits);
}

}  // namespace rekey::discovery::git

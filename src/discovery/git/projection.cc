#include "discovery/git/projection.h"

#include <algorithm>

namespace rekey::discovery::git {
namespace {

// Each level of recursion; what stands deeper is a problem.
constexpr int kDeepest = 1024;
// Of one expansion: folders entered and paths written.
constexpr std::size_t kMostSteps = 200'000;

}  // namespace

std::uint32_t Projection::number_of(const std::string& name) {
  const auto [entry, is_new] =
      name_numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back(name);
  return entry->second;
}

Projection::Number Projection::reduce(const ObjectId& tree, int depth) {
  const auto edges = trees_.find(tree);
  if (edges == trees_.end()) return kNothing;
  const auto [known, is_new] = of_trees_.try_emplace(tree);
  // Ids are not checked, so a forged store can have a tree that holds itself.
  if (!is_new) return known->second.value_or(kNothing);
  if (depth > kDeepest) {
    problems_.add(ProblemKind::kTooLarge, "tree " + tree.hex(), "it is nested too deep");
    return kNothing;
  }
  std::vector<Child> children;
  for (const auto& edge : edges->second) {
    const auto name = number_of(edge.name);
    const auto hit = std::lower_bound(hits_.begin(), hits_.end(), edge.child);
    if (hit != hits_.end() && *hit == edge.child) {
      children.emplace_back(name, static_cast<std::uint32_t>(hit - hits_.begin()) | kIsHit);
    } else if (const auto child = reduce(edge.child, depth + 1); child != kNothing) {
      children.emplace_back(name, child);
    }
  }
  std::sort(children.begin(), children.end());
  children.erase(std::unique(children.begin(), children.end()), children.end());
  Number number = kNothing;
  if (!children.empty()) {
    const auto [entry, is_first] =
        numbers_.try_emplace(std::move(children), static_cast<Number>(nodes_.size()));
    if (is_first) nodes_.push_back(&entry->first);
    number = entry->second;
  }
  // The map may have grown meanwhile.
  of_trees_[tree] = number;
  return number;
}

void Projection::expand(Number number, std::string& path, std::vector<PathOfHit>& out,
                        std::size_t& steps) {
  const auto length = path.size();
  for (const auto& [name, child] : *nodes_[number]) {
    if (++steps > kMostSteps || out.size() >= kMostPaths) {
      problems_.add(ProblemKind::kTooLarge, "places of hits",
                    "a tree holds hits at more paths than are told: some are not named");
      return;
    }
    path += names_[name];
    if ((child & kIsHit) != 0) {
      out.push_back({child & ~kIsHit, path});
    } else {
      path += '/';
      expand(child, path, out, steps);
    }
    path.resize(length);
  }
}

const std::vector<PathOfHit>& Projection::paths(Number number) {
  const auto [entry, is_new] = paths_.try_emplace(number);
  if (is_new && number != kNothing) {
    std::string path;
    std::size_t steps = 0;
    expand(number, path, entry->second, steps);
    std::sort(entry->second.begin(), entry->second.end());
    const auto last = std::unique(entry->second.begin(), entry->second.end());
    entry->second.erase(last, entry->second.end());
  }
  return entry->second;
}

}  // namespace rekey::discovery::git

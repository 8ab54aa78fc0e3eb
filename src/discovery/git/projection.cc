#include "discovery/git/projection.h"

#include <algorithm>
#include <climits>
#include <string_view>

namespace rekey::discovery::git {
namespace {

// Each level of recursion; what stands deeper is a problem.
constexpr int kDeepest = 1024;
// Of one expansion: folders entered and paths written.
constexpr std::size_t kMostSteps = 200'000;
// Of all paths that are held at a time: names may be long, and folders nested deep.
constexpr std::size_t kMostPathBytes = 256U << 20;

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

void Projection::tell_that_places_are_left_out() {
  problems_.add(ProblemKind::kTooLarge, "places of hits",
                "a tree holds hits at more paths than are told: some are not named");
}

void Projection::tell_that_a_path_is_too_long() {
  problems_.add(ProblemKind::kTooLarge, "paths of hits",
                "some are longer than a path may be: they are not named");
}

Projection::Number Projection::folder(Number number, std::uint32_t name) const {
  if (number == kNothing) return kNothing;
  const auto& children = *nodes_[number];
  // Of one name the folder comes first: a hit has the highest bit set.
  const auto child = std::lower_bound(children.begin(), children.end(), Child{name, 0});
  const bool is_there =
      child != children.end() && child->first == name && (child->second & kIsHit) == 0;
  return is_there ? child->second : kNothing;
}

void Projection::expand(Number number, Number before, Expansion& expansion) {
  static const std::vector<Child> kNoChildren;
  const auto length = expansion.path.size();
  const auto& known = before == kNothing ? kNoChildren : *nodes_[before];
  for (const auto& child : *nodes_[number]) {
    if (++expansion.steps > kMostSteps || expansion.found.size() >= kMostPaths ||
        expansion.path_bytes > kMostPathBytes) {
      return tell_that_places_are_left_out();
    }
    if (std::binary_search(known.begin(), known.end(), child)) continue;
    if (expansion.path.size() + names_[child.first].size() >= PATH_MAX) {
      tell_that_a_path_is_too_long();
      continue;
    }
    expansion.path += names_[child.first];
    if ((child.second & kIsHit) != 0) {
      expansion.found.push_back({child.second & ~kIsHit, expansion.path});
      expansion.path_bytes += expansion.path.size();
    } else {
      expansion.path += '/';
      expand(child.second, folder(before, child.first), expansion);
    }
    expansion.path.resize(length);
  }
}

std::vector<PathOfHit> Projection::added(Number number, Number before) {
  if (number == kNothing) return {};
  Expansion expansion;
  expand(number, before, expansion);
  return std::move(expansion.found);
}

bool Projection::holds(Number number, const PathOfHit& where) const {
  std::string_view left = where.path;
  while (number != kNothing) {
    const auto slash = left.find('/');
    const auto name = name_numbers_.find(std::string(left.substr(0, slash)));
    if (name == name_numbers_.end()) return false;
    if (slash == std::string_view::npos) {
      const auto& children = *nodes_[number];
      return std::binary_search(children.begin(), children.end(),
                                Child{name->second, where.hit | kIsHit});
    }
    number = folder(number, name->second);
    left.remove_prefix(slash + 1);
  }
  return false;
}

std::map<PathOfHit, Holders> Projection::gather(const std::map<Number, Holders>& trees) {
  std::map<PathOfHit, Holders> places;
  std::map<std::pair<std::string, Number>, Holders> level;
  for (const auto& [number, holders] : trees) level[{"", number}] = holders;
  while (!level.empty()) {
    std::map<std::pair<std::string, Number>, Holders> below;
    std::size_t path_bytes = 0;
    for (const auto& [folder, holders] : level) {
      for (const auto& [name, child] : *nodes_[folder.second]) {
        if (folder.first.size() + names_[name].size() >= PATH_MAX) {
          tell_that_a_path_is_too_long();
          continue;
        }
        auto path = folder.first + names_[name];
        path_bytes += path.size();
        if (below.size() >= kMostFolders || places.size() >= kMostFolders ||
            path_bytes > kMostPathBytes) {
          tell_that_places_are_left_out();
          return places;
        }
        if ((child & kIsHit) != 0) {
          places[{child & ~kIsHit, std::move(path)}] += holders;
        } else {
          below[{path + "/", child}] += holders;
        }
      }
    }
    level = std::move(below);
  }
  return places;
}

}  // namespace rekey::discovery::git

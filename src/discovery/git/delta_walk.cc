#include "discovery/git/delta_walk.h"

#include <algorithm>
#include <iterator>

#include "discovery/git/delta_walker.h"

namespace rekey::discovery::git {
namespace {

// Nodes that a thread takes at a time: enough that threads do not meet at the counter, few enough
// that they end together.
constexpr std::uint64_t kNodesAtATime = 256;

}  // namespace

DeltaWalk::DeltaWalk(const std::vector<PackToWalk>& packs, const Holdings& holdings,
                     const VisitOptions& options, ObjectVisitor& visitor, Problems& problems)
    : packs_(packs),
      holdings_(holdings),
      options_(options),
      visitor_(visitor),
      problems_(problems) {
  std::uint64_t nodes = 0;
  for (const auto& pack : packs_) {
    first_nodes_.push_back(nodes);
    nodes += pack.forest->count();
  }
  first_nodes_.push_back(nodes);
}

std::vector<DeltaWalk::Roots> DeltaWalk::next_roots() {
  const auto nodes = first_nodes_.back();
  const auto first = next_node_.fetch_add(kNodesAtATime, std::memory_order_relaxed);
  const auto end = std::min(first + kNodesAtATime, nodes);
  std::vector<Roots> roots;
  if (is_stopped()) return roots;
  if (options_.on_share && first < nodes) {
    options_.on_share(static_cast<double>(first) / static_cast<double>(nodes));
  }
  // A chunk may reach over the ends of packs.
  for (auto at = first; at < end;) {
    const auto after = std::upper_bound(first_nodes_.begin(), first_nodes_.end() - 1, at);
    const auto pack = static_cast<std::size_t>(after - first_nodes_.begin()) - 1;
    const auto start = first_nodes_[pack];
    const auto stop = std::min(end, first_nodes_[pack + 1]);
    roots.push_back({&packs_[pack], static_cast<PackForest::Node>(at - start),
                     static_cast<PackForest::Node>(stop - start)});
    at = stop;
  }
  return roots;
}

std::optional<DeltaWalk::Task> DeltaWalk::next_task() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  ++wanted_tasks_;
  if (waiting_ == running_ && tasks_.empty()) {
    is_done_ = true;
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return is_done_ || !tasks_.empty(); });
  if (tasks_.empty()) return std::nullopt;
  --waiting_;
  auto task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void DeltaWalk::give(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  --wanted_tasks_;
  changed_.notify_one();
}

VisitCounts DeltaWalk::run(unsigned thread) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  DeltaWalker walker(*this, thread);
  for (auto chunk = next_roots(); !chunk.empty(); chunk = next_roots()) {
    for (const auto& roots : chunk) walker.walk_roots(roots);
  }
  while (auto task = next_task()) walker.walk_task(std::move(*task));
  return walker.counts();
}

}  // namespace rekey::discovery::git

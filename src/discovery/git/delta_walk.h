// Decodes every object of a set of packs, each base once, on several threads.
//
// Trees of deltas are walked depth first from their roots. A thread that has nothing left waits,
// and one that is at work gives it the part of its tree that is nearest to the root: one root may
// own the whole pack. A base is held while it has children to come, and let go before the last of
// them is walked. Where the held bases exceed the budget, those nearest to the root are let go
// early and made anew from their chain when their turn comes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "discovery/git/object_reader.h"
#include "discovery/git/pack_forest.h"
#include "discovery/git/problems.h"
#include "discovery/git/visitor.h"

namespace rekey::discovery::git {

struct PackToWalk {
  const Pack* pack = nullptr;
  const PackForest* forest = nullptr;
  // By index position, or empty: objects that another pack gives.
  std::vector<bool> given_elsewhere;
  [[nodiscard]] bool is_given_elsewhere(std::uint32_t position) const {
    return !given_elsewhere.empty() && given_elsewhere[position];
  }
};

// A base whose children are being walked.
struct WalkFrame {
  enum class Base : std::uint8_t { kHeld, kLetGo, kBroken };
  PackForest::Node node = 0;
  PackForest::Node next = PackForest::kNone;   // children still to come: from here …
  PackForest::Node end = PackForest::kNone;    // … to before this one
  PackForest::Node heavy = PackForest::kNone;  // left out among them …
  bool has_heavy = false;  // … and comes last, where it is this frame's to walk
  Base base = Base::kHeld;
  base::Code why = base::Code::kCorrupt;  // of a broken one
  Buffer content;
};

class DeltaWalk {
 public:
  // All of them outlive the walk.
  DeltaWalk(const std::vector<PackToWalk>& packs, const Holdings& holdings,
            const VisitOptions& options, ObjectVisitor& visitor, Problems& problems);

  // A thread calls it once, with its number. A call returns when all is walked, and waits for those
  // alone that have begun by then.
  [[nodiscard]] VisitCounts run(unsigned thread);

 private:
  friend class DeltaWalker;
  struct Task {
    const PackToWalk* pack = nullptr;
    ObjectType type = ObjectType::kBlob;
    WalkFrame frame;
  };
  struct Roots {
    const PackToWalk* pack = nullptr;
    PackForest::Node first = 0;
    PackForest::Node end = 0;
  };

  // Empty when there are no more.
  [[nodiscard]] std::vector<Roots> next_roots();
  // Waits; nullopt when every thread that runs waits.
  [[nodiscard]] std::optional<Task> next_task();
  [[nodiscard]] bool somebody_waits() const noexcept {
    return wanted_tasks_.load(std::memory_order_relaxed) > 0;
  }
  void give(Task task);
  [[nodiscard]] bool is_stopped() const noexcept {
    return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  }

  const std::vector<PackToWalk>& packs_;
  const Holdings& holdings_;
  const VisitOptions& options_;
  ObjectVisitor& visitor_;
  Problems& problems_;
  std::vector<std::uint64_t> first_nodes_;  // of each pack among the nodes of all, and their number
  std::atomic<std::uint64_t> next_node_{0};
  std::atomic<std::int64_t> held_bytes_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  unsigned running_ = 0;  // threads that began; one that comes later finds nothing left to do
  unsigned waiting_ = 0;
  bool is_done_ = false;
  std::atomic<int> wanted_tasks_{0};  // threads that wait, less tasks that wait for them
};

}  // namespace rekey::discovery::git

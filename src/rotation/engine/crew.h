// Rotations that are carried out beside something that goes on, such as a watcher: several at once,
// and what is to be done next may change at any time.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rotation/drivers/call_limit.h"
#include "rotation/engine/fleet.h"

namespace rekey::rotation {

class Crew {
 public:
  // All outlive it. `journal_turn` is shared with whoever writes into the same state folders.
  Crew(EngineParts& parts, const FleetLimits& limits, std::mutex& journal_turn,
       FleetObserver& observer);
  // Waits for what is under way; what waits for its turn is not begun.
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // What is to be carried out from now on, in that order, in place of what still waits for its
  // turn. What is under way is left out. Any thread.
  void take(std::vector<DueOne> next);
  [[nodiscard]] bool is_under_way(const Inventory& inventory) const;
  // Returns when nothing is left to do.
  void wait();

 private:
  using Key = std::pair<std::string, std::string>;  // client id, slot
  void work();
  [[nodiscard]] bool is_idle() const { return queue_.empty() && under_way_.empty(); }

  EngineParts& parts_;
  std::mutex& journal_turn_;
  FleetObserver& observer_;
  LimitedDrivers drivers_;
  ErrorBudget budget_;  // each take() lets one more try
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DueOne> queue_;  // guarded by mutex_, as the two below
  std::set<Key> under_way_;
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rekey::rotation

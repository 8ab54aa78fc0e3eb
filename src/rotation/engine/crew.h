// Rotations that are carried out beside something that goes on, such as a watcher: several at once,
// and what is to be done next may change at any time.
//
// As many act at once as there are places. A run that has only waited for kPlaceKept (for evidence
// that a daily consumer gives once a day, say) gives its place to the next one and never needs
// another; what is urgent needs none. So nobody who is cut off waits for who is only watched. What
// bounds threads and open files is kMostUnderWay.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rotation/drivers/call_limit.h"
#include "rotation/engine/fleet.h"
#include "rotation/engine/schedule.h"

namespace rekey::rotation {

inline constexpr base::Duration kPlaceKept = std::chrono::minutes{10};
inline constexpr std::size_t kMostUnderWay = 256;
// As many as that may take: a journal, its lock, connections and a file for each of them.
inline constexpr std::size_t kOpenFilesOfMany = 16 * kMostUnderWay;

struct CrewRules {
  Attendance who = Attendance::kNobody;
  // Asked when its turn comes: true where it is not for this crew.
  std::function<bool(const DueOne&)> is_for_others{};
  ErrorBudget* budget = nullptr;  // that others share, and that outlives it
};

class Crew {
 public:
  // All outlive it. `journal_turn` is shared with whoever writes into the same state folders.
  Crew(EngineParts& parts, const FleetLimits& limits, std::mutex& journal_turn,
       FleetObserver& observer, CrewRules rules = {});
  // Waits for what is under way; what waits for its turn is not begun.
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // What is to be carried out from now on, in that order, in place of what still waits for its
  // turn. What is under way is left out. Gives those that have to wait for a place. Any thread.
  [[nodiscard]] std::vector<DueOne> take(std::vector<DueOne> next);
  [[nodiscard]] bool is_under_way(const Inventory& inventory) const;
  // Returns when nothing is left to do.
  void wait();

 private:
  using Key = std::pair<std::string, std::string>;  // client id, slot
  class Place;
  class PlacedObserver;

  static Key key_of(const DueOne& one) { return {one.inventory.client_id, one.inventory.slot}; }
  void work();
  void work_on_urgent(const DueOne& one);
  void carry_out(const DueOne& one, Place& place);
  void start_thread(std::function<void()> work);  // with mutex_ held
  void end_thread();                              // with mutex_ held
  void join_ended();
  [[nodiscard]] std::size_t live_threads() const { return threads_.size() - ended_.size(); }
  [[nodiscard]] bool is_idle() const { return queue_.empty() && under_way_.empty(); }

  EngineParts& parts_;
  const FleetLimits limits_;
  std::mutex& journal_turn_;
  FleetObserver& observer_;
  const CrewRules rules_;
  LimitedDrivers drivers_;
  ErrorBudget own_budget_;
  ErrorBudget& budget_;  // each take() lets one more try
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DueOne> queue_;  // guarded by mutex_, as all below
  std::set<Key> under_way_;
  int acting_ = 0;  // of those, who have a place
  bool is_over_ = false;
  std::list<std::thread> threads_;
  std::vector<std::thread::id> ended_;  // of threads_: to be joined
};

}  // namespace rekey::rotation

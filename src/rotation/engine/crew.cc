#include "rotation/engine/crew.h"

#include <exception>

#include "base/assert.h"
#include "rotation/engine/schedule.h"

namespace rekey::rotation {
namespace {

// An exception on the thread of a crew would end the program: the next look asks again.
bool is_to_start(const DueOne& one, EngineParts& parts) {
  try {
    return is_still_to_start(one, parts);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

Crew::Crew(EngineParts& parts, const FleetLimits& limits, std::mutex& journal_turn,
           FleetObserver& observer)
    : parts_(parts),
      journal_turn_(journal_turn),
      observer_(observer),
      drivers_(parts.drivers, limits.calls_per_issuer) {
  REKEY_ASSERT(limits.parallel > 0 && limits.calls_per_issuer > 0);
  for (int i = 0; i < limits.parallel; ++i) threads_.emplace_back([this] { work(); });
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    queue_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::take(std::vector<DueOne> next) {
  budget_.allow_one();
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    for (DueOne& one : next) {
      if (under_way_.count({one.inventory.client_id, one.inventory.slot}) > 0) continue;
      queue_.push_back(std::move(one));
    }
  }
  changed_.notify_all();
}

bool Crew::is_under_way(const Inventory& inventory) const {
  const std::lock_guard lock(mutex_);
  return under_way_.count({inventory.client_id, inventory.slot}) > 0;
}

void Crew::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_idle(); });
}

void Crew::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !queue_.empty(); });
    if (is_over_) return;
    const DueOne one = std::move(queue_.front());
    queue_.pop_front();
    const Key key{one.inventory.client_id, one.inventory.slot};
    // The same integration in two inventories: one of them at a time.
    if (!under_way_.insert(key).second) continue;
    lock.unlock();
    if (is_to_start(one, parts_)) {
      carry_out_beside_others(one, parts_, drivers_, journal_turn_, budget_, observer_);
    }
    lock.lock();
    under_way_.erase(key);
    changed_.notify_all();
  }
}

}  // namespace rekey::rotation

#include "rotation/engine/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "rotation/drivers/call_limit.h"
#include "rotation/plan/facts.h"

namespace rekey::rotation {
namespace {

using base::Code;

// The start of the inventory may find out that a person is asked: then it is not begun here.
base::Result<bool> asks_person(const DueOne& one, Drivers& drivers) {
  const auto& consumers = one.inventory.consumers;
  const bool is_any_by_hand = std::any_of(consumers.begin(), consumers.end(),
                                          [](const Consumer& c) { return c.is_by_hand; });
  if (is_any_by_hand) return true;
  REKEY_TRY(const auto issuer, drivers.issuer_reader(one.inventory));
  REKEY_TRY(const Descriptor descriptor, issuer->describe());
  return descriptor.is_by_hand;
}

// An exception ends at the thread's boundary, as the error of its run.
template <typename Work>
base::Result<Outcome> guarded(Work work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return base::fail(Code::kInternal,
                      fmt::format("the run ended by an exception: {}", exception.what()));
  }
}

template <typename Work>
void carry_out(const DueOne& one, bool is_alone, ErrorBudget& budget, FleetObserver& observer,
               Work work) {
  if (!one.is_open && !budget.try_begin()) return observer.hold_back(one, budget.why_not());
  const auto reporter = observer.begin(one, is_alone);
  const auto ended = guarded([&] { return work(*reporter); });
  budget.note(ended);
  observer.end(one, *reporter, ended);
}

class Fleet {
 public:
  Fleet(const std::vector<DueOne>& due, EngineParts& parts, const FleetLimits& limits,
        FleetObserver& observer)
      : due_(due),
        parts_(parts),
        limits_(limits),
        observer_(observer),
        drivers_(parts.drivers, limits.calls_per_issuer) {}

  void run() {
    REKEY_ASSERT(limits_.parallel > 0 && limits_.calls_per_issuer > 0);
    const auto wanted = std::min(due_.size(), static_cast<std::size_t>(limits_.parallel));
    if (wanted > 1) {
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < wanted; ++i) threads.emplace_back([this] { work(); });
      for (std::thread& thread : threads) thread.join();
    } else {
      for (std::size_t i = 0; i < due_.size(); ++i) for_later_.push_back(i);
    }
    std::sort(for_later_.begin(), for_later_.end());
    for (const std::size_t i : for_later_) carry_out_alone(due_[i]);
  }

 private:
  // One thread: takes the next one until there is none.
  void work() {
    for (std::size_t i = next_++; i < due_.size(); i = next_++) {
      const auto is_for_later = asks_person_guarded(due_[i]);
      // What cannot be told here is told by the run, which asks the same again.
      if (is_for_later && *is_for_later) {
        const std::lock_guard lock(mutex_);
        for_later_.push_back(i);
      } else {
        carry_out_beside_others(due_[i], parts_, drivers_, journal_turn_, budget_, observer_);
      }
    }
  }

  base::Result<bool> asks_person_guarded(const DueOne& one) {
    try {
      return asks_person(one, drivers_);
    } catch (const std::exception&) {
      return false;
    }
  }

  // By now somebody may have edited the inventory: it is read anew.
  void carry_out_alone(const DueOne& one) {
    EngineParts parts{parts_.clock, parts_.files, parts_.drivers, parts_.person,
                      one.inventory.client_id};
    carry_out(one, true, budget_, observer_,
              [&](Reporter& reporter) { return rotate(one.inventory.path, parts, reporter); });
  }

  const std::vector<DueOne>& due_;
  EngineParts& parts_;
  const FleetLimits limits_;
  FleetObserver& observer_;
  LimitedDrivers drivers_;
  ErrorBudget budget_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex journal_turn_;
  std::mutex mutex_;
  std::vector<std::size_t> for_later_;  // guarded by mutex_ while threads run
};

// Many an issuer tells it itself.
void ask_for_end(Inventory& one, FactReader& reader) {
  const auto facts = reader.read(one);
  if (!facts || !facts->secrets) return;
  for (const IssuedSecret& secret : *facts->secrets) {
    if (secret.state != SecretState::kActive) continue;
    one.generated_at = secret.generated_at;
    one.expires_at = secret.ends_at;
  }
}

}  // namespace

base::Result<DueList> list_due(const std::string& path, EngineParts& parts, base::Duration lead) {
  REKEY_TRY(auto all, load_inventories(path, parts));
  DueList list;
  FactReader reader(parts.drivers);  // one that is away is asked once, however many it has
  const base::Instant now = parts.clock.now();
  for (Inventory& one : all.integrations) {
    if (one.client_id.empty()) {
      const bool is_due = one.expires_at && due_of(one, *one.expires_at, lead) <= now;
      (is_due ? list.without_client_id : list.unknown).push_back(one.name);
      continue;
    }
    REKEY_TRY(const auto open,
              peek_open_run(parts.files, one.state_folder, one.client_id, one.slot));
    if (!one.expires_at && !open) ask_for_end(one, reader);
    if (!one.expires_at && !open) {
      list.unknown.push_back(one.name);
      continue;
    }
    const base::Instant due = due_of(one, one.expires_at.value_or(now), lead);
    if (open || due <= now) {
      list.due.push_back({std::move(one), due, open.has_value()});
    } else {
      list.next = std::min(list.next.value_or(due), due);
    }
  }
  std::stable_sort(list.due.begin(), list.due.end(), [](const DueOne& a, const DueOne& b) {
    return a.is_open != b.is_open ? a.is_open : a.due < b.due;
  });
  return list;
}

void carry_out_beside_others(const DueOne& one, const EngineParts& parts, Drivers& drivers,
                             std::mutex& journal_turn, ErrorBudget& budget,
                             FleetObserver& observer) {
  EngineParts own{parts.clock,  parts.files, drivers, parts.person, one.inventory.client_id,
                  &journal_turn};
  carry_out(one, false, budget, observer,
            [&](Reporter& reporter) { return rotate(one.inventory, own, reporter); });
}

void rotate_fleet(const std::vector<DueOne>& due, EngineParts& parts, const FleetLimits& limits,
                  FleetObserver& observer) {
  Fleet(due, parts, limits, observer).run();
}

}  // namespace rekey::rotation

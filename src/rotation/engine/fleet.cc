#include "rotation/engine/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "rotation/drivers/call_limit.h"
#include "rotation/engine/crew.h"
#include "rotation/engine/fleet_search.h"
#include "rotation/engine/schedule.h"
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
  Fleet(const std::vector<DueOne>& due, const EngineParts& parts, const FleetLimits& limits,
        FleetObserver& observer)
      : due_(due),
        search_(parts),
        parts_(search_.in_place_of_search(parts)),
        limits_(limits),
        observer_(observer),
        drivers_(parts.drivers, limits.calls_per_issuer) {}

  void run() {
    search_.expect(due_);
    if (std::min(due_.size(), static_cast<std::size_t>(limits_.parallel)) > 1) {
      Crew crew(parts_, limits_, journal_turn_, observer_,
                {Attendance::kSomebody, [this](const DueOne& one) { return is_for_later(one); },
                 &budget_});
      static_cast<void>(crew.take(due_));
      crew.wait();
    } else {
      for (std::size_t i = 0; i < due_.size(); ++i) for_later_.push_back(i);
    }
    std::sort(for_later_.begin(), for_later_.end());
    for (const std::size_t i : for_later_) carry_out_alone(due_[i]);
  }

 private:
  // What cannot be told here is told by the run, which asks the same again.
  bool is_for_later(const DueOne& one) {
    try {
      const auto is_asked = asks_person(one, drivers_);
      if (!is_asked || !*is_asked) return false;
    } catch (const std::exception&) {
      return false;
    }
    const auto found = std::find_if(due_.begin(), due_.end(), [&](const DueOne& other) {
      return other.inventory.client_id == one.inventory.client_id &&
             other.inventory.slot == one.inventory.slot;
    });
    const std::lock_guard lock(mutex_);
    for_later_.push_back(static_cast<std::size_t>(found - due_.begin()));
    return true;
  }

  // By now somebody may have edited the inventory: it is read anew.
  void carry_out_alone(const DueOne& one) {
    if (const auto left = why_left_out(one, parts_, Attendance::kSomebody);
        left && !left->is_of_issuer) {
      return observer_.leave_out(one, left->why, left->is_done);
    }
    EngineParts parts{parts_.clock, parts_.files, parts_.drivers, parts_.person,
                      one.inventory.client_id};
    parts.search = parts_.search;
    carry_out(one, true, budget_, observer_,
              [&](Reporter& reporter) { return rotate(one.inventory.path, parts, reporter); });
  }

  const std::vector<DueOne>& due_;
  FleetSearch search_;
  EngineParts parts_;
  const FleetLimits limits_;
  FleetObserver& observer_;
  LimitedDrivers drivers_;
  ErrorBudget budget_;
  std::mutex journal_turn_;
  std::mutex mutex_;
  std::vector<std::size_t> for_later_;  // guarded by mutex_ while threads run
};

// Many an issuer tells it itself.
void ask_for_end(Inventory& one, FactReader& reader) {
  const auto facts = reader.read(one);
  if (facts) fill_in_end(one, *facts);
}

}  // namespace

base::Result<DueList> list_due(const std::string& path, EngineParts& parts, base::Duration lead,
                               AwayIssuers* away) {
  const base::Instant now = parts.clock.now();  // before anything is read: is_as_listed()
  REKEY_TRY(auto all, load_inventories(path, parts));
  DueList list;
  FactReader reader(parts.drivers, WithUsage::kNo,
                    away);  // one that is away is asked once, however many it has
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
      list.due.push_back({std::move(one), due, open.has_value(), now});
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
  own.search = parts.search;
  carry_out(one, false, budget, observer, [&](Reporter& reporter) -> base::Result<Outcome> {
    REKEY_TRY(const auto journal, open_journal_of(one.inventory, own));
    // With the lock, nobody else begins or ends a run of it any more.
    REKEY_TRY(const bool is_known, is_as_listed(one, parts.files));
    if (!is_known) {
      return base::fail(Code::kConflict,
                        "somebody else has begun or finished its rotation meanwhile; nothing was "
                        "begun beside that");
    }
    return rotate_in(one.inventory, *journal, own, reporter);
  });
}

void rotate_fleet(const std::vector<DueOne>& due, EngineParts& parts, const FleetLimits& limits,
                  FleetObserver& observer) {
  Fleet(due, parts, limits, observer).run();
}

}  // namespace rekey::rotation

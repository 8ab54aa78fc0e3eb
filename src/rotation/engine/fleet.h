// Many rotations at once: what is due in an inventory, several integrations side by side.
//
// Each run has a thread of its own while it is carried out, so that waits (settle time, evidence)
// overlap; one credential has one run, whose journal's lock says so. As many as `parallel` act at
// once: a run that only waits for long gives its place to the next one (crew.h), and one that
// somebody is cut off by takes none. At most `calls_per_issuer` requests are under way to one
// issuer. Where a person is asked at the terminal, the run waits until all others are over, and
// such runs go one after the other.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/error_budget.h"
#include "rotation/inventory/due.h"
#include "rotation/plan/facts.h"

namespace rekey::rotation {

// One integration whose rotation should begin now, or has begun.
struct DueOne {
  Inventory inventory;
  base::Instant due{};
  bool is_open = false;  // a run of it is
  base::Instant listed_at{};
  bool is_urgent = false;  // it waits for no other's end (sort_out)
};

struct DueList {
  std::vector<DueOne> due;                     // open runs first, then the soonest
  std::vector<std::string> unknown;            // whose end nobody knows
  std::vector<std::string> without_client_id;  // and due
  std::optional<base::Instant> next{};         // when another one comes due
};

// Of the inventory at `path`, where a rotation begins `lead` before the end and up to
// kUsualSpread earlier. Ends that it does not know are asked of the issuers, but for those of
// `away`.
[[nodiscard]] base::Result<DueList> list_due(const std::string& path, EngineParts& parts,
                                             base::Duration lead = kUsualLead,
                                             AwayIssuers* away = nullptr);

struct FleetLimits {
  int parallel = 8;          // runs that act at once, at least 1
  int calls_per_issuer = 8;  // requests under way to one issuer, at least 1
};

// Who is told of the runs. Calls come from many threads, those of one run in their order.
class FleetObserver {
 public:
  virtual ~FleetObserver() = default;
  // What its run is told to; lives until end() has returned. `is_alone`: no other run is carried
  // out beside it.
  [[nodiscard]] virtual std::unique_ptr<Reporter> begin(const DueOne& one, bool is_alone) = 0;
  virtual void end(const DueOne& one, Reporter& reporter, const base::Result<Outcome>& ended) = 0;
  // Its turn came and it was left alone: too many others had stopped (error_budget.h).
  virtual void hold_back(const DueOne& one, const std::string& why) = 0;
  // Its turn came and it was left out: somebody else is at it, or has finished it (`is_done`).
  virtual void leave_out(const DueOne& one, const std::string& why, bool is_done) = 0;
};

// Carries every one out, until each is closed or parked; what fails is told to `observer`, and the
// others go on.
void rotate_fleet(const std::vector<DueOne>& due, EngineParts& parts, const FleetLimits& limits,
                  FleetObserver& observer);

// Carries one out on this thread while others are under way; an exception is the error of its run.
// `drivers` stands before those of `parts`; `journal_turn` is shared by all in one state folder.
// One that has not begun is held back where `budget` allows no more. kConflict where somebody else
// has begun or finished its rotation since it was listed.
void carry_out_beside_others(const DueOne& one, const EngineParts& parts, Drivers& drivers,
                             std::mutex& journal_turn, ErrorBudget& budget,
                             FleetObserver& observer);

}  // namespace rekey::rotation

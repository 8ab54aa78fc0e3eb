#include "rotation/engine/schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "net/json.h"
#include "rotation/engine/by_hand.h"
#include "rotation/machine/waiting.h"
#include "rotation/plan/reconcile.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;

Start start_now() {
  return {true};
}
Start start_later(std::string why, std::optional<Instant> at = {}) {
  return {false, std::move(why), at};
}
Start stuck(std::string_view why) {
  return {false, fmt::format("{}; `rekey run resume` goes on with it", why), {}, true};
}

// Where nobody is left to cut off, nothing holds the run.
std::optional<Start> held_by_freeze(const RunState& state, Instant now) {
  const Freeze* freeze = find_freeze(state.plan.rules.freezes, now);
  const bool is_on_its_way = state.is_activated || state.phase == Phase::kRollingBack;
  const bool is_held =
      freeze != nullptr && is_old_alive(state) && !is_on_its_way && !is_anybody_cut_off(state);
  if (!is_held || freeze->to - now <= kLongestWindowWait) return std::nullopt;
  return start_later(fmt::format("held by the freeze {}", to_text(*freeze)), freeze->to);
}

std::optional<Start> held_by_issuer(const RunState& state, Instant now) {
  const auto until = issuer_waits_until(state, now);
  if (!until || *until - now <= kLongestWindowWait) return std::nullopt;
  return start_later("the issuer's least time between two secrets, or two activations, is not over",
                     *until);
}

// What a person had to do for a consumer is done, and said.
bool is_done_by_hand(const RunState& state) {
  const bool is_on_the_way =
      state.phase == Phase::kPropagating || state.phase == Phase::kRollingBack;
  const auto& all = state.consumers;
  return is_on_the_way && find_hand_task(state) == nullptr &&
         std::none_of(all.begin(), all.end(), is_to_be_restarted) &&
         std::any_of(all.begin(), all.end(),
                     [](const RunConsumer& c) { return c.attested_by || c.waiver; });
}

Start may_activate_now(const RunState& state, Instant now) {
  const int approvals = count_approvals(state);
  if (approvals < state.plan.rules.approvals) {
    return start_later(fmt::format("its activation needs approval ({} of {} there): {}", approvals,
                                   state.plan.rules.approvals, how_to_approve(state)));
  }
  if (!state.plan.rules.window) return start_now();
  const Instant opens_at = next_opening(*state.plan.rules.window, now);
  if (opens_at - now <= kLongestWindowWait) return start_now();
  return start_later(fmt::format("everything is proven, and it waits for the window {}",
                                 to_text(*state.plan.rules.window)),
                     opens_at);
}

// Nobody can stage or activate, or put the value into a place, but a person.
base::Result<bool> is_for_person(const Inventory& inventory, Drivers& drivers) {
  const auto& consumers = inventory.consumers;
  const bool is_any_by_hand = std::any_of(consumers.begin(), consumers.end(),
                                          [](const Consumer& c) { return c.is_by_hand; });
  if (is_any_by_hand) return true;
  REKEY_TRY(const auto issuer, drivers.issuer_reader(inventory));
  return issuer->cards("", false).has_value();
}

// Only a window asks how long a run takes.
base::Result<Duration> reach_of(const Inventory& inventory, Drivers& drivers) {
  if (!inventory.window && inventory.freezes.empty()) return Duration{0};
  REKEY_TRY(const auto issuer, drivers.issuer_reader(inventory));
  REKEY_TRY(const Descriptor descriptor, issuer->describe());
  return descriptor.settle + inventory.proof.span + worst_case_of_moving(inventory);
}

std::optional<Start> held_from_begin(const Inventory& inventory, Duration reach, Instant now) {
  for (const Instant at : {now, now + reach}) {
    const Freeze* freeze = find_freeze(inventory.freezes, at);
    if (freeze == nullptr) continue;
    return start_later(
        fmt::format("nothing is begun before the end of the freeze {}", to_text(*freeze)),
        std::max(freeze->to - reach, at == now ? freeze->to : now));
  }
  return std::nullopt;
}

// Whoever is there may begin outside of the window: the run waits for it before its activation.
Start may_begin_beside_person(const Inventory& inventory, Instant now) {
  auto held = held_from_begin(inventory, Duration{0}, now);
  return held ? *std::move(held) : start_now();
}

base::Result<Start> start_of(const DueOne& one, EngineParts& parts, Attendance who) {
  const Inventory& inventory = one.inventory;
  if (inventory.consumers.empty()) {
    return start_later("it has no consumers yet: write down under consumers who uses its secret");
  }
  if (who == Attendance::kNobody) {
    REKEY_TRY(const bool is_by_hand, is_for_person(inventory, parts.drivers));
    if (is_by_hand) {
      return start_later("a person has a part in it: start `rekey rotate` at a terminal");
    }
  }
  REKEY_TRY(const auto open, peek_open_run(parts.files, inventory.state_folder, inventory.client_id,
                                           inventory.slot));
  if (open) {
    REKEY_TRY(const bool is_held, is_worked_on(parts.files, inventory));
    if (is_held) return start_later("another process works on it");
    // A start takes in what the inventory says now.
    const Instant now = parts.clock.now();
    return may_go_on(with_changes(open->state, reconcile(open->state, inventory), now), now, who);
  }
  if (who == Attendance::kSomebody) return may_begin_beside_person(inventory, parts.clock.now());
  REKEY_TRY(const Duration reach, reach_of(inventory, parts.drivers));
  return may_begin(inventory, reach, parts.clock.now());
}

NotNow left_out(const DueOne& one, const base::Result<Start>& start) {
  NotNow left{one.inventory.name, one.inventory.client_id, {}};
  if (!start) {
    left.why = start.error().detail;
    left.code = start.error().code;
    return left;
  }
  left.why = start->why;
  left.at = start->at;
  left.is_stuck = start->is_stuck;
  if (!one.is_open && start->at) left.code = Code::kTooEarly;
  return left;
}

// Who listed it knew of the same run, or of the same end.
base::Result<bool> is_as_listed(const DueOne& one, platform::Files& files) {
  const Inventory& inventory = one.inventory;
  REKEY_TRY(const auto open,
            peek_open_run(files, inventory.state_folder, inventory.client_id, inventory.slot));
  if (open.has_value() != one.is_open) return false;
  if (open) return true;
  REKEY_TRY(const auto last,
            peek_last_rotation(files, inventory.state_folder, inventory.client_id, inventory.slot));
  return !last || !inventory.expires_at || last->expires_at <= *inventory.expires_at;
}

}  // namespace

Start may_begin(const Inventory& inventory, Duration reach, Instant now) {
  if (auto held = held_from_begin(inventory, reach, now)) return *std::move(held);
  if (!inventory.window) return start_now();
  const Instant opens_at = next_opening(*inventory.window, now + reach);
  const bool is_reached = opens_at - (now + reach) <= kLongestWindowWait;
  // Whoever has moved by then is not cut off by the end of the old one.
  const bool is_too_late = inventory.expires_at && *inventory.expires_at <= opens_at;
  if (is_reached || is_too_late) return start_now();
  return start_later(fmt::format("it is begun in time for the window {}, and takes up to {}",
                                 to_text(*inventory.window), base::format_duration(reach)),
                     opens_at - reach);
}

Start may_go_on(const RunState& state, Instant now, Attendance who) {
  if (!state.parked) return start_now();
  if (!state.parked->by.empty()) {
    return stuck(fmt::format("parked by {}: {}", state.parked->by, state.parked->reason));
  }
  if (state.is_stop_overtaken) return start_now();
  if (!state.parked->is_waiting) return stuck(state.parked->reason);
  if (state.is_old_ended) return start_now();  // nothing holds it: somebody may be cut off
  if (auto held = held_by_freeze(state, now)) return *std::move(held);
  if (state.failure) {
    const bool is_helped = who == Attendance::kSomebody || is_done_by_hand(state);
    return is_helped ? start_now() : start_later(state.parked->reason);
  }
  if (state.phase == Phase::kObserving && state.plan.is_by_hand) {
    const auto missing = consumers_without_evidence(state, now, Asked::kWhoIsOnTheMove);
    if (missing.empty()) return held_by_issuer(state, now).value_or(start_now());
    return start_later(
        fmt::format("the word of whoever answers for {} is missing: `rekey run attest {} --reason "
                    "TEXT`",
                    fmt::join(missing, ", "), missing.front()));
  }
  if (auto held = held_by_issuer(state, now)) return *std::move(held);
  const bool is_before_activation = state.phase == Phase::kGate || state.phase == Phase::kSettled ||
                                    state.phase == Phase::kActivating;
  if (is_before_activation && !state.is_activated) return may_activate_now(state, now);
  // The end of the old one has a window too.
  const Action action = next(apply(state, {now, RunResumed{}}), now);
  const auto* park = std::get_if<Park>(&action);
  return park == nullptr ? start_now() : start_later(park->why.reason);
}

Sorted sort_out(std::vector<DueOne> due, EngineParts& parts, Attendance who) {
  Sorted sorted;
  for (DueOne& one : due) {
    const auto start = start_of(one, parts, who);
    if (start && start->is_now) {
      sorted.now.push_back(std::move(one));
    } else {
      sorted.later.push_back(left_out(one, start));
    }
  }
  return sorted;
}

std::string to_json_line(const NotNow& one, Instant now) {
  net::JsonWriter json;
  json.begin_object()
      .member("at", base::format_instant(now))
      .member("integration", one.name)
      .member("event", "not_started")
      .member("reason", one.why)
      .member("until", one.at ? base::format_instant(*one.at) : std::string())
      .member("stuck", one.is_stuck)
      .end_object();
  return json.release();
}

bool is_still_to_start(const DueOne& one, EngineParts& parts) {
  const auto is_known = is_as_listed(one, parts.files);
  if (!is_known || !*is_known) return false;
  const auto start = start_of(one, parts, Attendance::kNobody);
  return start && start->is_now;
}

}  // namespace rekey::rotation

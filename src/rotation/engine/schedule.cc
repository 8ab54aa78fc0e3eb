#include "rotation/engine/schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "net/json.h"
#include "rotation/engine/by_hand.h"
#include "rotation/engine/waiting.h"
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

Start start_where(const std::optional<Action>& held) {
  const auto* park = held ? std::get_if<Park>(&*held) : nullptr;
  return park == nullptr ? start_now() : start_later(park->why.reason, park->until);
}

// It stopped because somebody did not answer, and nothing else is wrong.
std::optional<Start> after_outage(const RunState& state, Instant now) {
  const bool is_in_doubt = state.is_end_doubtful || state.staged_in_vain > 0;
  if (!state.failure || !is_worth_retrying(state.failure->code) || is_in_doubt) return std::nullopt;
  // Where all else answers it is no outage, and what touches real systems is not repeated for ever.
  const bool is_more = state.failed_ends >= kMaxAttempts || state.unclear_runs >= kMostUnclearRuns;
  if (is_more) return std::nullopt;
  const Instant at = state.failure->retry_at + kTriedAgainAfter;
  if (at <= now) return start_now();
  return start_later(fmt::format("{}. It is tried again", state.parked->reason), at);
}

std::optional<Start> held_by_issuer(const RunState& state, Instant now) {
  const auto until = issuer_waits_until(state, now);
  if (!until || *until - now <= kLongestWindowWait) return std::nullopt;
  return start_later("the issuer's least time between two secrets, or two activations, is not over",
                     *until);
}

// Somebody is refused now, as far as the journal knows.
bool is_anybody_refused(const RunState& state) {
  const bool holds_gone = state.is_staged_gone && !holders_of_new(state).empty();
  return state.is_stop_overtaken || state.is_old_ended || state.is_old_gone || holds_gone ||
         is_anybody_cut_off(state);
}

// Who is asked, and what is known of issuers.
struct Looking {
  EngineParts& parts;
  Attendance who;
  AwayIssuers& away;
};

// Asks the issuer, unless it is known to be away.
template <typename Ask>
auto ask_issuer(const Inventory& inventory, const Looking& looking, Ask ask)
    -> decltype(ask(std::declval<IssuerReader&>())) {
  if (auto known = looking.away.find(inventory.issuer)) return tl::unexpected(*std::move(known));
  const auto issuer = looking.parts.drivers.issuer_reader(inventory);
  if (!issuer) {
    looking.away.note(inventory.issuer, issuer.error());
    return tl::unexpected(issuer.error());
  }
  auto answer = ask(**issuer);
  if (!answer) looking.away.note(inventory.issuer, answer.error());
  return answer;
}

// Nobody can stage or activate, or put the value into a place, but a person.
base::Result<bool> is_for_person(const Inventory& inventory, const Looking& looking) {
  const auto& consumers = inventory.consumers;
  const bool is_any_by_hand = std::any_of(consumers.begin(), consumers.end(),
                                          [](const Consumer& c) { return c.is_by_hand; });
  if (is_any_by_hand) return true;
  return ask_issuer(inventory, looking, [](IssuerReader& issuer) -> base::Result<bool> {
    return issuer.cards("", false).has_value();
  });
}

// Only a window or a freeze asks how long a run takes.
base::Result<Reach> reach_of(const Inventory& inventory, const Looking& looking) {
  if (!inventory.window && inventory.freezes.empty()) return Reach{};
  REKEY_TRY(const Descriptor descriptor,
            ask_issuer(inventory, looking, [](IssuerReader& issuer) { return issuer.describe(); }));
  const Duration to_first_move = descriptor.settle + inventory.proof.span;
  const Duration to_activation = to_first_move + worst_case_of_moving(inventory);
  const auto& consumers = inventory.consumers;
  const bool is_any_restarted =
      std::any_of(consumers.begin(), consumers.end(),
                  [](const Consumer& c) { return c.reload.is_restart_by_engine(); });
  return Reach{to_activation, is_any_restarted ? to_first_move : to_activation};
}

// Its consumers are cut off already: there is nobody left for a freeze to spare.
bool is_nothing_accepted(const Inventory& inventory, const Looking& looking) {
  FactReader reader(looking.parts.drivers, WithUsage::kNo, &looking.away);
  const auto facts = reader.read(inventory);
  return facts && facts->secrets &&
         std::none_of(facts->secrets->begin(), facts->secrets->end(),
                      [](const IssuedSecret& secret) { return is_accepted(secret.state); });
}

bool has_ended(const Inventory& inventory, Instant now) {
  return inventory.expires_at && *inventory.expires_at <= now;
}

std::optional<Start> held_from_begin(const Inventory& inventory, Duration reach, Instant now) {
  if (has_ended(inventory, now)) return std::nullopt;
  for (const Instant at : {now, now + reach}) {
    const Freeze* freeze = find_freeze(inventory.freezes, at);
    if (freeze == nullptr) continue;
    return start_later(
        fmt::format("nothing is begun before the end of the freeze {}", to_text(*freeze)),
        std::max(freeze->to - reach, at == now ? freeze->to : now));
  }
  return std::nullopt;
}

// Whoever is there may begin outside of the window: the run waits for it where it has to.
Start may_begin_beside_person(const Inventory& inventory, Instant now) {
  return held_from_begin(inventory, Duration{0}, now).value_or(start_now());
}

base::Result<Start> start_of_new(const Inventory& inventory, const Looking& looking) {
  const Instant now = looking.parts.clock.now();
  Start start;
  if (looking.who == Attendance::kSomebody) {
    start = may_begin_beside_person(inventory, now);
  } else {
    REKEY_TRY(const Reach reach, reach_of(inventory, looking));
    start = may_begin(inventory, reach, now);
  }
  const bool is_doubted = has_ended(inventory, now) || !start.is_now;
  if (!is_doubted || !is_nothing_accepted(inventory, looking)) return start;
  return Start{true, {}, {}, false, true};
}

base::Result<Start> start_of_open(const OpenRun& open, const Inventory& inventory,
                                  const Looking& looking) {
  REKEY_TRY(const bool is_held, is_worked_on(looking.parts.files, inventory));
  if (is_held) return start_later("another process works on it");
  // A start takes in what the inventory says now.
  const Instant now = looking.parts.clock.now();
  const RunState state = with_changes(open.state, reconcile(open.state, inventory), now);
  Start start = may_go_on(state, now, looking.who);
  start.is_urgent = start.is_now && is_anybody_refused(state);
  return start;
}

base::Result<Start> start_of(const DueOne& one, const Looking& looking) {
  const Inventory& inventory = one.inventory;
  if (inventory.consumers.empty()) {
    return start_later("it has no consumers yet: write down under consumers who uses its secret");
  }
  if (looking.who == Attendance::kNobody) {
    REKEY_TRY(const bool is_by_hand, is_for_person(inventory, looking));
    if (is_by_hand) {
      return start_later("a person has a part in it: start `rekey rotate` at a terminal");
    }
  }
  REKEY_TRY(const auto open, peek_open_run(looking.parts.files, inventory.state_folder,
                                           inventory.client_id, inventory.slot));
  return open ? start_of_open(*open, inventory, looking) : start_of_new(inventory, looking);
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

}  // namespace

Start may_begin(const Inventory& inventory, const Reach& reach, Instant now) {
  if (auto held = held_from_begin(inventory, reach.to_activation, now)) return *std::move(held);
  if (!inventory.window) return start_now();
  const Instant reached_at = now + reach.to_window;
  const Instant opens_at = next_opening(*inventory.window, reached_at);
  const bool is_reached = opens_at - reached_at <= kLongestWindowWait;
  // Whoever has moved by then is not cut off by the end of the old one.
  const bool is_too_late = inventory.expires_at && *inventory.expires_at <= opens_at;
  if (is_reached || is_too_late) return start_now();
  return start_later(
      fmt::format("it is begun in time for the window {}, and takes up to {}",
                  to_text(*inventory.window), base::format_duration(reach.to_window)),
      opens_at - reach.to_window);
}

Start may_go_on(const RunState& state, Instant now, Attendance who) {
  if (!state.parked) return start_now();
  if (!state.parked->by.empty()) {
    return stuck(fmt::format("parked by {}: {}", state.parked->by, state.parked->reason));
  }
  if (state.is_stop_overtaken) return start_now();
  if (!state.parked->is_waiting) {
    auto again = after_outage(state, now);
    return again ? *std::move(again) : stuck(state.parked->reason);
  }
  if (state.is_old_ended) return start_now();  // nothing holds it: somebody may be cut off
  if (state.phase != Phase::kRollingBack) {
    if (auto held = start_where(held_by_freeze(state, now)); !held.is_now) return held;
  }
  if (state.failure) {
    const bool is_helped = who == Attendance::kSomebody || is_done_by_hand(state);
    return is_helped ? start_now() : start_later(state.parked->reason);
  }
  if (state.phase == Phase::kObserving) {
    if (auto held = held_by_issuer(state, now)) return *std::move(held);
  }
  if (state.phase == Phase::kObserving && state.plan.is_by_hand) {
    const auto missing = consumers_without_evidence(state, now, Asked::kWhoIsOnTheMove);
    if (missing.empty()) return start_now();
    return start_later(
        fmt::format("the word of whoever answers for {} is missing: `rekey run attest {} --reason "
                    "TEXT`",
                    fmt::join(missing, ", "), missing.front()));
  }
  // Its gate is passed anew, and then it stops again where this holds it.
  if (state.phase == Phase::kGate && !state.is_activated) {
    return start_where(held_before_activation(state, now));
  }
  return start_where(next(apply(state, {now, RunResumed{}}), now));
}

Sorted sort_out(std::vector<DueOne> due, EngineParts& parts, Attendance who, AwayIssuers* away) {
  AwayIssuers own;
  const Looking looking{parts, who, away == nullptr ? own : *away};
  Sorted sorted;
  for (DueOne& one : due) {
    const auto start = start_of(one, looking);
    if (start && start->is_now) {
      one.is_urgent = start->is_urgent;
      sorted.now.push_back(std::move(one));
    } else {
      sorted.later.push_back(left_out(one, start));
    }
  }
  std::stable_partition(sorted.now.begin(), sorted.now.end(),
                        [](const DueOne& one) { return one.is_urgent; });
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

base::Result<bool> is_as_listed(const DueOne& one, platform::Files& files) {
  const Inventory& inventory = one.inventory;
  REKEY_TRY(const auto open,
            peek_open_run(files, inventory.state_folder, inventory.client_id, inventory.slot));
  if (open.has_value() != one.is_open) return false;
  if (open) return true;
  REKEY_TRY(const auto last,
            peek_last_rotation(files, inventory.state_folder, inventory.client_id, inventory.slot));
  return !last || last->closed_at <= one.listed_at;
}

std::optional<LeftOut> why_left_out(const DueOne& one, EngineParts& parts, Attendance who) {
  const auto is_known = is_as_listed(one, parts.files);
  if (!is_known) return LeftOut{is_known.error().detail};
  if (!*is_known) {
    const auto open = peek_open_run(parts.files, one.inventory.state_folder,
                                    one.inventory.client_id, one.inventory.slot);
    if (open && *open) return LeftOut{"somebody else has begun its rotation meanwhile"};
    return LeftOut{"somebody else has finished its rotation meanwhile", true};
  }
  AwayIssuers away;
  const auto start = start_of(one, {parts, who, away});
  if (!start) return LeftOut{start.error().detail, false, true};
  if (start->is_now) return std::nullopt;
  return LeftOut{start->why};
}

}  // namespace rekey::rotation

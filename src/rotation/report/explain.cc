#include "rotation/report/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "rotation/engine/by_hand.h"
#include "rotation/engine/waiting.h"
#include "rotation/machine/action_text.h"
#include "rotation/machine/roll_back.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using base::format_instant;
using base::Instant;

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

template <typename Wanted>
std::vector<std::string> consumers_that(const RunState& state, Wanted is_wanted) {
  std::vector<std::string> names;
  for (const RunConsumer& consumer : state.consumers) {
    if (is_wanted(consumer)) names.push_back(consumer.facts.name);
  }
  return names;
}

bool has_moved(const RunConsumer& consumer) {
  return consumer.step == ConsumerStep::kReloaded;
}

bool is_on_its_way_back(const RunConsumer& consumer) {
  return consumer.step == ConsumerStep::kRollingBack || consumer.step == ConsumerStep::kRestored ||
         consumer.step == ConsumerStep::kRestoreProven;
}

// ---- where it stands ----------------------------------------------------------------------------

// "wave canary (1 of 2): ", or nothing where there are no waves.
std::string wave_at_work(const RunState& state) {
  if (state.plan.rules.waves.size() < 2) return {};
  const int wave = open_wave(state);
  return fmt::format("wave {} ({} of {}): ", name_of_wave(state, wave), wave + 1,
                     state.plan.rules.waves.size());
}

std::string how_far(const RunState& state) {
  const auto moved = consumers_that(state, has_moved);
  std::string text = fmt::format("{}{} of {} consumers have it", wave_at_work(state), moved.size(),
                                 state.consumers.size());
  std::vector<std::string> between;
  for (const RunConsumer& consumer : state.consumers) {
    if (is_in_a_persons_hands(consumer)) {
      between.push_back(consumer.facts.name + " waits for a person's hand");
    } else if (consumer.step != ConsumerStep::kPending && !has_moved(consumer)) {
      between.push_back(fmt::format("{}: {}", consumer.facts.name, say_step(consumer.step)));
    }
  }
  return between.empty() ? text : fmt::format("{}; {}", text, fmt::join(between, "; "));
}

std::string where_it_rolls_back(const RunState& state) {
  const auto left = consumers_that(state, is_on_its_way_back);
  const std::string why =
      state.abandon ? fmt::format("{} gave it up ({})", state.abandon->by, state.abandon->reason)
                    : std::string("its staged secret is gone");
  if (left.empty()) return fmt::format("it goes back, because {}: every sink is restored", why);
  return fmt::format("it goes back, because {}: the sinks of {} are not restored and proven yet",
                     why, joined(left));
}

std::string where_it_stages(const RunState& state) {
  if (state.is_old_gone && state.is_end_doubtful) {
    return "no secret that it knows was accepted when it asked last, and none is staged before a "
           "person has looked";
  }
  if (state.is_old_gone) {
    return "no secret that it knows is accepted any more: a new one is the way out";
  }
  if (state.lost_secret_id) {
    return fmt::format("{} was staged and its value lost: it is replaced, and never activated",
                       *state.lost_secret_id);
  }
  if (state.asked_since) {
    return fmt::format("a new secret is asked for since {}; no consumer was touched",
                       format_instant(*state.asked_since));
  }
  return "it is planned; nothing is staged, and no consumer was touched";
}

// Only where the run has said that it cannot be read.
std::string say_unread(const RunState& state) {
  return fmt::format("usage could not be read since {} ({}), so nobody knows who uses which secret",
                     format_instant(state.usage_unread->since), state.usage_unread->why);
}

std::string where_it_observes(const RunState& state) {
  const std::string who = is_everybody_reloaded(state)
                              ? std::string("every consumer has the new secret")
                              : how_far(state) + ", and the next wave waits for the evidence";
  if (state.usage_unread) return fmt::format("{}; {}", who, say_unread(state));
  return who + (state.plan.is_by_hand
                    ? "; this issuer tells nobody who uses which"
                    : "; the usage is watched until none of them is left on the old one");
}

std::string where_it_ends(const RunState& state) {
  if (state.is_abandoned) {
    const auto left = places_left(state);
    return fmt::format("it is over: given up by {} ({}), every sink as it was{}",
                       state.abandon ? state.abandon->by : "somebody",
                       state.abandon ? state.abandon->reason : "no reason is known",
                       left.empty() ? std::string()
                                    : fmt::format(" but for {}, with a refused value of somebody "
                                                  "else's",
                                                  joined(left)));
  }
  return fmt::format("it is over: {} is in use by every consumer{}, and the old value was refused",
                     state.secret_id, but_for_waived(state));
}

std::string where_it_stands(const RunState& state) {
  if (state.active_end && state.is_activated) {
    return fmt::format(
        "{}, the secret that it has activated, is not accepted any more: {}. Whoever holds it is "
        "cut off; {}",
        state.secret_id, *state.active_end, how_far(state));
  }
  switch (state.phase) {
    case Phase::kPlanned:
    case Phase::kApproved:
    case Phase::kStaging:
      return where_it_stages(state);
    case Phase::kStaged:
      return fmt::format("{} is staged and settles until {}; no consumer has it", state.secret_id,
                         format_instant(state.usable_from));
    case Phase::kSettled:
      return fmt::format(
          "{} is staged and works: {} of {} token requests with it were accepted; no "
          "consumer has it",
          state.secret_id, state.proofs, state.plan.proof.requests);
    case Phase::kPropagating:
      return fmt::format("{} is brought to the consumers: {}", state.secret_id, how_far(state));
    case Phase::kObserving:
      return where_it_observes(state);
    case Phase::kGate:
      return fmt::format("every consumer has moved, and it is proven (as of {})",
                         format_instant(state.gate_passed_at.value_or(state.staged_at)));
    case Phase::kActivating:
      return fmt::format("{} is being activated{}: whether that took place is looked at first",
                         state.secret_id,
                         state.plan.is_by_hand ? " at the issuer, by a person or its command" : "");
    case Phase::kActivated:
      return fmt::format("{} is active; {}", state.secret_id, how_far(state));
    case Phase::kRetiring:
      return fmt::format(
          "{} is active, and every consumer has moved; the old secret is being "
          "ended, or its end proven",
          state.secret_id);
    case Phase::kRetired:
      return "the old secret has ended, and every value of it was refused";
    case Phase::kRollingBack:
      return where_it_rolls_back(state);
    case Phase::kClosed:
      return where_it_ends(state);
    case Phase::kParked:
      break;
  }
  return {};
}

// ---- what comes ---------------------------------------------------------------------------------

// As it would be if somebody went on with it now.
RunState gone_on(const RunState& state, Instant now) {
  if (!state.parked && !state.failure) return state;
  return apply(state, {now, RunResumed{}});
}

std::string what_comes(const RunState& state, Instant now) {
  if (state.active_end && !state.abandon) {
    return fmt::format("it looks whether {} is accepted again; as long as it is not, it stops",
                       state.secret_id);
  }
  const RunState then = gone_on(state, now);
  const Action action = next(then, now);
  const auto* park = std::get_if<Park>(&action);
  const bool is_same = park != nullptr && state.parked && is_same_wait(*state.parked, park->why);
  const std::string first =
      is_same ? "it stops again at once, as long as that is missing" : say_action(then, action);
  const std::string left = what_is_left(then);
  return first.empty() ? left : first + ". " + left;
}

// ---- what it waits for --------------------------------------------------------------------------

// While the consumers of a wave are watched.
std::string say_hold(const RunState& state) {
  const auto until = held_until(state);
  if (!until) return {};
  return fmt::format("wave {} is watched until {} at least", name_of_wave(state, open_wave(state)),
                     format_instant(*until));
}

// What is done at the issuer or at a form, where an engine waits for that.
std::string say_hand(const RunState& state) {
  if (const RunConsumer* consumer = find_hand_task(state)) {
    return fmt::format("a person, who puts the value into the form of {} (`rekey run card`)",
                       consumer->facts.name);
  }
  if (!state.plan.is_by_hand || !state.open_intent) return {};
  if (state.open_intent->effect == Effect::kStage) {
    return "a new secret, which a person (`rekey run card`) or the issuer's command generates";
  }
  if (state.open_intent->effect != Effect::kActivate) return {};
  return fmt::format(
      "the activation of {} at the issuer, by a person (`rekey run card`) or its "
      "command",
      state.secret_id);
}

std::optional<WaitUntil> wait_in(const Action& action) {
  if (const auto* wait = std::get_if<WaitUntil>(&action)) return *wait;
  const auto* watch = std::get_if<WatchOld>(&action);
  return watch == nullptr ? std::nullopt : std::optional(WaitUntil{watch->until, watch->what});
}

std::string what_an_engine_waits_for(const RunState& state, const Action& action) {
  if (const auto wait = wait_in(action)) {
    return fmt::format("{}, until {}; an engine works on it", wait->what,
                       format_instant(wait->until));
  }
  if (const std::string hand = say_hand(state); !hand.empty()) {
    return hand + "; an engine looks for it";
  }
  const bool is_watching =
      std::holds_alternative<Observe>(action) || std::holds_alternative<ObserveUnused>(action);
  if (is_watching && state.usage_unread) {
    return say_unread(state) + "; an engine asks again and again";
  }
  if (std::holds_alternative<Observe>(action)) {
    const std::string hold = say_hold(state);
    return fmt::format("evidence of every consumer{}{}; an engine watches the usage",
                       hold.empty() ? "" : ", and ", hold);
  }
  return "nothing: an engine works on it now";
}

// The command that gives it stands with what brings the run on.
std::string say_approval(const RunState& state) {
  const RunPlanned& plan = state.plan;
  return fmt::format("the approval of {} beside {} for {}: {} of {} {} there",
                     plan.rules.approvals == 1 ? "a second person" : "others",
                     plan.requested_by.empty() ? "who began it" : plan.requested_by,
                     state.is_activated ? "the end of the old secret" : "the activation",
                     count_approvals(state), plan.rules.approvals,
                     plan.rules.approvals == 1 ? "is" : "are");
}

std::string what_it_waits_for(const RunState& state, const Surroundings& around) {
  const bool is_own_stop = state.parked && state.parked->is_waiting && state.parked->by.empty();
  if (is_own_stop && !state.is_stop_overtaken && is_approval_awaited(state)) {
    return say_approval(state);
  }
  if (state.parked) return missing_now(state, around.now);
  const Action action = next(state, around.now);
  if (around.is_worked_on) return what_an_engine_waits_for(state, action);
  const std::string stopped =
      "somebody to go on with it: nobody works on it now, and nothing stopped it (a key, a "
      "signal, a power cut)";
  const std::string beside = wait_in(action) ? say_action(state, action) : say_hold(state);
  return beside.empty() ? stopped : stopped + "; beside that, " + beside;
}

std::string what_giving_up_does(const RunState& state, Instant now) {
  if (state.abandon && (!state.is_activated || may_undo_activation(state, now))) {
    return fmt::format("it is being given up already, by {}; `rekey run resume` finishes that",
                       state.abandon->by);
  }
  if (const std::string refusal = refuse_to_abandon(state, now); !refusal.empty()) return refusal;
  const auto touched = consumers_that(state, [](const RunConsumer& c) { return c.touched > 0; });
  std::string text = "`rekey run abort --reason TEXT` ";
  const bool is_active_dead = state.is_activated && state.active_end;
  if (is_active_dead && state.is_old_ended) {
    return text + "closes the run as it stands: no secret that it knows is accepted";
  }
  if (is_active_dead) {
    text += "(while the old secret works) ";
  } else if (state.is_activated) {
    text += fmt::format("(until {}) undoes the activation, ", format_instant(*state.old_ends_at));
  }
  if (touched.empty()) {
    text += "touches no consumer";
  } else {
    text += fmt::format(
        "puts back what {} held (unless somebody else wrote there), proves it and "
        "reloads",
        joined(touched));
  }
  const bool is_unclear = state.phase == Phase::kActivating;
  if (is_unclear) return text + "; but first it is looked whether the activation took place";
  if (state.plan.is_by_hand) {
    const bool is_any = !state.secret_id.empty() || state.asked_since;
    return is_any ? text + "; what was generated at the issuer cannot be discarded from here"
                  : text;
  }
  if (state.secret_id.empty() || is_active_dead) return text + ", and closes the run";
  return fmt::format("{}, ends {} once nobody uses it, and closes the run", text, state.secret_id);
}

}  // namespace

std::string how_to_go_on(const RunState& state, Instant now) {
  if (state.parked && !state.parked->by.empty()) {
    return fmt::format("when what {} stopped it for is over: `rekey run resume`", state.parked->by);
  }
  if (state.is_stop_overtaken) return "start `rekey rotate`, and it goes on where it stands now";
  if (state.active_end && !state.abandon) {
    return fmt::format(
        "`rekey run abort --reason TEXT` leads out; or have {} accepted again at the "
        "issuer, then start `rekey rotate`",
        state.secret_id);
  }
  if (state.parked && !state.parked->is_waiting) {
    return state.said_since_stop.empty()
               ? "mend what is named, then start `rekey rotate`, and it goes on"
               : "start `rekey rotate`, and it looks anew who uses which secret";
  }
  const Task task = next_task(state, now);
  switch (task.kind) {
    case TaskKind::kGenerate:
      return "generate a new secret at the issuer (`rekey run card`), and start `rekey rotate`";
    case TaskKind::kFillIn:
      return fmt::format("put the value into the form of {} (`rekey run card`)",
                         task.consumers.front());
    case TaskKind::kAttest:
      return fmt::format(
          "who answers for {} says that the new secret is used: `rekey run attest "
          "{} --reason TEXT`",
          joined(task.consumers), task.consumers.front());
    case TaskKind::kRestart:
      return fmt::format("{}: `rekey run attest {} --reason TEXT`", task.why,
                         task.consumers.front());
    case TaskKind::kApprove:
      return fmt::format("{}: {}", task.why, how_to_approve(state));
    case TaskKind::kActivate:
      return fmt::format("{}: start `rekey rotate`, and it {}", task.why,
                         state.plan.is_by_hand ? "asks for the activation" : "activates");
    case TaskKind::kWait:
      return task.why + ": start `rekey rotate` then";
    case TaskKind::kNone:
      break;
  }
  // A freeze, or a window for the end of the old one: it would stop again for that.
  const Action action = next(gone_on(state, now), now);
  const auto* park = std::get_if<Park>(&action);
  if (park != nullptr && park->why.is_waiting) return park->why.reason;
  return state.plan.is_by_hand ? task.why : "start `rekey rotate`, and it goes on where it stood";
}

std::string describe_old_secret(const RunState& state, const Surroundings& around) {
  if (state.plan.outgoing.empty()) return "there was none that worked when the run began";
  if (state.is_old_ended) {
    const auto refused = std::count_if(state.old_values.begin(), state.old_values.end(),
                                       [](const OldValue& old) { return old.is_refused; });
    const bool is_early = state.early_cut && !state.early_cut->how.empty();
    return fmt::format(
        "it has ended{}; {} of {} values of it were seen refused",
        is_early ? fmt::format(" before every consumer had moved ({})", state.early_cut->how)
                 : std::string(),
        refused, state.old_values.size());
  }
  const bool is_in_overlap = state.is_activated || state.active_end;
  if (is_in_overlap && state.old_ends_at) {
    if (*state.old_ends_at == base::kFarFuture) return "it works until somebody ends it";
    return fmt::format("{} {}", around.now < *state.old_ends_at ? "it works until" : "it ended at",
                       format_instant(*state.old_ends_at));
  }
  if (state.is_old_gone && state.is_end_doubtful) {
    return "it was refused when it was asked last, as was all that this run knows: whether it has "
           "ended, nobody can tell from here";
  }
  if (state.is_old_gone) return "it is refused: no value that consumers held before is accepted";
  if (!state.ended_old.empty()) {
    return fmt::format("{} of {} old ones have ended ({}); the rest works until this run ends it",
                       state.ended_old.size(), state.plan.outgoing.size(),
                       state.ended_old.back().how);
  }
  const bool has_issuer_told = state.plan.outgoing_ends_at.has_value();
  const auto ends_at = has_issuer_told ? state.plan.outgoing_ends_at : around.old_expires_at;
  if (!ends_at) {
    return "it works: this run has not ended it; when it ends the inventory does not say";
  }
  if (*ends_at <= around.now) {
    return fmt::format("by the {} it ended at {}", has_issuer_told ? "plan" : "inventory",
                       format_instant(*ends_at));
  }
  return fmt::format("it works until {}{}", format_instant(*ends_at),
                     state.phase == Phase::kClosed ? "" : ", or until this run ends it");
}

Explanation explain(const RunState& state, const Surroundings& around) {
  Explanation text;
  text.stands = where_it_stands(state);
  text.old_secret = describe_old_secret(state, around);
  text.workflows = fmt::format("{}", fmt::join(workflows_that_guard_nothing(state), ". "));
  if (state.phase == Phase::kClosed) return text;
  text.waits_for = what_it_waits_for(state, around);
  if (!around.is_worked_on) text.unblocks = how_to_go_on(state, around.now);
  text.next = what_comes(state, around.now);
  text.giving_up = what_giving_up_does(state, around.now);
  return text;
}

}  // namespace rekey::rotation

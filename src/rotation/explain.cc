#include "rotation/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/overloaded.h"
#include "rotation/roll_back.h"
#include "rotation/waiting.h"

namespace rekey::rotation {
namespace {

using base::format_instant;
using base::Instant;
using base::Overloaded;

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
  if (state.plan.waves.size() < 2) return {};
  const int wave = open_wave(state);
  return fmt::format("wave {} ({} of {}): ", name_of_wave(state, wave), wave + 1,
                     state.plan.waves.size());
}

std::string how_far(const RunState& state) {
  const auto moved = consumers_that(state, has_moved);
  std::string text = fmt::format("{}{} of {} consumers have it and use it", wave_at_work(state),
                                 moved.size(), state.consumers.size());
  std::vector<std::string> between;
  for (const RunConsumer& consumer : state.consumers) {
    if (is_in_a_persons_hands(consumer)) {
      between.push_back(consumer.facts.name + " waits for a person's hand");
    } else if (consumer.step != ConsumerStep::kPending && !has_moved(consumer)) {
      between.push_back(fmt::format("{} is at {}", consumer.facts.name, name_of(consumer.step)));
    }
  }
  return between.empty() ? text : text + "; " + joined(between);
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

std::string where_it_observes(const RunState& state) {
  const std::string who = is_everybody_reloaded(state)
                              ? std::string("every consumer has the new secret")
                              : how_far(state) + ", and the next wave waits for the evidence";
  return who + (state.plan.is_by_hand
                    ? "; this issuer tells nobody who uses which"
                    : "; the usage is watched until none of them is left on the old one");
}

std::string where_it_ends(const RunState& state) {
  if (state.is_abandoned) {
    return fmt::format("it is over: given up by {} ({}), every sink as it was",
                       state.abandon ? state.abandon->by : "somebody",
                       state.abandon ? state.abandon->reason : "no reason is known");
  }
  return fmt::format("it is over: {} is in use by every consumer{}, and the old value was refused",
                     state.secret_id, but_for_waived(state));
}

std::string where_it_stands(const RunState& state) {
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
      return fmt::format("{} is being activated: whether that took place is looked at first",
                         state.secret_id);
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

// "", " (sink 2)", …
std::string which(int sink) {
  return sink == 0 ? std::string() : fmt::format(" (sink {})", sink + 1);
}

std::string say_look(const IntentRecorded& intent) {
  return fmt::format("it looks whether what it had begun ({} {}) took place",
                     name_of(intent.effect), intent.subject);
}

std::string say_action(const RunState& state, const Action& action) {
  return std::visit(
      Overloaded{
          [](const WaitUntil& a) {
            return fmt::format("it waits until {} for {}", format_instant(a.until), a.what);
          },
          [&](const Stage&) -> std::string {
            return state.plan.is_by_hand ? "a person is asked to generate a new secret"
                                         : "a new secret is staged at the issuer";
          },
          [](const CheckSettled&) -> std::string {
            return "it is seen whether the new secret has settled";
          },
          [](const ProveStaged&) -> std::string { return "a token request tries the new secret"; },
          [](const WriteSink& a) {
            return fmt::format("the new secret is written for {}{}", a.consumer, which(a.sink));
          },
          [](const ReadBackSink& a) {
            return fmt::format("what {} holds is read back", a.consumer);
          },
          [](const ProveConsumer& a) {
            return fmt::format("a token request tries what {} holds", a.consumer);
          },
          [](const ReloadConsumer& a) { return fmt::format("{} is reloaded", a.consumer); },
          [](const Observe&) -> std::string { return "it looks who uses which secret"; },
          [](const ReopenGate&) -> std::string {
            return "it looks anew who uses which secret, since the evidence is no longer fresh";
          },
          [&](const Activate&) -> std::string {
            return state.plan.activation_ends_old
                       ? "the new secret is activated, which ends the old one: no way back after it"
                   : state.plan.can_undo_activation
                       ? "the new secret is activated; the old one works on for its overlap, and "
                         "while it does the activation can be undone"
                       : "the new secret is activated; the old one works on for its overlap";
          },
          [](const Revoke& a) {
            return fmt::format("{}, the old secret, is ended: no way back after it", a.secret_id);
          },
          [](const NoteLapsed&) -> std::string {
            return "it writes down that the overlap is over";
          },
          [](const ProveDead&) -> std::string {
            return "a token request with the old value has to be refused";
          },
          [](const Look& a) { return say_look(a.intent); },
          [](const Park& a) { return "it stops again at once: " + a.why.reason; },
          [](const Close&) -> std::string { return "it is closed, and its sealed values erased"; },
          [](const RestoreSink& a) {
            return fmt::format("{} gets back what it held, unless somebody else wrote there",
                               a.consumer);
          },
          [](const ProveRestored& a) {
            return fmt::format("a token request tries what {} holds again", a.consumer);
          },
          [](const ObserveUnused&) -> std::string {
            return "it looks whether anybody still uses the staged secret";
          },
          [](const EndStaged& a) {
            return fmt::format("the staged secret {} is ended", a.secret_id);
          },
          [](const UndoActivation&) -> std::string {
            return "the activation is undone: the old secret is active again, the new one staged";
          },
          [](const CloseAbandoned&) -> std::string {
            return "every sink is seen as it was, and the run is closed as given up";
          },
          [](const auto&) -> std::string { return {}; }},
      action);
}

// The stages that are left after the one under way, in the order of this run.
std::string what_is_left(const RunState& state) {
  if (state.abandon && state.is_activated) {
    return "Then every sink gets back what it held, the new secret ends once nobody uses it, and "
           "the run is closed";
  }
  if (state.phase == Phase::kRollingBack) {
    return state.abandon ? "Then the staged secret ends once nobody uses it, and the run is closed"
                         : "Then a new secret is staged in place of the one that is gone";
  }
  std::vector<std::string> left;
  const bool is_staged = !state.secret_id.empty();
  const bool is_moved = is_everybody_reloaded(state);
  const std::string activation =
      state.plan.activation_ends_old ? "the activation (it ends the old secret)" : "the activation";
  if (!is_staged || !is_proven(state)) left.emplace_back("the proof of the new secret");
  const bool is_first = state.plan.order == Order::kActivateFirst;
  if (is_first && !state.is_activated) left.push_back(activation);
  if (!is_moved) {
    left.emplace_back(state.plan.waves.size() > 1 ? "the consumers, wave by wave"
                                                  : "the consumers, one after the other");
  }
  if (state.phase < Phase::kGate && !state.is_old_ended) {
    left.emplace_back("evidence that nobody is left on the old secret");
  }
  if (!is_first && !state.is_activated) left.push_back(activation);
  if (!state.plan.activation_ends_old && !state.is_old_ended) {
    left.emplace_back("the end of the old secret");
  }
  if (state.phase != Phase::kRetired) left.emplace_back("the proof that it is refused");
  left.emplace_back("the close of the run");
  return fmt::format("Still to come: {}", fmt::join(left, "; "));
}

std::string what_comes(const RunState& state, Instant now) {
  const RunState then = gone_on(state, now);
  const std::string first = say_action(then, next(then, now));
  const std::string left = what_is_left(then);
  return first.empty() ? left : first + ". " + left;
}

// ---- what it waits for --------------------------------------------------------------------------

std::string what_it_waits_for(const RunState& state, const Surroundings& around) {
  if (state.parked) return missing_now(state, around.now);
  const Action action = next(state, around.now);
  const auto* wait = std::get_if<WaitUntil>(&action);
  if (!around.is_worked_on) {
    const std::string stopped =
        "somebody to go on with it: nobody works on it now, and nothing stopped it (a key, a "
        "signal, a power cut)";
    return wait == nullptr ? stopped : stopped + "; beside that, " + say_action(state, action);
  }
  if (wait != nullptr) {
    return fmt::format("{}, until {}; an engine works on it", wait->what,
                       format_instant(wait->until));
  }
  if (std::holds_alternative<Observe>(action)) {
    return "evidence of every consumer; an engine watches the usage";
  }
  return "nothing: an engine works on it now";
}

std::string what_giving_up_does(const RunState& state, Instant now) {
  if (state.abandon && (!state.is_activated || may_undo_activation(state, now))) {
    return fmt::format("it is being given up already, by {}; `rekey run resume` finishes that",
                       state.abandon->by);
  }
  if (const std::string refusal = refuse_to_abandon(state, now); !refusal.empty()) return refusal;
  const auto touched = consumers_that(state, [](const RunConsumer& c) { return c.touched > 0; });
  std::string text = "`rekey run abort --reason TEXT` ";
  if (state.is_activated) {
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
  if (state.secret_id.empty()) return text + ", and closes the run";
  return fmt::format("{}, ends {} once nobody uses it, and closes the run", text, state.secret_id);
}

}  // namespace

std::string how_to_go_on(const RunState& state, Instant now) {
  if (state.parked && !state.parked->by.empty()) {
    return fmt::format("when what {} stopped it for is over: `rekey run resume`", state.parked->by);
  }
  if (state.parked && !state.parked->is_waiting) {
    return "mend what is named, then start `rekey rotate`, and it goes on";
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
      return task.why + ": `rekey run approve --reason TEXT`, by somebody else";
    case TaskKind::kActivate:
      return fmt::format("{}: start `rekey rotate`, and it {}", task.why,
                         state.plan.is_by_hand ? "asks for the activation" : "activates");
    case TaskKind::kWait:
      return task.why + ": start `rekey rotate` then";
    case TaskKind::kNone:
      break;
  }
  return state.plan.is_by_hand ? task.why : "start `rekey rotate`, and it goes on where it stood";
}

std::string describe_old_secret(const RunState& state, const Surroundings& around) {
  if (state.plan.outgoing.empty()) return "there was none that worked when the run began";
  if (state.is_activated && state.is_old_ended) {
    const auto refused = std::count_if(state.old_values.begin(), state.old_values.end(),
                                       [](const OldValue& old) { return old.is_refused; });
    return fmt::format("it has ended; {} of {} values of it were seen refused", refused,
                       state.old_values.size());
  }
  if (state.is_activated && state.old_ends_at) {
    if (*state.old_ends_at == base::kFarFuture) return "it works until somebody ends it";
    return fmt::format("{} {}", around.now < *state.old_ends_at ? "it works until" : "it ended at",
                       format_instant(*state.old_ends_at));
  }
  if (state.is_old_gone) return "it is refused: no value that consumers held before is accepted";
  if (!around.old_expires_at) {
    return "it works: this run has not ended it, and nobody has told when it ends";
  }
  if (*around.old_expires_at <= around.now) {
    return fmt::format("by the inventory it ended at {}", format_instant(*around.old_expires_at));
  }
  return fmt::format("it works until {}{}", format_instant(*around.old_expires_at),
                     state.phase == Phase::kClosed ? "" : ", or until this run ends it");
}

Explanation explain(const RunState& state, const Surroundings& around) {
  Explanation text;
  text.stands = where_it_stands(state);
  text.old_secret = describe_old_secret(state, around);
  if (state.phase == Phase::kClosed) return text;
  text.waits_for = what_it_waits_for(state, around);
  if (!around.is_worked_on) text.unblocks = how_to_go_on(state, around.now);
  text.next = what_comes(state, around.now);
  text.giving_up = what_giving_up_does(state, around.now);
  return text;
}

}  // namespace rekey::rotation

#include "rotation/engine/task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rotation/engine/by_hand.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using base::Instant;

Task go_on(const RunState& state, std::string_view what) {
  return {TaskKind::kNone,
          {},
          fmt::format("{} is at {}: {}. Press nothing at the issuer; start `rekey rotate`, and it "
                      "goes on",
                      state.plan.run_id, name_of(state.phase), what)};
}

// What the machine would do now before it asks for a new secret is what a person is told.
Task task_before_staging(const RunState& state, Instant now) {
  RunState going = apply(state, {now, RunResumed{}});
  going.open_intent.reset();  // it was asked for before, and would be again
  const Action action = next(going, now);
  if (std::holds_alternative<Stage>(action)) {
    return {TaskKind::kGenerate, {}, "a new secret has to be generated"};
  }
  if (const Freeze* freeze = find_freeze(state.plan.rules.freezes, now);
      freeze != nullptr && is_old_alive(state)) {
    return {TaskKind::kWait,
            {},
            fmt::format("a new secret has to be generated, and the freeze {} holds that until {}",
                        to_text(*freeze), base::format_instant(freeze->to))};
  }
  if (const auto* watch = std::get_if<WatchOld>(&action)) {
    return {TaskKind::kWait,
            {},
            fmt::format("a new secret has to be generated, and {} is over at {}", watch->what,
                        base::format_instant(watch->until))};
  }
  if (const auto* wait = std::get_if<WaitUntil>(&action)) {
    return {TaskKind::kWait,
            {},
            fmt::format("a new secret has to be generated, and {} is over at {}", wait->what,
                        base::format_instant(wait->until))};
  }
  const auto* park = std::get_if<Park>(&action);
  return go_on(state, park == nullptr ? "the workflows are run first" : park->why.reason);
}

Task task_before_activation(const RunState& state, Instant now) {
  if (state.is_old_ended) return go_on(state, "the old secret has ended, and everybody has moved");
  const int approvals = count_approvals(state);
  if (approvals < state.plan.rules.approvals) {
    return {TaskKind::kApprove,
            {},
            fmt::format("everything is proven; {} of {} approvals are there", approvals,
                        state.plan.rules.approvals)};
  }
  if (const Freeze* freeze = find_freeze(state.plan.rules.freezes, now);
      freeze != nullptr && is_old_alive(state)) {
    return {TaskKind::kWait,
            {},
            fmt::format("everything is proven; the freeze {} ends at {}", to_text(*freeze),
                        base::format_instant(freeze->to))};
  }
  if (state.plan.rules.window && !is_open(*state.plan.rules.window, now)) {
    return {TaskKind::kWait,
            {},
            fmt::format("everything is proven; the window ({}) opens at {}",
                        to_text(*state.plan.rules.window),
                        base::format_instant(next_opening(*state.plan.rules.window, now)))};
  }
  return {TaskKind::kActivate, {}, "everything is proven, approved, and the window is open"};
}

Task task_while_observing(const RunState& state, Instant now) {
  if (!state.plan.is_by_hand) return go_on(state, "usage is watched");
  const auto missing = consumers_without_evidence(state, now, Asked::kWhoIsOnTheMove);
  if (missing.empty() && !is_everybody_reloaded(state)) return go_on(state, "the next wave is due");
  if (missing.empty()) return task_before_activation(state, now);
  return {TaskKind::kAttest, missing,
          fmt::format("both secrets work, and nobody but who answers for {} can tell that the new "
                      "one is used",
                      fmt::join(missing, ", "))};
}

std::string names_of(const std::vector<std::string>& consumers) {
  return fmt::format("{}", fmt::join(consumers, ", "));
}

Card attestation_card(const Task& task, std::string_view package_name) {
  Card card;
  card.title = fmt::format("See {} at work with the new secret", names_of(task.consumers));
  card.why = fmt::format(
      "The new client secret of {} stands in every place, and the old one still works: nothing is "
      "urgent but the end of the old one. Nobody but who answers for these can tell that they use "
      "the new one.",
      package_name);
  for (const std::string& consumer : task.consumers) {
    card.steps.push_back(fmt::format(
        "Look at something that {} did after it got the new secret: data that arrived, a line of "
        "its log. Then say so: `rekey run attest {} --reason TEXT`.",
        consumer, consumer));
  }
  card.steps.emplace_back("Start `rekey rotate` again.");
  card.stops = {
      "somebody is about to generate a secret at the issuer. DO NOT PRESS GENERATE: that can "
      "replace the secret that the consumers hold",
      "somebody is about to activate the new secret: that ends the old one for whoever still uses "
      "it",
      "all that you have is a green light: a token from before goes on working until it expires, "
      "and tells nothing",
  };
  card.way_back = "`rekey rotate --abandon --reason TEXT` puts the old value back everywhere.";
  return card;
}

// A condition, in the words of whoever stages and activates there.
std::string at_the_issuer(const RunState& state) {
  return state.plan.is_by_hand
             ? "somebody is about to generate or activate a secret at the issuer now: either can "
               "cut consumers off"
             : "somebody is about to stage, activate or revoke a secret of it by hand: the run "
               "does "
               "that itself";
}

Card restart_card(const Task& task, const RunState& state, std::string_view package_name) {
  Card card;
  card.title = fmt::format("Restart {}", names_of(task.consumers));
  card.why = fmt::format(
      "It reads the client secret of {} only at its start, and its place holds another one now. "
      "Nothing here can restart it.",
      package_name);
  card.steps = {"Restart it, and see it at work.",
                fmt::format("Say so: `rekey run attest {} --reason TEXT`.", task.consumers.front()),
                "Start `rekey rotate` again."};
  card.stops = {at_the_issuer(state)};
  card.way_back = "`rekey rotate --abandon --reason TEXT` puts the old value back everywhere.";
  return card;
}

std::vector<std::string> approval_stops(const RunState& state) {
  std::vector<std::string> stops;
  for (const std::string& one : workflows_that_guard_nothing(state)) {
    stops.push_back(fmt::format("you do not know why: {}", one));
  }
  stops.push_back(fmt::format("`rekey plan` shows another plan than {}", digest_of(state)));
  stops.push_back(at_the_issuer(state));
  return stops;
}

Card approval_card(const Task& task, const RunState& state, std::string_view package_name) {
  Card card;
  card.title =
      fmt::format("Approve the {} secret of {}",
                  state.is_activated ? "end of the old" : "activation of the new", package_name);
  card.why = fmt::format(
      "{} The {}{} needs the word of somebody other than {} ({}).",
      moves_before_activation(state) ? "Every consumer has moved, and it is proven."
      : state.is_activated           ? "Every consumer has moved, and both secrets work."
                                     : "The new secret is proven, and no consumer has it yet.",
      state.is_activated ? "end of the old one" : "activation",
      state.plan.activation_ends_old ? ", which ends the old secret," : "",
      state.plan.requested_by.empty() ? "who began the run" : state.plan.requested_by, task.why);
  card.steps = {
      "Look at what was found: `rekey run show`.",
      fmt::format("Look at the plan: `rekey plan` has to show it as {}.", digest_of(state)),
      fmt::format("Say yes: {}.", how_to_approve(state)), "Start `rekey rotate` again."};
  card.stops = approval_stops(state);
  card.way_back = fmt::format("until {}: `rekey rotate --abandon --reason TEXT`.",
                              state.is_activated ? "it has ended" : "the activation");
  return card;
}

Card plain_card(const Task& task, const RunState& state, std::string_view package_name) {
  Card card;
  card.title = fmt::format("Nothing to do at the issuer for {} now", package_name);
  card.why = task.why + ".";
  card.steps.emplace_back(task.kind == TaskKind::kWait ? "Start `rekey rotate` again then."
                                                       : "Start `rekey rotate` again.");
  card.stops = {at_the_issuer(state)};
  return card;
}

}  // namespace

Task next_task(const RunState& state, Instant now) {
  if (state.active_end && !state.abandon) {
    return {TaskKind::kNone, {}, describe_active_end(state)};
  }
  if (find_hand_task(state) != nullptr) {
    return {TaskKind::kFillIn,
            {find_hand_task(state)->facts.name},
            "a person has to put a value into a form"};
  }
  for (const RunConsumer& consumer : state.consumers) {
    if (!is_to_be_restarted(consumer)) continue;
    return {TaskKind::kRestart,
            {consumer.facts.name},
            fmt::format("{} reads its secret only at its start: restart it, then say so",
                        consumer.facts.name)};
  }
  if (state.abandon && state.is_activated) return go_on(state, "it is given up");
  if (is_before_end(state) && is_approval_awaited(state)) {
    return {TaskKind::kApprove,
            {},
            fmt::format("every consumer has moved; {} of {} approvals are there",
                        count_approvals(state), state.plan.rules.approvals)};
  }
  if (state.is_activated) return go_on(state, "the new secret is active already");
  if (is_before_activation(state)) return task_before_activation(state, now);
  switch (state.phase) {
    case Phase::kPlanned:
    case Phase::kApproved:
    case Phase::kStaging:
      if (state.abandon) return go_on(state, "it is given up");
      return state.plan.is_by_hand ? task_before_staging(state, now)
                                   : go_on(state, "the issuer is asked over its API");
    case Phase::kStaged:
    case Phase::kSettled:
    case Phase::kPropagating:
      return go_on(state, "the new secret is staged, and consumers may hold it");
    case Phase::kObserving:
      return task_while_observing(state, now);
    case Phase::kRollingBack:
      return go_on(state, "the sinks get back what they held");
    case Phase::kGate:
    case Phase::kActivating:
    case Phase::kActivated:
    case Phase::kRetiring:
    case Phase::kRetired:
    case Phase::kClosed:
    case Phase::kParked:
      break;
  }
  return go_on(state, "nobody is waited for");
}

std::string waits_for(const RunState& state, Instant now) {
  if (!state.parked) return {};
  if (!state.parked->by.empty()) return "resume";
  if (state.is_stop_overtaken) return "to go on";
  if (!state.parked->is_waiting) {
    return state.said_since_stop.empty() ? "a person to mend it" : "a start";
  }
  const Task task = next_task(state, now);
  if (!task.consumers.empty()) return task.consumers.front();
  if (is_before_end(state) && is_approval_awaited(state)) return "approval";
  if (issuer_waits_until(state, now)) return "the issuer";
  const bool is_frozen = find_freeze(state.plan.rules.freezes, now) != nullptr &&
                         is_old_alive(state) && !state.is_activated;
  const bool is_moving = state.phase == Phase::kPropagating ||
                         (state.phase == Phase::kSettled && moves_before_activation(state));
  if (is_moving && !is_frozen) {
    const Action action = next(apply(state, {now, RunResumed{}}), now);
    const auto* park = std::get_if<Park>(&action);
    if (park != nullptr && park->until) return "its window";
  }
  const bool is_before_activation = state.phase == Phase::kGate ||
                                    state.phase == Phase::kActivating ||
                                    state.phase == Phase::kSettled;
  if (!is_before_activation) {
    if (is_frozen && state.phase != Phase::kObserving) return "a freeze";
    return state.phase <= Phase::kStaging ? "a new secret" : "a person";
  }
  if (count_approvals(state) < state.plan.rules.approvals) return "approval";
  if (is_frozen) return "a freeze";
  const bool is_closed = state.plan.rules.window && !is_open(*state.plan.rules.window, now);
  return is_closed ? "its window" : "activation";
}

Card card_of(const Task& task, const RunState& state, std::string_view package_name) {
  if (task.kind == TaskKind::kAttest) return attestation_card(task, package_name);
  if (task.kind == TaskKind::kRestart) return restart_card(task, state, package_name);
  if (task.kind == TaskKind::kApprove) return approval_card(task, state, package_name);
  return plain_card(task, state, package_name);
}

}  // namespace rekey::rotation

// What the world holds against the engine where people have a hand in it: their words, the forms
// that they fill in, the workflows that they declared; and what each verdict of the gate rests on.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotation/engine/workflow_runner.h"
#include "simulation/world.h"

namespace rekey::simulation {
namespace {

using rotation::Phase;
using rotation::VerdictKind;

// The number of "c3".
std::size_t number_of(const std::string& consumer) {
  return static_cast<std::size_t>(value_of_text(std::string_view(consumer).substr(1)));
}

}  // namespace

// ---- words --------------------------------------------------------------------------------------

void World::forget_words() {
  for (TrueConsumer& one : consumers) {
    one.has_word = false;
    one.is_waived = false;
  }
}

// That a form is filled in tells of no restart.
void World::forget_word_of_form(const std::string& consumer) {
  TrueConsumer& one = consumers[number_of(consumer)];
  if (one.is_form && one.is_restarted_by_hand) one.has_word = false;
}

// A word holds until its consumer is written again, or until everything is to be put back.
void World::note_words(const rotation::EventBody& body) {
  const bool is_going_back = state.phase == Phase::kRollingBack;
  if (const auto* intent = std::get_if<rotation::IntentRecorded>(&body)) {
    if (intent->effect != rotation::Effect::kWrite) return;
    TrueConsumer& one = consumers[number_of(intent->subject)];
    // What a form holds is what was said of it, as long as the same belongs there.
    const bool is_said = one.is_form && state.consumers[number_of(intent->subject)].touched > 0;
    if (!is_said) one.has_word = false;
    one.is_waived = false;
    if (one.is_form) judge_form(*intent);
  } else if (const auto* word = std::get_if<rotation::ConsumerAttested>(&body)) {
    consumers[number_of(word->consumer)].has_word = true;
  } else if (const auto* written = std::get_if<rotation::SinkWritten>(&body)) {
    forget_word_of_form(written->consumer);
  } else if (const auto* restored = std::get_if<rotation::SinkRestored>(&body)) {
    forget_word_of_form(restored->consumer);
  } else if (const auto* waived = std::get_if<rotation::ConsumerWaived>(&body)) {
    TrueConsumer& one = consumers[number_of(waived->consumer)];
    one.is_waived = true;
    one.was_waived = true;
    approvals = 0;  // they were given without it
  } else if (const auto* gone = std::get_if<rotation::StagedSecretGone>(&body)) {
    if (!is_going_back || gone->is_old_gone) forget_words();
  } else if (std::holds_alternative<rotation::AbandonRequested>(body)) {
    if (!is_going_back && !state.is_activated) forget_words();
  } else if (std::holds_alternative<rotation::ActivationUndone>(body)) {
    forget_words();
  } else if (std::holds_alternative<rotation::ActiveSecretEnded>(body)) {
    if (state.abandon) forget_words();
  }
}

// Invariants 2 and 5: what a person is asked to carry is as good as what the engine writes.
void World::judge_form(const rotation::IntentRecorded& intent) {
  if (!state.is_activated) approvals = 0;
  last_write_call = calls;
  judge_proof("given to a person");
  const int wave = state.consumers[number_of(intent.subject)].facts.wave;
  if (wave > state.waves_passed && is_calm) {
    break_rule(2, "a form is to be filled in before the wave ahead of it has held");
  }
}

// ---- verdicts -----------------------------------------------------------------------------------

// Its processes that have used the new secret since its reload; since it was staged, where nobody
// but a person had anything to do.
int World::count_seen(int consumer) const noexcept {
  const rotation::RunConsumer& known = state.consumers[static_cast<std::size_t>(consumer)];
  const bool is_any_time = known.facts.is_by_hand && !known.facts.reload.is_by_engine();
  const int incoming = new_value();
  return static_cast<int>(std::count_if(usage.begin(), usage.end(), [&](const UsageCell& cell) {
    const Instance& one = instances[static_cast<std::size_t>(cell.instance)];
    if (one.consumer != consumer || cell.secret != incoming) return false;
    return is_any_time || (known.reloaded_at && cell.last >= *known.reloaded_at);
  }));
}

// Empty where the verdict is true.
std::string World::why_not(const rotation::Verdict& verdict, int consumer) const {
  const TrueConsumer& one = consumers[static_cast<std::size_t>(consumer)];
  const rotation::RunConsumer& known = state.consumers[static_cast<std::size_t>(consumer)];
  const bool is_on_old = std::any_of(usage.begin(), usage.end(), [&](const UsageCell& cell) {
    const Instance& user = instances[static_cast<std::size_t>(cell.instance)];
    return user.consumer == consumer && is_outgoing(cell.secret) &&
           time - cell.last < rotation::interval_of(known);
  });
  switch (verdict.kind) {
    case VerdictKind::kSeenOnNew:
      if (is_on_old) return "one of its processes uses the old secret";
      return count_seen(consumer) < known.facts.instances
                 ? "not each of its processes was, since its reload"
                 : "";
    case VerdictKind::kQuiet:
      return is_on_old ? "it has used the old secret within its interval" : "";
    case VerdictKind::kRestarted: {
      const bool is_since = std::all_of(places.begin(), places.end(), [&](const TruePlace& place) {
        return place.consumer != consumer || place.written_at_call < one.restarted_at_call;
      });
      return is_since ? "" : "it was not, since it was written";
    }
    case VerdictKind::kAttested:
      return one.has_word ? "" : "nobody has given a word since it was written";
    case VerdictKind::kWaived:
      return one.is_waived ? "" : "nobody has answered for it since it was written";
    case VerdictKind::kNotYet:
    case VerdictKind::kSilent:
      break;
  }
  return "that lets nobody pass";
}

// Invariant 2: seen, quiet, restarted, attested or waived, and in truth.
void World::judge_verdicts(const std::vector<rotation::Verdict>& verdicts) {
  for (const rotation::Verdict& verdict : verdicts) {
    const std::string why = why_not(verdict, static_cast<int>(number_of(verdict.consumer)));
    if (why.empty()) continue;
    break_rule(2, fmt::format("{} passes as {}: {}", verdict.consumer,
                              rotation::name_of(verdict.kind), why));
  }
}

// ---- workflows ----------------------------------------------------------------------------------

TrueWorkflow& World::workflow_of(const std::string& name) {
  return *std::find_if(workflows.begin(), workflows.end(),
                       [&](const TrueWorkflow& one) { return one.name == name; });
}

// Invariant 3.
void World::judge_workflow_call(const std::string& name) {
  const auto& open = state.open_intent;
  if (!open || open->effect != rotation::Effect::kRunWorkflow || open->subject != name) {
    break_rule(3, "a workflow is run before the intent was durable");
  }
}

bool World::is_broken_now(const TrueWorkflow& workflow) const noexcept {
  return workflow.is_broken && (!workflow.mends_at || time < *workflow.mends_at);
}

rotation::WorkflowResult World::run_workflow(const std::string& name, int value) {
  judge_workflow_call(name);
  TrueWorkflow& workflow = workflow_of(name);
  if (workflow.is_unswept) {
    break_rule(3, "a workflow is run on what it left behind when it was cut off");
  }
  const bool is_refused = !is_accepted(value);
  if (!is_refused) {
    workflow.is_unswept = true;
    place(Place::kBeforeEvent);
    workflow.is_unswept = false;
  }
  const bool fails_always = is_broken_now(workflow);
  const bool is_broken =
      fails_always || (workflow.broken_from > 0 && value >= workflow.broken_from);
  const bool is_good = !is_refused && !is_broken;
  const bool is_hiccup = !is_refused && std::exchange(workflow.fails_once, false);
  if (value == new_value()) {
    workflow.fails_with_new_alone = is_broken && !fails_always && is_any_old_accepted();
  }
  if (is_hiccup) {
    if (value != new_value()) {
      workflow.is_tried_on_old = true;
      workflow.fails_with_new_alone = false;  // nobody can know that
    }
    return {rotation::WorkflowOutcome::kFailed, "sync", "status 500", ""};
  }
  if (value != new_value()) {
    workflow.is_tried_on_old = true;
    workflow.was_broken_before = !is_good;
  } else if (is_good) {
    workflow.worked_with = value;
    workflow.worked_at_call = calls;
  }
  if (is_refused) {
    return {rotation::WorkflowOutcome::kFailed, std::string(rotation::kTokenStep),
            "the secret was refused", ""};
  }
  if (is_broken) return {rotation::WorkflowOutcome::kFailed, "sync", "status 500", ""};
  return {rotation::WorkflowOutcome::kPassed, "", "", ""};
}

rotation::WorkflowResult World::clean_up_workflow(const std::string& name, int value) {
  judge_workflow_call(name);
  workflow_of(name).is_unswept = false;
  if (is_accepted(value)) return {rotation::WorkflowOutcome::kPassed, "", "", ""};
  return {rotation::WorkflowOutcome::kFailed, std::string(rotation::kTokenStep),
          "the secret was refused", ""};
}

// Invariant 6: what is said of a secret was tried with that one.
void World::judge_workflow_ran(const rotation::WorkflowRan& ran) {
  const int value = value_of(ran.value);
  const TrueWorkflow& workflow = workflow_of(ran.workflow);
  if (ran.is_on_new != (value == new_value())) {
    break_rule(6, "a workflow is said to have run with a secret that it was not run with");
  }
  const bool has_passed = ran.outcome == rotation::WorkflowOutcome::kPassed;
  const bool is_true = ran.is_on_new ? workflow.worked_with == value : !workflow.was_broken_before;
  if (has_passed && !is_true) break_rule(6, "a workflow is said to work that does not");
}

// Invariant 5: what was broken before is known, or the rotation would be blamed for it.
void World::judge_workflows_tried() {
  if (!is_any_old_accepted()) return;
  for (const rotation::PlannedWorkflow& planned : state.plan.workflows) {
    if (!workflow_of(planned.name).is_tried_on_old) {
      break_rule(5, "a secret is staged, and a workflow was not tried with the old one");
    }
  }
}

// Invariant 5.
void World::judge_workflows_proven(const char* before) {
  for (const rotation::PlannedWorkflow& planned : state.plan.workflows) {
    const TrueWorkflow& one = workflow_of(planned.name);
    const bool is_proven = one.worked_with == new_value() && one.worked_at_call > last_write_call;
    const bool is_by_it = one.fails_with_new_alone && is_any_old_accepted();
    if (!is_proven && (!one.was_broken_before || is_by_it)) {
      break_rule(5, fmt::format("{}, and the workflow {} was not seen to work since the last write",
                                before, one.name));
    }
  }
}

}  // namespace rekey::simulation

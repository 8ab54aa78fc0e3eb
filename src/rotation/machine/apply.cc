// What an event makes of the state: the other half of the machine.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "rotation/machine/drift.h"
#include "rotation/machine/guards.h"
#include "rotation/machine/machine.h"
#include "rotation/machine/roll_back.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using base::Instant;

// The oldest ones beyond these are taken together.
constexpr std::size_t kMostOutages = 32;

int count_sinks(const RunConsumer& consumer) {
  return static_cast<int>(consumer.facts.sinks.size());
}

void succeed(RunState& state) {
  state.attempts = 0;
  state.failure.reset();
}

RunConsumer& consumer_of(RunState& state, const std::string& name) {
  const auto found = std::find_if(state.consumers.begin(), state.consumers.end(),
                                  [&](const RunConsumer& c) { return c.facts.name == name; });
  REKEY_ASSERT(found != state.consumers.end());
  return *found;
}

RunConsumer& advance(RunState& state, const std::string& consumer, ConsumerStep step) {
  RunConsumer& found = consumer_of(state, consumer);
  found.step = step;
  state.open_intent.reset();
  succeed(state);
  return found;
}

// Where the run stands before a secret is staged.
Phase first_phase(const RunState& state) {
  return state.accepted_plan.empty() ? Phase::kPlanned : Phase::kApproved;
}

void observe_from(RunState& state, Instant at) {
  state.phase = Phase::kObserving;
  state.observing_since = at;
  state.gate_passed_at.reset();
}

void on(RunState& state, const RunPlanned& event, Instant) {
  state.plan = event;
}

void join(RunState& state, const ConsumerDeclared& event) {
  RunConsumer joining;
  joining.facts = event.consumer;
  joining.rhythm = event.rhythm;
  joining.present_values = event.present_values;
  joining.present_values.resize(event.consumer.sinks.size());
  for (const base::Fingerprint& value : joining.present_values) {
    const bool is_kept = value == state.new_value ||
                         std::any_of(state.old_values.begin(), state.old_values.end(),
                                     [&](const OldValue& old) { return old.value == value; });
    if (!is_kept) state.old_values.push_back({value, false});
  }
  state.consumers.push_back(std::move(joining));
}

bool is_reloaded_otherwise(const ReloadSpec& known, ReloadSpec now) {
  now.timeout = known.timeout;
  return !(known == now);
}

// What was done for it was done as it was declared then: it is reloaded once more, and before that
// nothing of it is evidence.
void reload_anew(RunState& state, RunConsumer& consumer) {
  consumer.is_restarted = false;
  if (consumer.step != ConsumerStep::kReloaded) return;
  consumer.step = consumer.facts.is_by_hand ? ConsumerStep::kWritten : ConsumerStep::kProven;
  consumer.is_to_reload_anew = true;
  consumer.reloaded_at.reset();
  consumer.attested_by.reset();
  const bool is_ending = state.phase == Phase::kRetiring || state.phase == Phase::kRetired;
  // A workflow that was begun is looked for in any phase.
  const bool is_free = !state.open_intent || state.open_intent->effect == Effect::kRunWorkflow;
  if (is_ending && is_free) state.phase = Phase::kPropagating;
}

void on(RunState& state, const ConsumerDeclared& event, Instant at) {
  const auto known =
      std::find_if(state.consumers.begin(), state.consumers.end(),
                   [&](const RunConsumer& c) { return c.facts.name == event.consumer.name; });
  if (known != state.consumers.end()) {
    const bool is_otherwise = is_reloaded_otherwise(known->facts.reload, event.consumer.reload);
    known->facts = event.consumer;
    known->rhythm = event.rhythm;
    if (is_otherwise) reload_anew(state, *known);
  } else {
    join(state, event);
  }
  const bool is_moving = state.phase == Phase::kPropagating || state.phase == Phase::kObserving ||
                         state.phase == Phase::kGate;
  if (!is_moving) return;
  if (!is_wave_reloaded(state)) {
    state.phase = Phase::kPropagating;
    state.gate_passed_at.reset();
  } else if (known == state.consumers.end() || state.phase == Phase::kPropagating) {
    observe_from(state, at);
  }
}

void on(RunState& state, const IntentRecorded& event, Instant at) {
  state.open_intent = event;
  state.has_effect_failed = false;
  switch (event.effect) {
    case Effect::kStage:
      state.phase = Phase::kStaging;
      if (!state.asked_since) state.asked_since = at;
      state.stagings.push_back(at);
      if (static_cast<int>(state.stagings.size()) > kMostStagedADay) {
        state.stagings.erase(state.stagings.begin());
      }
      break;
    case Effect::kWrite:
      state.phase = Phase::kPropagating;
      for (RunConsumer& consumer : state.consumers) {
        if (consumer.facts.name != event.subject) continue;
        // That the form is filled in stays said where what belongs there is the same still.
        const bool is_said = consumer.facts.is_by_hand && consumer.touched > 0;
        consumer.touched = std::max(consumer.touched, event.sink + 1);
        if (!is_said) consumer.attested_by.reset();  // something changes since that word
        consumer.is_restarted = false;
        consumer.is_to_reload_anew = false;
        consumer.waiver.reset();
      }
      break;
    case Effect::kReload:
    case Effect::kRestore:
    case Effect::kGiveUp:
    case Effect::kRunWorkflow:
    case Effect::kUndoActivation:
      break;
    case Effect::kActivate:
      state.phase = Phase::kActivating;
      state.is_activation_asked = true;
      break;
    case Effect::kRevoke:
      state.phase = Phase::kRetiring;
      state.revoking_id = event.subject;
      break;
  }
}

// Who joined meanwhile is moved first.
void watch_or_move(RunState& state, Instant at) {
  if (is_wave_reloaded(state)) {
    observe_from(state, at);
  } else {
    state.phase = Phase::kPropagating;
  }
}

void drop_intent(RunState& state, Effect effect, Instant at) {
  state.open_intent.reset();
  if (state.phase == Phase::kRollingBack) return;
  switch (effect) {
    case Effect::kStage:
      state.phase = first_phase(state);
      if (!state.stagings.empty()) state.stagings.pop_back();  // none was staged
      break;
    case Effect::kWrite:
    case Effect::kReload:
    case Effect::kRestore:
    case Effect::kGiveUp:
    case Effect::kRunWorkflow:
    case Effect::kUndoActivation:
      break;
    case Effect::kActivate:
      if (!moves_before_activation(state)) {
        state.phase = Phase::kSettled;
      } else {
        watch_or_move(state, at);
      }
      break;
    case Effect::kRevoke:
      watch_or_move(state, at);
      break;
  }
}

// What somebody else did settles what was begun, but for two things that have to be looked for all
// the same: a secret that was staged and not told, and what a workflow left behind.
bool is_to_be_looked_for(const RunState& state) {
  return state.open_intent && (state.open_intent->effect == Effect::kStage ||
                               state.open_intent->effect == Effect::kRunWorkflow);
}
void drop_what_was_begun(RunState& state, Instant at) {
  if (!state.open_intent || is_to_be_looked_for(state)) return;
  drop_intent(state, state.open_intent->effect, at);
}
void forget_what_was_begun(RunState& state) {
  if (!is_to_be_looked_for(state)) state.open_intent.reset();
}

void on(RunState& state, const IntentDropped& event, Instant at) {
  drop_intent(state, event.effect, at);
}

void on(RunState& state, const SecretStaged& event, Instant at) {
  state.open_intent.reset();
  state.lost_secret_id.reset();
  state.secret_id = event.secret_id;
  state.is_activation_asked = false;
  state.new_value = event.value;
  state.usable_from = at + state.plan.settle;
  state.staged_at = at;
  state.asked_since.reset();
  state.gone.reset();
  state.expires_at = event.expires_at;
  state.phase = Phase::kStaged;
  forget_workflows_on_new(state);
  succeed(state);
}

void on(RunState& state, const StagedValueLost& event, Instant) {
  state.open_intent.reset();
  // The same one as before: nothing was staged since.
  const bool is_known = state.lost_secret_id == event.secret_id;
  if (is_known && !state.stagings.empty()) state.stagings.pop_back();
  state.lost_secret_id = event.secret_id;
  state.plan.stage_not_before = event.stage_not_before;
  if (state.phase != Phase::kRollingBack) state.phase = first_phase(state);
}

void on(RunState& state, const SecretSettled&, Instant) {
  state.phase = Phase::kSettled;
  succeed(state);
}

void on(RunState& state, const StagedValueProven&, Instant at) {
  ++state.proofs;
  state.staged_in_vain = 0;
  state.last_proof_at = at;
  succeed(state);
}

// That the form is filled in is no word of the restart behind it.
void forget_word_of_form(RunConsumer& consumer) {
  if (consumer.facts.reload.form() == ReloadForm::kPerson) consumer.attested_by.reset();
}

void on(RunState& state, const SinkWritten& event, Instant) {
  forget_word_of_form(advance(state, event.consumer, ConsumerStep::kWritten));
  forget_workflows_on_new(state);
}
void on(RunState& state, const SinkReadBack& event, Instant) {
  RunConsumer& consumer = advance(state, event.consumer, ConsumerStep::kReadBack);
  consumer.sink = event.sink + 1;
  if (consumer.sink < count_sinks(consumer)) consumer.step = ConsumerStep::kPending;
}
void on(RunState& state, const ConsumerProven& event, Instant) {
  advance(state, event.consumer, ConsumerStep::kProven);
}
void retire(RunState& state) {
  const bool is_every_one_dead = std::all_of(state.old_values.begin(), state.old_values.end(),
                                             [](const OldValue& old) { return old.is_refused; });
  state.phase = is_every_one_dead ? Phase::kRetired : Phase::kRetiring;
}

void on(RunState& state, const ConsumerReloaded& event, Instant at) {
  if (state.phase == Phase::kRollingBack) {
    state.open_intent.reset();
    succeed(state);
    finish_restoring(state, event, at);
    return;
  }
  RunConsumer& consumer = advance(state, event.consumer, ConsumerStep::kReloaded);
  consumer.is_to_reload_anew = false;
  consumer.reloaded_at = event.issuer_time;
  consumer.is_restarted = consumer.facts.reload.form() == ReloadForm::kCommand;
  if (!is_wave_reloaded(state)) return;
  // Where the old one has ended already, there is nothing left to decide, unless it was too early:
  // then the gate tells who is cut off still.
  if (state.is_activated && state.is_old_ended && !is_gate_due(state)) {
    retire(state);
  } else {
    observe_from(state, at);
  }
}

void on(RunState& state, const GatePassed&, Instant at) {
  state.phase = Phase::kGate;
  state.gate_passed_at = at;
  succeed(state);  // whoever waited for another try would let the gate grow old
}
void on(RunState& state, const GateExpired&, Instant at) {
  observe_from(state, at);
}

void note_early_cut(RunState& state, const std::string& how, Instant at) {
  state.early_cut =
      EarlyCut{at, consumers_without_evidence(state, at, Asked::kEverybody),
               std::max(state.plan.rules.approvals - count_approvals(state), 0),
               state.plan.rules.window && !is_open(*state.plan.rules.window, at), how};
}

void on(RunState& state, const SecretActivated& event, Instant at) {
  forget_what_was_begun(state);
  const bool is_let_go = state.phase == Phase::kActivating || is_gate_fresh(state, at);
  if (event.is_early) note_early_cut(state, {}, at);
  state.is_activated = true;
  state.is_staged_unused = false;
  state.failed_ends = 0;
  state.superseded_id = event.superseded_id;
  state.old_ends_at = event.old_ends_at;
  state.is_old_ended = state.is_old_ended || !event.old_ends_at;
  // Somebody else's activation, found while rolling back: from there it only goes forward.
  if (state.phase == Phase::kRollingBack) write_again(state);
  state.phase = Phase::kActivated;
  // The waves that are left move within the overlap, each when the one before it has held. Where
  // somebody else activated, nobody has asked yet whether those who were moved use the new one:
  // within the overlap they can still be found, however short it is.
  const bool is_unproven = event.old_ends_at && !is_let_go;
  const bool is_watched = !is_everybody_reloaded(state) || is_unproven;
  if (is_watched && is_wave_reloaded(state)) observe_from(state, at);
  succeed(state);
}

// Nothing was activated yet, or the gate was not passed: whoever has not moved is cut off, and is
// moved now.
void move_at_once(RunState& state) {
  const bool is_moving = state.is_activated || state.phase == Phase::kObserving ||
                         state.phase == Phase::kGate || state.phase == Phase::kPropagating;
  if (state.phase == Phase::kRollingBack) {
    turn_forward(state);
  } else if (is_moving && !is_everybody_reloaded(state)) {
    state.phase = Phase::kPropagating;
    state.gate_passed_at.reset();
  }
}

void on(RunState& state, const OldSecretEnded& event, Instant at) {
  if (event.is_early) note_early_cut(state, event.how, at);
  state.is_old_ended = true;
  state.failed_ends = 0;
  drop_what_was_begun(state, at);
  const bool is_over = state.is_activated && !is_gate_due(state) && is_everybody_reloaded(state);
  if (is_over) {
    retire(state);
  } else {
    move_at_once(state);
  }
  succeed(state);
}

void on(RunState& state, const OneOldSecretEnded& event, Instant at) {
  state.ended_old.push_back({event.secret_id, at, event.how, event.consumers});
  for (const std::string& name : event.consumers) consumer_of(state, name).is_present_dead = true;
  drop_what_was_begun(state, at);
  const bool is_moving = state.phase == Phase::kObserving || state.phase == Phase::kGate;
  if (is_moving && !is_wave_reloaded(state)) {
    state.phase = Phase::kPropagating;
    state.gate_passed_at.reset();
  }
  succeed(state);
}

void on(RunState& state, const OldValueRefused& event, Instant) {
  bool is_every_one = true;
  for (OldValue& old : state.old_values) {
    if (old.value == event.value) old.is_refused = true;
    is_every_one = is_every_one && old.is_refused;
  }
  state.phase = holds(Guard::kEveryOldRefused, is_every_one) ? Phase::kRetired : Phase::kRetiring;
  succeed(state);
}

void on(RunState& state, const StepFailed& event, Instant) {
  ++state.attempts;
  state.failure = Failure{event.step, event.code, event.detail, event.retry_at};
  // What fails after it is a look for what became of it.
  if (!state.open_intent || std::exchange(state.has_effect_failed, true)) return;
  const Effect effect = state.open_intent->effect;
  if (effect == Effect::kActivate || effect == Effect::kRevoke) ++state.failed_ends;
  const bool is_unclear = effect == Effect::kRunWorkflow && event.code == base::Code::kTimeout;
  if (is_unclear && touches_something(state, state.open_intent->subject)) ++state.unclear_runs;
}

void on(RunState& state, const RunParked& event, Instant) {
  state.parked = event;
  state.said_since_stop.clear();
  state.is_stop_overtaken = false;
  if (!event.is_abandon_refused) return;
  state.abandon.reset();
  state.active_end.reset();
  state.open_intent.reset();
}

void on(RunState& state, const RunResumed& event, Instant at) {
  if (event.is_taken_up) return;
  state.said_since_stop.clear();
  if (state.parked && state.parked->is_lapse) state.is_lapse_known = true;
  if (state.parked) {  // whoever starts it again has looked
    state.is_end_doubtful = false;
    state.staged_in_vain = 0;
  }
  state.parked.reset();
  state.is_stop_overtaken = false;
  succeed(state);
  state.failed_ends = 0;
  state.unclear_runs = 0;
  // Meanwhile somebody may have activated: the gate is passed anew, by a look at the issuer.
  state.gate_passed_at.reset();
  forget_stale_workflows(state, at);
  if (!state.abandon) state.active_end.reset();  // it may be accepted again
  if (state.is_activated && !state.plan.can_undo_activation && !state.active_end) {
    state.abandon.reset();
  }
  // What was written and never read back is written again; where it stands, nothing happens.
  for (RunConsumer& consumer : state.consumers) {
    const bool is_unsure = consumer.step == ConsumerStep::kWritten && !consumer.facts.is_by_hand;
    if (is_unsure) consumer.step = ConsumerStep::kPending;
    // Nor is it known that what was put back came out as it went in.
    if (consumer.step != ConsumerStep::kRestored || consumer.facts.is_by_hand) continue;
    consumer.step = ConsumerStep::kRollingBack;
    consumer.sink = 0;
  }
  state.drifts.clear();
  if (state.phase == Phase::kObserving || state.phase == Phase::kRollingBack) {
    state.observing_since = at;
  }
}

void on(RunState& state, const RunClosed&, Instant) {
  state.phase = Phase::kClosed;
}

void on(RunState& state, const StagedSecretGone& event, Instant at) {
  forget_what_was_begun(state);
  succeed(state);
  lose_staged(state, event, at);
  forget_workflows_on_new(state);
}
void on(RunState& state, const StagedSecretBack& event, Instant at) {
  REKEY_ASSERT(state.gone && state.gone->secret_id == event.secret_id);
  take_back_staged(state);
  if (state.abandon) begin_roll_back(state, at);  // it goes on living, and nobody is moved to it
  succeed(state);
}
// Once the new secret is active, the activation is undone before anything is put back.
void on(RunState& state, const AbandonRequested& event, Instant at) {
  state.abandon = event;
  if (state.is_activated) {
    drop_begun_move(state);
  } else {
    begin_roll_back(state, at);
  }
}
void on(RunState& state, const ActivationUndone&, Instant at) {
  state.open_intent.reset();
  state.is_activated = false;
  state.superseded_id.clear();
  state.old_ends_at.reset();
  state.early_cut.reset();
  begin_roll_back(state, at);
  succeed(state);
}
void on(RunState& state, const ActiveSecretEnded& event, Instant at) {
  forget_what_was_begun(state);
  state.active_end = event.how;
  if (state.abandon) leave_active(state, event, at);
  succeed(state);
}
void on(RunState& state, const IssuerMoved& event, Instant) {
  if (state.plan.rules.drivers) state.plan.rules.drivers->issuer = event.issuer;
  state.gate_passed_at.reset();  // what is there is looked at anew
}
void on(RunState& state, const SinkDrifted& event, Instant) {
  state.open_intent.reset();
  note_drift(state, event);
  forget_workflows_on_new(state);
  succeed(state);
}
void on(RunState& state, const SinkRestored& event, Instant) {
  if (note_drift_restored(state, event)) {
    state.open_intent.reset();
    succeed(state);
    return;
  }
  RunConsumer& consumer = advance(state, event.consumer, ConsumerStep::kRestored);
  forget_word_of_form(consumer);
  std::erase(consumer.left, event.sink);
  if (event.is_left) consumer.left.push_back(event.sink);
  consumer.sink = event.sink + 1;
  if (consumer.sink < consumer.touched) consumer.step = ConsumerStep::kRollingBack;
}
void on(RunState& state, const UsageUnread& event, Instant) {
  state.usage_unread = event;
}
void on(RunState& state, const UsageReadAgain& event, Instant) {
  state.usage_unread.reset();
  auto& outages = state.outages;
  outages.push_back({event.as_of, event.unread});
  if (outages.size() <= kMostOutages) return;
  outages[1].length += outages[0].length;
  outages.erase(outages.begin());
}
void on(RunState& state, const RestoredProven& event, Instant) {
  advance(state, event.consumer, ConsumerStep::kRestoreProven);
}
void on(RunState& state, const StagedSecretUnused&, Instant) {
  state.is_staged_unused = true;
  succeed(state);
}
void on(RunState& state, const StagedSecretEnded&, Instant) {
  state.open_intent.reset();
  state.secret_id.clear();
  state.lost_secret_id.reset();
  succeed(state);
}
void on(RunState& state, const ConsumerAttested& event, Instant) {
  consumer_of(state, event.consumer).attested_by = event.by;
  if (state.parked) {
    state.said_since_stop.push_back(
        fmt::format("{} is answered for by {}", event.consumer, event.by));
  }
}
void on(RunState& state, const ConsumerWaived& event, Instant) {
  consumer_of(state, event.consumer).waiver = ConsumerWaiver{event.by, event.reason};
  if (state.parked) {
    state.said_since_stop.push_back(fmt::format("{} is waived by {}", event.consumer, event.by));
  }
  // They were given without it.
  if (!holds(Guard::kApprovalsVoid, state.approved.empty())) state.approved.clear();
}
void on(RunState& state, const RunApproved& event, Instant) {
  state.approved.push_back(event);
}
// The digest is another one now: what was approved before does not count. The gate is passed anew,
// with the waivers as they are.
void on(RunState& state, const RulesDeclared& event, Instant) {
  state.plan.rules = event.rules;
  state.gate_passed_at.reset();
}
void on(RunState& state, const PlanAccepted& event, Instant) {
  state.accepted_plan = event.plan_digest;
  if (state.phase == Phase::kPlanned) state.phase = Phase::kApproved;
}
void on(RunState& state, const WavePassed& event, Instant at) {
  state.waves_passed = event.wave + 1;
  state.observing_since.reset();
  watch_or_move(state, at);  // all of the next one may have moved, where consumers changed waves
  succeed(state);
}
// The gate is passed anew, with them.
void on(RunState& state, const WorkflowsDeclared& event, Instant) {
  state.plan.workflows = event.workflows;
  state.gate_passed_at.reset();
}
void on(RunState& state, const WorkflowRan& event, Instant at) {
  state.open_intent.reset();
  state.unclear_runs = 0;
  note_workflow(state, event, at);
  succeed(state);
}
void on(RunState&, const ValueHandedOut&, Instant) {}
void on(RunState& state, const RunAbandoned&, Instant) {
  state.is_abandoned = true;
  state.phase = Phase::kClosed;
}

}  // namespace

RunState apply(RunState state, const RunEvent& event) {
  std::visit([&](const auto& body) { on(state, body, event.at); }, event.body);
  if (state.parked && is_overtaking(event.body)) state.is_stop_overtaken = true;
  return state;
}

RunState fold(const std::vector<RunEvent>& events) {
  RunState state;
  for (const RunEvent& event : events) state = apply(std::move(state), event);
  return state;
}

}  // namespace rekey::rotation

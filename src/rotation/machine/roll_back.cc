#include "rotation/machine/roll_back.h"
#include "rotation/machine/guards.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rekey::rotation {
namespace {

using base::Instant;

bool is_to_restore(const RunConsumer& consumer) {
  return consumer.step == ConsumerStep::kRollingBack || consumer.step == ConsumerStep::kRestored ||
         consumer.step == ConsumerStep::kRestoreProven;
}

bool is_everybody_restored(const RunState& state) {
  return std::none_of(state.consumers.begin(), state.consumers.end(), is_to_restore);
}

void begin_anew(RunState& state) {
  state.phase = state.accepted_plan.empty() ? Phase::kPlanned : Phase::kApproved;
  state.secret_id.clear();
  state.is_staged_gone = false;
  state.proofs = 0;
  state.last_proof_at.reset();
  state.observing_since.reset();
  state.approved.clear();
  state.waves_passed = 0;
  for (RunConsumer& consumer : state.consumers) {
    consumer.touched = 0;
    consumer.sink = 0;
    consumer.reloaded_at.reset();
    consumer.attested_by.reset();
    consumer.waiver.reset();
  }
}

// How many of its sinks hold the new value for sure.
int count_written(const RunConsumer& consumer) {
  if (consumer.step == ConsumerStep::kPending) return consumer.sink;
  if (consumer.step == ConsumerStep::kWritten) return consumer.sink + 1;
  return static_cast<int>(consumer.facts.sinks.size());
}

// Nothing that works can be put back: the next secret replaces what the sinks hold now.
void keep_what_is_written(RunState& state) {
  for (RunConsumer& consumer : state.consumers) {
    const auto written = count_written(consumer);
    if (written > 0) {
      state.gone->held_before[consumer.facts.name] = consumer.present_values;
      std::fill_n(consumer.present_values.begin(), written, state.new_value);
    }
    consumer.step = ConsumerStep::kPending;
  }
}

// The staged secret of a run that was given up, sinks restored.
Action next_for_given_up(const RunState& state, Instant now) {
  if (state.lost_secret_id) return EndStaged{*state.lost_secret_id};
  // A person may restart the run's consumers, but nobody can discard what is staged by hand.
  if (state.secret_id.empty() || state.is_staged_gone || state.plan.is_by_hand) {
    return CloseAbandoned{};
  }
  const bool is_unused = !is_any_touched(state) || state.is_staged_unused;
  if (holds(Guard::kUnusedBeforeEnd, is_unused)) return EndStaged{state.secret_id};
  if (now - state.observing_since.value_or(now) > patience_of(state) + kUsagePatience) {
    return Park{usage_unread()};
  }
  return ObserveUnused{};
}

}  // namespace

bool is_any_touched(const RunState& state) noexcept {
  return std::any_of(state.consumers.begin(), state.consumers.end(),
                     [](const RunConsumer& c) { return c.touched > 0; });
}

void drop_begun_move(RunState& state) noexcept {
  if (state.open_intent && (state.open_intent->effect == Effect::kWrite ||
                            state.open_intent->effect == Effect::kReload)) {
    state.open_intent.reset();
  }
}

void begin_roll_back(RunState& state, Instant at) {
  drop_begun_move(state);
  state.drifts.clear();
  if (state.phase == Phase::kRollingBack) return;
  for (RunConsumer& consumer : state.consumers) {
    if (consumer.touched > 0) consumer.step = ConsumerStep::kRollingBack;
    consumer.sink = 0;
    consumer.reloaded_at.reset();
    consumer.attested_by.reset();
    consumer.waiver.reset();
    consumer.is_to_reload_anew = false;
    consumer.left.clear();
  }
  state.phase = Phase::kRollingBack;
  state.is_staged_unused = false;
  state.gate_passed_at.reset();
  state.observing_since = at;
}

void take_back_staged(RunState& state) {
  const GoneSecret gone = *std::exchange(state.gone, std::nullopt);
  state.secret_id = gone.secret_id;
  state.new_value = gone.value;
  state.usable_from = gone.usable_from;
  state.staged_at = gone.staged_at;
  state.expires_at = gone.expires_at;
  for (RunConsumer& consumer : state.consumers) {
    const auto before = gone.held_before.find(consumer.facts.name);
    if (before == gone.held_before.end()) continue;
    consumer.present_values = before->second;
    consumer.touched = static_cast<int>(consumer.facts.sinks.size());
  }
  state.plan.stage_not_before.reset();
  state.open_intent.reset();
  state.lost_secret_id.reset();
  state.asked_since.reset();
  state.is_old_gone = false;
  state.is_end_doubtful = false;
  state.phase = Phase::kStaged;
}

void lose_staged(RunState& state, const StagedSecretGone& event, Instant at) {
  state.gone =
      GoneSecret{state.secret_id,  state.new_value,  {}, state.usable_from, state.staged_at,
                 state.expires_at, state.proofs == 0};
  if (state.proofs == 0) ++state.staged_in_vain;
  state.is_end_doubtful = event.may_live;
  state.earlier_values.push_back(state.new_value);
  state.asked_since.reset();
  state.drifts.clear();
  if (event.is_old_gone && !state.abandon) {
    state.plan.stage_not_before = event.stage_not_before;
    state.is_old_gone = true;
    keep_what_is_written(state);
    begin_anew(state);
    return;
  }
  begin_roll_back(state, at);
  state.is_staged_gone = true;
  state.plan.stage_not_before = event.stage_not_before;
  if (!state.abandon && is_everybody_restored(state)) begin_anew(state);
}

void finish_restoring(RunState& state, const ConsumerReloaded& event, Instant at) {
  for (RunConsumer& consumer : state.consumers) {
    if (consumer.facts.name != event.consumer) continue;
    consumer.step = ConsumerStep::kPending;
    consumer.sink = 0;
    consumer.reloaded_at = event.issuer_time;
  }
  if (!is_everybody_restored(state)) return;
  state.observing_since = at;
  if (!state.abandon) begin_anew(state);
}

void write_again(RunState& state) noexcept {
  for (RunConsumer& consumer : state.consumers) {
    consumer.step = ConsumerStep::kPending;
    consumer.sink = 0;
    consumer.reloaded_at.reset();
    consumer.attested_by.reset();
    consumer.waiver.reset();
    consumer.is_to_reload_anew = false;
    consumer.left.clear();  // somebody has to put there what belongs there
  }
}

RunParked usage_unread() {
  return {
      "usage could not be read in all the time allowed for observing; see that the issuer "
      "answers, then start the run again",
      false};
}

void leave_active(RunState& state, const ActiveSecretEnded& event, Instant at) {
  state.is_activated = false;
  state.is_staged_gone = true;  // there is nothing to end any more
  state.superseded_id.clear();
  state.early_cut.reset();
  begin_roll_back(state, at);
  if (!event.is_old_gone) return;
  state.is_old_ended = true;
  turn_forward(state);
}

void turn_forward(RunState& state) noexcept {
  write_again(state);
  if (!state.secret_id.empty() && !state.is_staged_gone) {
    state.phase = Phase::kStaged;  // it may not have settled, or not be proven
  } else if (!state.abandon) {
    begin_anew(state);
  } else {
    for (RunConsumer& consumer : state.consumers) consumer.touched = 0;
  }
}

Action next_in_roll_back(const RunState& state, Instant now) {
  for (const RunConsumer& consumer : state.consumers) {
    const std::string& name = consumer.facts.name;
    if (consumer.step == ConsumerStep::kRollingBack) return RestoreSink{name, consumer.sink};
    const bool is_provable = !consumer.facts.is_by_hand && !is_left_alone(consumer);
    if (consumer.step == ConsumerStep::kRestored && is_provable) return ProveRestored{name};
    if (consumer.step == ConsumerStep::kRestored) return ReloadConsumer{name};
    if (consumer.step == ConsumerStep::kRestoreProven) return ReloadConsumer{name};
  }
  return next_for_given_up(state, now);
}

bool may_undo_activation(const RunState& state, Instant now) noexcept {
  const auto& outgoing = state.plan.outgoing;
  return state.plan.can_undo_activation && state.is_activated && !state.is_old_ended &&
         state.old_ends_at && now < *state.old_ends_at &&
         std::find(outgoing.begin(), outgoing.end(), state.superseded_id) != outgoing.end();
}

std::string refuse_to_abandon(const RunState& state, Instant now) {
  const bool is_cut = state.is_old_ended && !state.secret_id.empty();
  const bool has_way_back =
      state.is_activated ? state.active_end || may_undo_activation(state, now) : !is_cut;
  if (holds(Guard::kNoWayBack, has_way_back)) return {};
  if (!state.is_activated) {
    return say_abandon_refused(
        state, fmt::format("the old secret has ended, {} is accepted, and whoever got the old one "
                           "back would be cut off",
                           state.secret_id));
  }
  const bool is_over = state.is_old_ended || !state.old_ends_at || now >= *state.old_ends_at;
  const std::string old = is_over ? std::string("has ended")
                                  : fmt::format("ends at {}, and this activation cannot be undone",
                                                base::format_instant(*state.old_ends_at));
  return say_abandon_refused(
      state, fmt::format("{} is active already, and the old secret {}; there is no way back from "
                         "there",
                         state.secret_id, old));
}

std::string say_abandon_refused(const RunState& state, const std::string& why) {
  return fmt::format(
      "{} cannot be given up: {}. `rekey run resume`, or `rekey rotate` without --abandon, takes "
      "it "
      "forward to its end",
      state.plan.run_id, why);
}

const IssuedSecret* find_foreign(const RunState& state, const std::vector<IssuedSecret>& secrets) {
  const auto& outgoing = state.plan.outgoing;
  const auto found = std::find_if(secrets.begin(), secrets.end(), [&](const IssuedSecret& secret) {
    return secret.state != SecretState::kEnded && secret.label != state.plan.run_id &&
           std::find(outgoing.begin(), outgoing.end(), secret.id) == outgoing.end();
  });
  return found == secrets.end() ? nullptr : &*found;
}

std::string describe_gone(const RunState& state, const std::vector<IssuedSecret>& secrets) {
  std::string how = "somebody revoked or replaced it, or it expired";
  for (const IssuedSecret& secret : secrets) {
    if (secret.id == state.secret_id && !secret.note.empty()) how = secret.note;
  }
  if (const IssuedSecret* foreign = find_foreign(state, secrets)) {
    how += fmt::format("; {} (label \"{}\") is {} in its slot now", foreign->id, foreign->label,
                       name_of(foreign->state));
  }
  return how;
}

Question question_of_unused(const RunState& state, const std::vector<Waiver>& waivers) {
  Question question = question_of(state, waivers);
  // Who was never moved has nothing to leave; and whoever was not there at all counts as unknown.
  std::erase_if(question.consumers, [](const Expectation& c) { return !c.reloaded_at; });
  for (Expectation& consumer : question.consumers) {
    consumer.needs_sighting = false;
    consumer.is_not_asked = false;
    consumer.attested_by.reset();
    // Whoever got its earlier value back owes no sign of life, and nobody waived that one.
    consumer.was_alive = false;
    consumer.waiver.reset();
  }
  question.incoming = state.plan.outgoing.empty() ? std::string() : state.plan.outgoing.back();
  question.outgoing = {state.secret_id};
  return question;
}

std::string describe_use(const Evidence& evidence) {
  std::vector<std::string> parts;
  for (const UnknownUse& use : evidence.unknown) parts.push_back(describe(use));
  for (const Verdict& verdict : evidence.verdicts) {
    if (is_passing(verdict.kind)) continue;
    parts.push_back(fmt::format("{} (quiet for {} of {})", verdict.consumer,
                                base::format_duration(verdict.quiet_for),
                                base::format_duration(verdict.quiet_needed)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::optional<EventBody> judge_unused(const RunState& state, const Evidence& evidence,
                                      Instant now) {
  if (evidence.is_complete()) return StagedSecretUnused{evidence.as_of};
  const bool is_too_long = now - state.observing_since.value_or(now) > patience_of(state);
  if (evidence.unknown.empty() && !is_too_long) return std::nullopt;
  return RunParked{
      fmt::format(
          "every sink is restored, but {} may still be in use: {}. See that they use what "
          "their sinks hold, or waive it with a name and a reason, then start the run again",
          state.secret_id, describe_use(evidence)),
      false};
}

}  // namespace rekey::rotation

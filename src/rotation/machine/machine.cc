#include "rotation/machine/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"
#include "rotation/machine/drift.h"
#include "rotation/machine/guards.h"
#include "rotation/machine/roll_back.h"
#include "rotation/machine/unknown_use.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Instant;
using base::Overloaded;

// A step that failed is given up until a person starts the run again. Whether what was asked of
// another system took effect is looked for first.
bool is_given_up(const RunState& state) {
  if (!is_worth_retrying(state.failure->code)) return true;
  if (!holds(Guard::kAttemptsBounded, state.attempts < kMaxAttempts)) return true;
  if (state.open_intent) return false;
  return !holds(Guard::kEndsBounded, state.failed_ends < kMaxAttempts) ||
         !holds(Guard::kUnclearRunsBounded, state.unclear_runs < kMostUnclearRuns);
}

// How often it was tried.
int count_attempts(const RunState& state) {
  return std::max(state.attempts, state.failed_ends);
}

// The failure says itself what brings the run on, or leads out of it.
bool is_way_on_told(std::string_view detail) {
  constexpr std::array<std::string_view, 6> kTold{"start the run",   "start `rekey",
                                                  "run is started",  "then start again",
                                                  "begin a new one", "the run then goes on"};
  return std::any_of(kTold.begin(), kTold.end(), [&](std::string_view words) {
    return detail.find(words) != std::string_view::npos;
  });
}

// Why the run stops at a step that failed, and what brings it on where the failure does not say so.
std::string describe_stop(const RunState& state, const Failure& failure) {
  const bool is_unclear =
      state.open_intent && state.open_intent->effect == Effect::kActivate && !state.is_activated;
  return fmt::format(
      "{} failed: {}{}{}", failure.step, failure.detail,
      is_way_on_told(failure.detail) ? "" : ". See to that, then start the run again",
      is_unclear ? fmt::format(". The activation of {} was asked for, and whether it took place is "
                               "not known: where it did, the old secret has ended, or its overlap "
                               "runs, so do not leave the run standing",
                               state.secret_id)
                 : std::string());
}

// What is waited for, where that is not too long. Where consumers hold the old secret, it is
// watched.
std::optional<Action> wait_for(const RunState& state, Instant until, Instant now,
                               const std::string& what) {
  if (until - now > kLongestWindowWait) return std::nullopt;
  if (!is_everybody_reloaded(state)) return WatchOld{until, what};
  return WaitUntil{until, what};
}

// The longest that those who have not moved may take from their restart on, until it is known that
// they use the new secret.
Duration time_to_move(const RunState& state) {
  Duration time = kBasePatience;
  Duration longest{};
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.step == ConsumerStep::kReloaded) continue;
    time += consumer.facts.reload.timeout;
    longest = std::max(longest, interval_of(consumer));
  }
  return time + 2 * longest;
}

// A restart is an interruption: whom the engine restarts gets the new secret inside the window. Not
// where the old one would end before all have moved then, nor where it waits for nothing any more.
std::optional<Action> held_before_restart(const RunState& state, const RunConsumer& consumer,
                                          Instant now) {
  const auto& window = state.plan.rules.window;
  if (!window || !consumer.facts.reload.is_restart_by_engine()) return std::nullopt;
  const bool is_new = consumer.step == ConsumerStep::kPending && consumer.sink == 0;
  const bool is_anew = consumer.step == ConsumerStep::kProven && consumer.is_to_reload_anew;
  if (!is_new && !is_anew) return std::nullopt;
  if (state.is_activated || !is_old_alive(state) || is_cut_off(consumer)) return std::nullopt;
  if (holds(Guard::kRestartInWindow, is_open(*window, now))) return std::nullopt;
  const Instant opens_at = next_opening(*window, now);
  const auto& ends_at = state.plan.outgoing_ends_at;
  if (ends_at && opens_at + time_to_move(state) >= *ends_at) return std::nullopt;
  const std::string what = fmt::format("the window ({}), in which {} is restarted",
                                       to_text(*window), consumer.facts.name);
  if (auto wait = wait_for(state, opens_at, now, what)) return wait;
  return Park{{fmt::format("{}, opens at {}: start the run again then", what,
                           base::format_instant(opens_at)),
               false, true},
              opens_at};
}

// What the issuer's own least times hold, looking meanwhile whether the secrets still work.
Action wait_for_issuer(const RunState& state, Instant until, Instant now, const std::string& what) {
  if (until - now > kLongestWindowWait) {
    return Park{{fmt::format("{} is over at {}: start the run again then", what,
                             base::format_instant(until)),
                 false, true},
                until};
  }
  if (is_old_alive(state)) return WatchOld{until, what};
  return WaitUntil{until, what};
}

// Nobody of the open wave holds the new secret yet.
bool is_wave_untouched(const RunState& state) {
  const int wave = open_wave(state);
  return std::none_of(state.consumers.begin(), state.consumers.end(), [&](const RunConsumer& c) {
    return c.facts.wave == wave && (c.touched > 0 || c.step != ConsumerStep::kPending);
  });
}

bool is_staging_too_often(const RunState& state, Instant now) {
  return static_cast<int>(state.stagings.size()) >= kMostStagedADay &&
         now - state.stagings.front() < base::Days{1};
}

// Another secret would live beside those of which nobody knows whether they have ended, or would be
// refused as they were: a person looks first.
std::optional<Action> held_by_doubt(const RunState& state) {
  if (state.is_end_doubtful && state.is_old_gone) {
    return Park{
        {"no secret that this run knows is accepted, old or new: whether they have ended, the "
         "client is disabled or something else answers in the issuer's place, nobody can tell from "
         "here. See at the issuer, then start the run again: it goes on with what is accepted "
         "then, "
         "and stages a new secret where nothing is"}};
  }
  if (state.is_end_doubtful) {
    return Park{{fmt::format(
        "{} was never accepted and may live at the issuer all the same, so another one could be "
        "more than it lets live. See what became of it and end it there, then start the run again",
        state.gone ? state.gone->secret_id : std::string("the staged secret"))}};
  }
  if (state.staged_in_vain < kMostStagedInVain) return std::nullopt;
  return Park{{fmt::format(
      "{} secrets were staged for this run one after the other, and none of them was ever "
      "accepted. See at the issuer whether they are of this client and when they begin to work, "
      "end those that nobody needs, then start the run again",
      state.staged_in_vain)}};
}

// An instant that is further away than it ever was asked for was taken from a clock that was wrong.
bool is_reached(Instant due, Duration longest, Instant now) {
  return now >= due || due - now > longest;
}

Action next_for_staging(const RunState& state, Instant now) {
  auto doubt = held_by_doubt(state);
  if (!holds(Guard::kStagingDoubt, !doubt)) return *std::move(doubt);
  if (auto held = held_by_freeze(state, now)) return *std::move(held);
  if (is_staging_too_often(state, now)) {
    return Park{
        {fmt::format("{} secrets were staged for this run within a day, and none of them "
                     "lasted: see who ends them, then start the run again after {}",
                     kMostStagedADay, base::format_instant(state.stagings.front() + base::Days{1})),
         false}};
  }
  if (auto workflow = next_workflow_on_old(state, now)) return *std::move(workflow);
  const auto& not_before = state.plan.stage_not_before;
  if (!holds(Guard::kStagedSpacing, !not_before || now >= *not_before)) {
    return wait_for_issuer(state, *not_before, now, "the issuer's least time between two secrets");
  }
  return Stage{state.lost_secret_id};
}

Action next_for_proof(const RunState& state, Instant now) {
  if (state.last_proof_at && state.plan.proof.requests > 1) {
    const Duration apart = state.plan.proof.span / (state.plan.proof.requests - 1);
    const Instant due = *state.last_proof_at + apart;
    if (!holds(Guard::kProofSpan, is_reached(due, apart, now))) {
      return WaitUntil{due, fmt::format("token request {} of {} with {}", state.proofs + 1,
                                        state.plan.proof.requests, state.secret_id)};
    }
  }
  return ProveStaged{};
}

// While the old secret works those of the open wave are moved one after the other, as they are
// declared, and who waits for the window after all others. Once it has ended, nobody waits for
// another's restart, and nobody for a person.
int turn_of(const RunConsumer& consumer, bool is_old_alive, bool is_its_wave, bool is_held) {
  constexpr int kLast = 9;
  if (consumer.step == ConsumerStep::kReloaded || !is_its_wave) return kLast;
  if (is_old_alive) return is_cut_off(consumer) ? 0 : is_held ? 2 : 1;
  const bool is_to_be_filled_in =
      consumer.facts.is_by_hand && consumer.step == ConsumerStep::kPending;
  if (is_to_be_filled_in || is_to_be_restarted(consumer)) return 3;
  if (consumer.step == ConsumerStep::kProven || consumer.facts.is_by_hand) return 2;
  return consumer.facts.reload.is_by_engine() ? 1 : 0;
}

Action next_for_consumers(const RunState& state, Instant now) {
  if (is_wave_untouched(state)) {
    if (auto held = held_by_freeze(state, now)) return *std::move(held);
  }
  const bool is_calm = is_old_alive(state);
  const auto turn = [&](const RunConsumer& c) {
    const bool is_held = held_before_restart(state, c, now).has_value();
    return turn_of(c, is_calm, is_on_the_move(state, c), is_held);
  };
  const auto consumer = std::min_element(
      state.consumers.begin(), state.consumers.end(),
      [&](const RunConsumer& a, const RunConsumer& b) { return turn(a) < turn(b); });
  REKEY_ASSERT(consumer != state.consumers.end() && consumer->step != ConsumerStep::kReloaded);
  const std::string& name = consumer->facts.name;
  switch (consumer->step) {
    case ConsumerStep::kPending:
      if (auto held = held_before_restart(state, *consumer, now)) return *std::move(held);
      return WriteSink{name, consumer->sink};
    case ConsumerStep::kWritten:
      if (consumer->facts.is_by_hand) return ReloadConsumer{name};
      return ReadBackSink{name, consumer->sink};
    case ConsumerStep::kReadBack:
      return ProveConsumer{name};
    case ConsumerStep::kProven:
      if (auto held = held_before_restart(state, *consumer, now)) return *std::move(held);
      return ReloadConsumer{name};
    case ConsumerStep::kReloaded:
    case ConsumerStep::kRollingBack:
    case ConsumerStep::kRestored:
    case ConsumerStep::kRestoreProven:
      break;
  }
  return Stop{};
}

Action next_for_activation(const RunState& state, Instant now) {
  return held_before_activation(state, now).value_or(Activate{});
}

// Nobody has moved yet: the workflows alone tell that the new secret is good for something.
Action next_for_first_activation(const RunState& state, Instant now) {
  if (auto workflow = next_workflow_on_new(state, now)) return *std::move(workflow);
  return next_for_activation(state, now);
}

// What was approved before the activation may be another plan by now: a consumer was waived, or
// fewer of its processes are declared.
std::optional<Action> held_by_approval_of_end(const RunState& state) {
  const int approvals = count_approvals(state);
  if (holds(Guard::kEndApproved, approvals >= state.plan.rules.approvals)) return std::nullopt;
  return Park{{fmt::format("every consumer has moved, and what was approved before the activation "
                           "is another plan by now, or was not approved at all: the end of {} "
                           "needs the approval of {} beside {} ({} of {} there): {}; then start "
                           "the run again. Without it {} works until its overlap lapses at {}",
                           state.superseded_id,
                           state.plan.rules.approvals == 1 ? "a second person" : "others",
                           state.plan.requested_by, approvals, state.plan.rules.approvals,
                           how_to_approve(state), state.superseded_id,
                           base::format_instant(*state.old_ends_at)),
               false, true}};
}

// After activation. An overlap that is nearly over is left to lapse; a long one is cut short,
// behind a fresh gate, because a superseded secret that nobody needs is only a risk.
Action next_for_retirement(const RunState& state, Instant now) {
  if (!state.is_old_ended) {
    REKEY_ASSERT(state.old_ends_at.has_value());
    if (now >= *state.old_ends_at) return NoteLapsed{};
    if (*state.old_ends_at - now <= kLapseWait) {
      return WaitUntil{*state.old_ends_at,
                       fmt::format("the overlap of {} to lapse", state.superseded_id)};
    }
    if (auto held = held_before_end(state, now)) return *std::move(held);
    if (!holds(Guard::kGateFresh, is_gate_fresh(state, now))) return ReopenGate{};
    return Revoke{state.superseded_id};
  }
  if (auto workflow = next_workflow_on_new(state, now)) return *std::move(workflow);
  const auto alive = std::find_if(state.old_values.begin(), state.old_values.end(),
                                  [](const OldValue& old) { return !old.is_refused; });
  REKEY_ASSERT(alive != state.old_values.end());
  return ProveDead{alive->value};
}

// What is watched for as long as the issuer's least time between two activations needs no patience.
Action next_for_observation(const RunState& state, Instant now) {
  if (is_workflow_time(state)) {
    if (auto workflow = next_workflow_on_new(state, now)) return *std::move(workflow);
  }
  Instant since = state.observing_since.value_or(now);
  if (since > now) return ReopenGate{};  // the clock was set back: nobody knows since when
  if (!state.is_activated) since = std::max(since, state.plan.activate_not_before.value_or(since));
  if (now - since > patience_of(state) + kUsagePatience) {
    return Park{usage_unread()};
  }
  return Observe{};
}

Action next_in_gate(const RunState& state, Instant now) {
  if (state.is_activated) return next_for_retirement(state, now);
  if (!holds(Guard::kGateFresh, is_gate_fresh(state, now)) || !are_workflows_proven(state)) {
    return ReopenGate{};
  }
  return next_for_activation(state, now);
}

// Whoever gives up a run that has activated: the activation is undone first, or the run goes on.
Action next_for_undoing(const RunState& state, Instant now) {
  const std::string refusal = refuse_to_abandon(state, now);
  if (refusal.empty()) return UndoActivation{};
  return Park{{refusal, false, false, {}, true}};
}

std::string describe_missing_word(const Evidence& evidence) {
  std::string names;
  for (const Verdict& verdict : evidence.verdicts) {
    if (is_passing(verdict.kind)) continue;
    names += names.empty() ? verdict.consumer : ", " + verdict.consumer;
  }
  return fmt::format(
      "both secrets work, and this issuer tells nobody who uses which. Whoever answers for {} has "
      "to "
      "see it at work with the new secret and say so: `rekey run attest CONSUMER --reason TEXT`, "
      "then "
      "start the run again",
      names);
}

std::string describe_silence(const Evidence& evidence, const std::vector<std::string>& silent) {
  return fmt::format(
      "the gate stays shut: {}. See that {} runs, and what it says of its token requests, then "
      "start the run again; where it is right that it asks for none, `rekey run waive {} --reason "
      "TEXT`",
      describe_gap(evidence), fmt::join(silent, ", "), silent.front());
}

// A wave that has others behind it is let go when it was watched for long enough, by the issuer's
// clock.
std::optional<EventBody> judge_wave(const RunState& state, const Evidence& evidence) {
  const int wave = open_wave(state);
  const auto until = held_until(state);
  if (!holds(Guard::kWaveHeld, !until || evidence.as_of >= *until)) return std::nullopt;
  return WavePassed{wave, name_of_wave(state, wave), evidence.verdicts, evidence.as_of};
}

}  // namespace

std::optional<Action> held_by_freeze(const RunState& state, Instant now) {
  const Freeze* freeze = find_freeze(state.plan.rules.freezes, now);
  if (holds(Guard::kFreezeOver, freeze == nullptr) || !is_old_alive(state)) return std::nullopt;
  if (is_anybody_cut_off(state)) return std::nullopt;
  if (state.is_activated) return std::nullopt;  // the overlap does not stand still
  const std::string what = fmt::format("the end of the freeze {}", to_text(*freeze));
  if (auto wait = wait_for(state, freeze->to, now, what)) return wait;
  return Park{{fmt::format("held by the freeze {}, in which nothing is begun: start the run again "
                           "at {}",
                           to_text(*freeze), base::format_instant(freeze->to)),
               false, true},
              freeze->to};
}

// Where an overlap follows, ending the old one is the step without a way back: in the window and
// in no freeze, unless it lapses before.
std::optional<Action> held_before_end(const RunState& state, Instant now) {
  if (auto held = held_by_approval_of_end(state)) return held;
  const Freeze* freeze = find_freeze(state.plan.rules.freezes, now);
  Instant opens_at = freeze == nullptr ? now : freeze->to;
  if (state.plan.rules.window) opens_at = next_opening(*state.plan.rules.window, opens_at);
  if (holds(Guard::kWindowOpen, opens_at <= now)) return std::nullopt;
  opens_at = std::min(opens_at, *state.old_ends_at);
  const std::string what = fmt::format("the time at which {} may be ended", state.superseded_id);
  if (opens_at - now <= kLongestWindowWait) return WaitUntil{opens_at, what};
  return Park{{fmt::format("every consumer has moved; {} is at {}: start the run again then", what,
                           base::format_instant(opens_at)),
               false, true},
              opens_at};
}

std::optional<Action> held_before_activation(const RunState& state, Instant now) {
  if (auto held = held_by_freeze(state, now)) return held;
  const auto& not_before = state.plan.activate_not_before;
  if (!holds(Guard::kActivationSpacing, !not_before || now >= *not_before)) {
    return wait_for_issuer(state, *not_before, now,
                           "the issuer's least time between two activations");
  }
  if (state.is_old_ended) return std::nullopt;  // it takes nothing away from anybody
  const int approvals = count_approvals(state);
  const auto unproven = workflows_that_guard_nothing(state);
  if (!holds(Guard::kApproved, approvals >= state.plan.rules.approvals)) {
    return Park{{fmt::format("everything is proven, and the activation needs the approval of {} "
                             "beside {} ({} of {} "
                             "there): {}; then start the run again{}{}",
                             state.plan.rules.approvals == 1 ? "a second person" : "others",
                             state.plan.requested_by, approvals, state.plan.rules.approvals,
                             how_to_approve(state), unproven.empty() ? "" : ". Know that ",
                             fmt::join(unproven, "; ")),
                 false, true}};
  }
  const auto& window = state.plan.rules.window;
  if (holds(Guard::kWindowOpen, !window || is_open(*window, now))) return std::nullopt;
  const Instant opens_at = next_opening(*window, now);
  const std::string what = fmt::format("the window for the activation ({})", to_text(*window));
  if (opens_at - now <= kLongestWindowWait) return WaitUntil{opens_at, what};
  return Park{{fmt::format("everything is proven; {} opens at {}: start the run again then", what,
                           base::format_instant(opens_at)),
               false, true},
              opens_at};
}

bool is_worth_retrying(Code code) noexcept {
  return code == Code::kUnavailable || code == Code::kTimeout || code == Code::kTooEarly ||
         code == Code::kLimitReached || code == Code::kIo;
}

Action next(const RunState& state, Instant now) {
  if (state.phase == Phase::kClosed || state.parked) return Stop{};
  if (state.failure) {
    const Failure& failure = *state.failure;
    if (failure.code == Code::kNeedsPerson) return Park{{failure.detail, false, true}};
    if (is_given_up(state)) return Park{{describe_stop(state, failure), false}};
    if (!holds(Guard::kBackoff, is_reached(failure.retry_at, kLongestBackoff, now))) {
      return WaitUntil{failure.retry_at,
                       fmt::format("attempt {} of {} to {} ({})", count_attempts(state) + 1,
                                   kMaxAttempts, failure.step, failure.detail)};
    }
  }
  if (!holds(Guard::kLookFirst, !state.open_intent)) return Look{*state.open_intent};
  if (state.active_end && !state.abandon) return Park{{describe_active_end(state)}};
  const bool is_turned = state.is_activated || state.phase != Phase::kRollingBack;
  if (state.abandon && is_turned) return next_for_undoing(state, now);
  if (auto drifted = next_for_drifts(state)) return *std::move(drifted);
  switch (state.phase) {
    case Phase::kPlanned:
    case Phase::kApproved:
    case Phase::kStaging:
      return next_for_staging(state, now);
    case Phase::kStaged:
      if (!holds(Guard::kSettleTime, is_reached(state.usable_from, state.plan.settle, now))) {
        return WaitUntil{state.usable_from, fmt::format("the settle time of {}", state.secret_id)};
      }
      return CheckSettled{};
    case Phase::kSettled:
      if (!is_proven(state)) return next_for_proof(state, now);
      return moves_before_activation(state) ? next_for_consumers(state, now)
                                            : next_for_first_activation(state, now);
    case Phase::kPropagating:
      return next_for_consumers(state, now);
    case Phase::kObserving:
      return next_for_observation(state, now);
    case Phase::kGate:
      return next_in_gate(state, now);
    case Phase::kActivated:
      // Somebody else may have activated it before it was proven. Where it is known only by
      // presenting it, that was its proof, and nobody waits.
      if (!is_proven(state) && !state.plan.is_by_hand) return next_for_proof(state, now);
      return is_everybody_reloaded(state) ? next_for_retirement(state, now)
                                          : next_for_consumers(state, now);
    case Phase::kRetiring:
      return next_for_retirement(state, now);
    case Phase::kRetired:
      return next_workflow_on_new(state, now).value_or(Close{});
    case Phase::kRollingBack:
      return next_in_roll_back(state, now);
    case Phase::kActivating:
    case Phase::kClosed:
    case Phase::kParked:
      break;
  }
  return Stop{};
}

std::optional<IntentRecorded> intent_of(const RunState& state, const Action& action) {
  using Intent = std::optional<IntentRecorded>;
  return std::visit(
      Overloaded{[&](const Stage&) -> Intent {
                   return IntentRecorded{Effect::kStage, state.plan.run_id};
                 },
                 [](const WriteSink& write) -> Intent {
                   return IntentRecorded{Effect::kWrite, write.consumer, write.sink};
                 },
                 [&](const ReloadConsumer& reload) -> Intent {
                   const RunConsumer* consumer = find_consumer(state, reload.consumer);
                   REKEY_ASSERT(consumer != nullptr);
                   const bool is_run =
                       consumer->facts.reload.is_by_engine() && consumer->left.empty();
                   if (!is_run) return std::nullopt;
                   return IntentRecorded{Effect::kReload, reload.consumer};
                 },
                 [&](const Activate&) -> Intent {
                   REKEY_ASSERT(may_activate(state));
                   return IntentRecorded{Effect::kActivate, state.secret_id};
                 },
                 [](const Revoke& revoke) -> Intent {
                   return IntentRecorded{Effect::kRevoke, revoke.secret_id};
                 },
                 [](const RestoreSink& restore) -> Intent {
                   return IntentRecorded{Effect::kRestore, restore.consumer, restore.sink};
                 },
                 [](const EndStaged& end) -> Intent {
                   return IntentRecorded{Effect::kGiveUp, end.secret_id};
                 },
                 [&](const UndoActivation&) -> Intent {
                   if (state.active_end) return std::nullopt;  // it is only looked at
                   return IntentRecorded{Effect::kUndoActivation, state.secret_id};
                 },
                 [](const RunWorkflow& run) -> Intent {
                   return IntentRecorded{Effect::kRunWorkflow, run.workflow};
                 },
                 [](const auto&) -> Intent { return std::nullopt; }},
      action);
}

std::optional<EventBody> judge(const RunState& state, const Evidence& evidence, Instant now) {
  const bool is_complete = holds(Guard::kEvidenceComplete, evidence.is_complete());
  const bool is_lapsed =
      !state.is_old_ended && state.old_ends_at && evidence.as_of >= *state.old_ends_at;
  if (is_lapsed && !is_everybody_reloaded(state)) return OldSecretEnded{"lapsed", true};
  if (!is_complete && is_lapsed) {
    if (state.is_lapse_known) return OldSecretEnded{"lapsed"};
    return RunParked{
        fmt::format("the overlap of {} ended before the evidence was there: {}. Look at "
                    "the consumers named, then start the run again",
                    state.superseded_id, describe_gap(evidence)),
        true};
  }
  if (!holds(Guard::kNoUnknownUse, evidence.unknown.empty())) {
    return RunParked{
        fmt::format("the gate stays shut: {}. Declare it as a consumer, or let it pass under "
                    "waivers in the inventory, with a name and a reason: {}; then start the run "
                    "again",
                    describe_gap(evidence),
                    evidence.unknown.empty() ? "" : waiver_for(evidence.unknown.front())),
        false};
  }
  if (is_complete && !is_everybody_reloaded(state)) return judge_wave(state, evidence);
  if (is_complete) {
    const auto& not_before = state.plan.activate_not_before;
    const bool is_early = !state.is_activated && not_before && now < *not_before;
    if (!holds(Guard::kActivationSpacing, !is_early)) {
      if (*not_before - now <= kLongestWindowWait) return std::nullopt;
      return RunParked{fmt::format("every consumer has moved, and the issuer's least time between "
                                   "two activations is over at {}: start the run again then",
                                   base::format_instant(*not_before)),
                       false, true};
    }
    return GatePassed{evidence.verdicts, evidence.waived, evidence.as_of};
  }
  const Duration watched = now - state.observing_since.value_or(now);
  // A run that is started again gives who was just mended the time to ask.
  if (const auto silent = silent_consumers(evidence); !silent.empty() && watched > kSilenceMargin) {
    return RunParked{describe_silence(evidence, silent), false};
  }
  // No usage will come by waiting: an owner's word is what is missing.
  if (state.plan.is_by_hand && !evidence.is_told)
    return RunParked{describe_missing_word(evidence), false, true};
  if (watched > patience_of(state)) {
    return RunParked{
        fmt::format("no evidence in {}: {}. Mend the consumer, then start the run again",
                    base::format_duration(patience_of(state)), describe_gap(evidence)),
        false};
  }
  return std::nullopt;
}

}  // namespace rekey::rotation

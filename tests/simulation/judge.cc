// What the world holds against the engine.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulation/world.h"

namespace rekey::simulation {
namespace {

using rotation::SecretState;
using std::chrono::seconds;

// Evidence may be that old; what somebody else did since then nobody can have seen.
constexpr Duration kGrace = rotation::kGateFreshness + seconds{2};
constexpr Duration kLeastBackoff = std::chrono::milliseconds{500};
constexpr Duration kRounding = std::chrono::milliseconds{10};  // of the times between proofs
constexpr int kCallsOfAStep = 12;
constexpr int kMostRefusedProbes = 60;
constexpr int kPlacesOfAStop = 4;
constexpr Duration kLongestSilence = std::chrono::hours{1};
constexpr Duration kLeastOverlap = seconds{10};  // to move anybody in
// Noticed within ten seconds, settled, proven, written, restarted one after the other.
constexpr Duration kLongestCut = seconds{20};

std::string name_of_consumer(int consumer) {
  return fmt::format("c{}", consumer);
}

bool fits(rotation::Effect intent, EffectKind kind) {
  switch (kind) {
    case EffectKind::kStage:
      return intent == rotation::Effect::kStage;
    case EffectKind::kActivate:
      return intent == rotation::Effect::kActivate;
    case EffectKind::kRevoke:
      return intent == rotation::Effect::kRevoke || intent == rotation::Effect::kGiveUp;
    case EffectKind::kWrite:
      return intent == rotation::Effect::kWrite || intent == rotation::Effect::kRestore;
    case EffectKind::kReload:
      return intent == rotation::Effect::kReload;
    case EffectKind::kUndo:
      return intent == rotation::Effect::kUndoActivation;
  }
  return false;
}

}  // namespace

void World::break_rule(int invariant, const std::string& how) {
  if (broken.empty()) broken = fmt::format("invariant {}: {}", invariant, how);
}

int World::new_value() const noexcept {
  if (state.secret_id.empty()) return 0;
  return value_of_text(std::string_view(state.secret_id).substr(4));
}

bool World::is_outgoing(int value) const noexcept {
  const auto& all = state.plan.outgoing;
  return std::any_of(all.begin(), all.end(), [&](const std::string& id) {
    return value_of_text(std::string_view(id).substr(4)) == value;
  });
}

bool World::is_consumer_on(int consumer, int value) const noexcept {
  return std::all_of(instances.begin(), instances.end(), [&](const Instance& one) {
    const bool is_on = !one.is_dead && would_present(one) == value;
    return one.consumer != consumer || one.is_written_off || is_on;
  });
}

bool World::is_old_in_use() const noexcept {
  const int incoming = new_value();
  return std::any_of(instances.begin(), instances.end(), [&](const Instance& one) {
    if (one.is_dead) return false;
    const bool is_answered_for = one.is_declared
                                     ? consumers[static_cast<std::size_t>(one.consumer)].is_waived
                                     : is_waived || !nature.is_usage_told;
    const int value = would_present(one);
    return !is_answered_for && value != incoming && is_accepted(value);
  });
}

bool World::has_people() const noexcept {
  return std::any_of(consumers.begin(), consumers.end(), [](const TrueConsumer& one) {
    return one.is_form || one.is_restarted_by_hand;
  });
}

bool World::is_asked(int consumer, Asked asked) const noexcept {
  const TrueConsumer& one = consumers[static_cast<std::size_t>(consumer)];
  return asked == Asked::kEverybody || (!one.is_form && !one.is_restarted_by_hand);
}

// Invariant 1: what each place of a consumer holds, and what each of its processes would present.
std::string World::find_cut_off(Asked asked) const {
  for (const TruePlace& place : places) {
    if (place.consumer < 0 || !is_asked(place.consumer, asked) || place.is_meddled_with() ||
        is_accepted(place.value))
      continue;
    return fmt::format("a sink of c{} holds {}, which is refused", place.consumer,
                       text_of_value(place.value));
  }
  for (const Instance& one : instances) {
    if (!one.is_declared || one.has_old_image || one.is_dead) continue;
    if (!is_asked(one.consumer, asked)) continue;
    const TrueConsumer& whose = consumers[static_cast<std::size_t>(one.consumer)];
    if (whose.is_waived || (whose.was_waived && one.is_written_off)) continue;
    if (places[static_cast<std::size_t>(one.place)].is_meddled_with()) continue;
    const int value = would_present(one);
    if (value >= kForeignValue || is_accepted(value)) continue;
    return fmt::format("a process of c{} would present {}, which is refused", one.consumer,
                       text_of_value(value));
  }
  return {};
}

void World::excuse_outage() {
  if (!find_cut_off().empty()) is_outage_from_outside = true;
}

void World::judge_availability() {
  const std::string cut_off = find_cut_off();
  // A time that the issuer set beforehand cannot be held back, only planned for.
  const TrueSecret& old = secrets.front();
  const bool is_lapsed = old.state == SecretState::kSuperseded && time >= old.ends_at;
  if (is_lapsed && !is_calm && !cut_off.empty()) is_outage_from_outside = true;
  // Whoever waits for a person waits for that one.
  const std::string by_engine = cut_at ? find_cut_off(Asked::kWhoNeedsNobody) : std::string();
  if (by_engine.empty()) cut_at.reset();
  const bool is_late = cut_at && time - *cut_at > kLongestCut;
  if (is_only_cut && is_late) {
    break_rule(1, "the old one has ended long ago, and nobody is moved: " + by_engine);
  }
  if (cut_off.empty()) {
    is_outage_from_outside = false;
  } else if (!is_outage_from_outside) {
    break_rule(1, cut_off);
  }
}

// Invariant 11: whoever waits for longer stops, and says so.
void World::judge_standstill() {
  if (time - std::exchange(last_place_at, time) <= kLongestSilence) return;
  break_rule(11, "the run stood still for longer than anything takes, and nobody was told");
}

// Invariants 11 and 14: what fails for good is told to somebody.
void World::judge_broken_call(CallKind kind) {
  const bool is_only_read = kind == CallKind::kList || kind == CallKind::kUsage ||
                            kind == CallKind::kProbe || kind == CallKind::kReadSink;
  const int most =
      kind == CallKind::kWorkflow ? rotation::kMostUnclearRuns : rotation::kMaxAttempts;
  const bool is_endless =
      is_only_read ? time - broken_since > kLongestSilence : ++failed_asks > most;
  if (is_endless)
    break_rule(11, "what fails for good is tried again and again, and nobody is told");
}

// Invariant 3.
void World::judge_intent(const Effect& effect) {
  const auto& open = state.open_intent;
  if (!open || !fits(open->effect, effect.kind)) {
    break_rule(3, "something was asked of another system before the intent was durable");
    return;
  }
  const bool is_of_consumer =
      effect.kind == EffectKind::kWrite || effect.kind == EffectKind::kReload;
  if (!is_of_consumer) return;
  const int consumer = effect.kind == EffectKind::kWrite
                           ? places[static_cast<std::size_t>(effect.subject)].consumer
                           : effect.subject;
  if (open->subject != name_of_consumer(consumer)) {
    break_rule(3, fmt::format("{} was touched under an intent of {}", name_of_consumer(consumer),
                              open->subject));
  }
}

// Invariant 5.
void World::judge_proof(const char* before) {
  const rotation::ProofSpec& needed = state.plan.proof;
  // Such an issuer is asked by presenting: that it is active was its proof.
  if (state.plan.is_by_hand && state.is_activated) return;
  if (proofs < needed.requests) {
    break_rule(5, fmt::format("it is {} after {} of {} proofs", before, proofs, needed.requests));
  } else if (needed.requests > 1 && !is_span_unsure &&
             last_proof_at - first_proof_at + kRounding < needed.span) {
    break_rule(5, fmt::format("it is {} after proofs in too short a time", before));
  }
}

// Invariants 2, 5 and 8.
void World::judge_end_of_old(const char* how) {
  if (time - last_observed_at > kGrace) {
    break_rule(2, fmt::format("the old one is {} on evidence that is stale", how));
  }
  const int incoming = new_value();
  const bool is_left = std::any_of(places.begin(), places.end(), [&](const TruePlace& place) {
    const bool is_unseen = place.is_form && place.is_put_back;  // its usage tells, if anything
    return place.consumer >= 0 && place.value != incoming && !is_unseen;
  });
  if (!is_left && !is_old_in_use()) return;
  if (time - last_outside_at <= kGrace) {
    is_outage_from_outside = true;
    return;
  }
  if (is_left) break_rule(8, fmt::format("the old one is {} while a sink has not moved", how));
  break_rule(2, fmt::format("the old one is {} while somebody uses it", how));
}

// Invariant 13. What is begun is finished, and who is cut off waits for nothing.
void World::judge_restart(const TruePlace& place) {
  const auto& window = state.plan.rules.window;
  const rotation::RunConsumer& whose = state.consumers[static_cast<std::size_t>(place.consumer)];
  const Instant at = events.back()->at;
  if (!window || !whose.facts.reload.is_restart_by_engine() || rotation::is_open(*window, at)) {
    return;
  }
  const bool is_begun = std::any_of(places.begin(), places.end(), [&](const TruePlace& one) {
    const bool is_touched = one.written_at_call > 0 || one.restored_at_call > 0;
    return one.consumer == place.consumer && is_touched;
  });
  const bool is_held = is_any_old_accepted() && !state.is_activated && !whose.is_present_dead;
  if (is_held && !is_begun) break_rule(13, "a consumer is restarted outside the window");
}

// Invariants 1, 5 and 7.
void World::judge_write(const Effect& effect) {
  TruePlace& place = places[static_cast<std::size_t>(effect.subject)];
  if (place.is_form) break_rule(8, "the engine writes where only a person can");
  if (place.foreign_since && effect.expected == place.value && place.value != effect.value) {
    break_rule(7, "somebody else's value is overwritten");
  }
  if (effect.value == new_value() && state.phase != rotation::Phase::kRollingBack) {
    judge_restart(place);
    // A place that somebody put back is written anew under the plan that was approved.
    if (place.moved_to != effect.value && !state.is_activated) approvals = 0;
    place.moved_to = effect.value;
    place.written_at_call = calls;
    last_write_call = calls;
    judge_proof("written");
    const int wave = state.consumers[static_cast<std::size_t>(place.consumer)].facts.wave;
    if (wave > state.waves_passed && is_calm) {
      break_rule(2, "a consumer is moved before the wave ahead of it has held");
    }
    if (is_accepted(effect.value)) return;
    if (time - last_outside_at > kGrace) break_rule(5, "a value is written that is refused");
    is_outage_from_outside = true;
    return;
  }
  place.restored_at_call = calls;
  if (!is_accepted(effect.value)) break_rule(1, "a value is put back that is not accepted");
}

// Invariants 4, 5 and 9.
void World::judge_stage(const Effect& effect) {
  proofs = 0;
  judge_workflows_tried();
  for (const TrueSecret& secret : secrets) {
    if (secret.state != SecretState::kStaged) continue;
    const bool is_to_go = nature.staging_replaces || secret.number == effect.replaces;
    if (is_to_go && secret.label != run_id) {
      break_rule(9, "somebody else's staged secret is replaced");
    }
  }
}

bool World::is_any_old_accepted() const noexcept {
  return std::any_of(secrets.begin(), secrets.end(), [&](const TrueSecret& secret) {
    return is_outgoing(secret.number) && is_accepted(secret.number);
  });
}

// Invariants 2, 4, 5 and 13.
void World::judge_activation(const Effect& effect) {
  if (std::find(kept.begin(), kept.end(), effect.subject) == kept.end()) {
    break_rule(4, "a secret is activated whose value was lost");
  }
  judge_proof("activated");
  if (time - last_proof_at > kGrace) break_rule(5, "it is activated on a proof that is stale");
  if (state.abandon) break_rule(13, "a run that is given up activates");
  if (!is_any_old_accepted()) return;  // nothing is taken from anybody
  if (approvals < most_approvals) break_rule(13, "it is activated without approval");
  if (state.plan.rules.window && !rotation::is_open(*state.plan.rules.window, events.back()->at)) {
    break_rule(13, "it is activated outside its window");
  }
  if (rotation::find_freeze(state.plan.rules.freezes, events.back()->at) != nullptr) {
    break_rule(13, "it is activated in a freeze");
  }
  // Somebody else has activated it already: nothing ends by this.
  const TrueSecret* ours = find(effect.subject);
  if (ours != nullptr && ours->state == SecretState::kActive) return;
  judge_workflows_proven("it is activated");
  const bool is_last = state.plan.order == rotation::Order::kPropagateFirst;
  if (is_last || nature.rules.activation_ends_old) judge_end_of_old("ended by activation");
  if (!is_last && nature.rules.overlap && *nature.rules.overlap < kLeastOverlap) {
    break_rule(2, "it is activated, and the overlap is too brief to move anybody in");
  }
}

// Invariants 1, 2 and 9.
void World::judge_revocation(const Effect& effect) {
  const TrueSecret* secret = find(effect.subject);
  if (secret == nullptr || secret->state == SecretState::kEnded) return;
  if (secret->label == run_id && !run_id.empty()) {
    const bool is_used = std::any_of(instances.begin(), instances.end(), [&](const Instance& one) {
      return !one.is_dead && would_present(one) == effect.subject;
    });
    const bool is_held = std::any_of(places.begin(), places.end(), [&](const TruePlace& place) {
      return place.value == effect.subject;
    });
    if (secret->state == SecretState::kActive) break_rule(13, "the active secret is ended");
    if (!is_used && !is_held) return;
    if (time - last_outside_at > kGrace) break_rule(1, "a staged secret is ended that is in use");
    is_outage_from_outside = true;
    return;
  }
  if (!is_outgoing(effect.subject)) {
    break_rule(9, "a secret of somebody else is ended");
    return;
  }
  if (time - last_proof_at > kGrace) {
    break_rule(5, "the old one is revoked, and nobody has tried the new one since");
  }
  if (approvals < most_approvals) break_rule(13, "the old one is revoked without approval");
  judge_workflows_proven("the old one is revoked");
  judge_end_of_old("revoked");
}

base::Result<int> World::demand(const Effect& effect) {
  judge_intent(effect);
  switch (effect.kind) {
    case EffectKind::kStage:
      judge_stage(effect);
      break;
    case EffectKind::kActivate:
      judge_activation(effect);
      break;
    case EffectKind::kRevoke:
      judge_revocation(effect);
      break;
    case EffectKind::kWrite:
      judge_write(effect);
      break;
    case EffectKind::kReload:
      consumers[static_cast<std::size_t>(effect.subject)].restarted_at_call = calls;
      break;
    case EffectKind::kUndo:
      if (!state.abandon) break_rule(13, "an activation is undone of a run that goes on");
      break;
  }
  return perform(effect);
}

// Invariant 15.
void World::note_probe(int value, bool is_good) {
  if (is_good) last_good_call = calls;
  if (!is_good && std::find(proven_dead.begin(), proven_dead.end(), value) == proven_dead.end()) {
    proven_dead.push_back(value);
  }
  if (!is_good && ++refused_probes > kMostRefusedProbes) {
    break_rule(15, "refused values are presented again and again");
  }
  if (!is_good || value != new_value()) return;
  gone_in_row = 0;
  if (proofs == 0) {
    first_proof_at = time;
    is_span_unsure = false;
  }
  is_span_unsure = is_span_unsure || skew != Duration{0};
  last_proof_at = time;
  last_proof_call = calls;
  ++proofs;
}

// Invariant 11.
void World::judge_failure(const rotation::StepFailed& failed, Instant at) {
  if (is_calm && failed.code != base::Code::kNeedsPerson) {
    break_rule(
        11, fmt::format("nothing is wrong, and a step fails: {} ({})", failed.step, failed.detail));
  }
  if (fails_in_row > 0 && at >= last_fail_at && at - last_fail_at < kLeastBackoff) {
    break_rule(11, "a failed step is tried again at once: " + failed.step);
  }
  last_fail_at = at;
  if (++fails_in_row > rotation::kMaxAttempts) {
    break_rule(11, "a step is tried again without end: " + failed.step);
  }
}

// Invariants 2 and 5.
void World::judge_reloaded(const std::string& consumer) {
  const bool is_back = state.phase == rotation::Phase::kRollingBack;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    if (name_of_consumer(static_cast<int>(i)) != consumer) continue;
    const bool is_a_persons = consumers[i].is_restarted_by_hand || consumers[i].is_form;
    if (is_a_persons && !consumers[i].has_word) {
      break_rule(2, consumer + " is taken for done by a person, and nobody has said so");
    }
  }
  for (const TruePlace& place : places) {
    if (place.consumer < 0 || place.is_form) continue;
    if (name_of_consumer(place.consumer) != consumer) continue;
    const bool is_untried =
        is_back ? place.restored_at_call > last_good_call : place.written_at_call > last_proof_call;
    if (is_untried) {
      break_rule(5, consumer + " is reloaded, and nobody has tried what it holds now");
    }
  }
}

void World::judge_wave_passed(const rotation::WavePassed& passed) {
  Instant moved_at{};
  for (const rotation::RunConsumer& one : state.consumers) {
    if (one.reloaded_at) moved_at = std::max(moved_at, *one.reloaded_at);
  }
  const Duration hold = state.plan.rules.waves[static_cast<std::size_t>(passed.wave)].hold;
  if (time - moved_at < hold) break_rule(2, "a wave is let go that was watched for too short");
}

// Invariants 1 and 11.
void World::judge_stop(const rotation::RunParked& parked) {
  gone_in_row = 0;
  const bool is_store_hopeless =
      std::any_of(state.drifts.begin(), state.drifts.end(),
                  [](const rotation::Drift& drift) { return drift.is_stuck; });
  const bool is_left = std::any_of(places.begin(), places.end(), [&](const TruePlace& place) {
    return place.value >= kCutValue && place.value - kCutValue == new_value();
  });
  const bool is_going_back = state.phase == rotation::Phase::kRollingBack;
  if (is_left && is_any_old_accepted() && !is_store_hopeless && !is_going_back) {
    break_rule(1, "the run stops, and leaves what a store has cut off where it stands");
  }
  if (is_calm && !parked.is_waiting) {
    break_rule(11, "nothing is wrong, and the run stops: " + parked.reason);
  }
  // It came between the last look and the stop.
  const bool is_just_cut = places_passed - met_at <= kPlacesOfAStop;
  const bool is_any_left = std::any_of(
      state.consumers.begin(), state.consumers.end(), [](const rotation::RunConsumer& one) {
        const bool needs_person =
            one.facts.is_by_hand || one.facts.reload.form() == rotation::ReloadForm::kPerson;
        return !needs_person && one.step != rotation::ConsumerStep::kReloaded;
      });
  if (is_only_cut && cut_at && is_any_left && !is_just_cut) {
    const std::string others = find_cut_off(Asked::kWhoNeedsNobody);
    if (!others.empty()) break_rule(1, "the run stops for a person, and others wait: " + others);
  }
}

void World::judge_event(const rotation::RunEvent& event) {
  if (const auto* failed = std::get_if<rotation::StepFailed>(&event.body)) {
    judge_failure(*failed, event.at);
    return;
  }
  const auto* intent = std::get_if<rotation::IntentRecorded>(&event.body);
  if (intent != nullptr && intent->effect == rotation::Effect::kUndoActivation &&
      (!nature.rules.can_undo_activation || event.at >= state.old_ends_at.value_or(event.at))) {
    break_rule(13, "an activation is to be undone that has no way back");
  }
  note_words(event.body);
  if (std::holds_alternative<rotation::IntentRecorded>(event.body) ||
      std::holds_alternative<rotation::IntentDropped>(event.body)) {
    return;
  }
  fails_in_row = 0;
  if (std::holds_alternative<rotation::RunResumed>(event.body)) failed_asks = 0;
  const bool is_gone = std::holds_alternative<rotation::StagedSecretGone>(event.body);
  if (is_gone && proofs == 0 && ++gone_in_row > rotation::kMostStagedInVain) {
    break_rule(11, "one secret after the other is staged in vain, and nobody is told");
  }
  if (const auto* planned = std::get_if<rotation::RunPlanned>(&event.body)) {
    most_approvals = planned->rules.approvals;
  }
  if (const auto* rules = std::get_if<rotation::RulesDeclared>(&event.body)) {
    most_approvals = std::max(most_approvals, rules->rules.approvals);
    approvals = 0;  // they are of another plan
  }
  if (const auto* parked = std::get_if<rotation::RunParked>(&event.body)) judge_stop(*parked);
  if (const auto* passed = std::get_if<rotation::WavePassed>(&event.body)) {
    judge_wave_passed(*passed);
    judge_verdicts(passed->verdicts);
  }
  if (const auto* passed = std::get_if<rotation::GatePassed>(&event.body)) {
    judge_verdicts(passed->verdicts);
  }
  if (const auto* ran = std::get_if<rotation::WorkflowRan>(&event.body)) judge_workflow_ran(*ran);
  if (const auto* reloaded = std::get_if<rotation::ConsumerReloaded>(&event.body)) {
    judge_reloaded(reloaded->consumer);
  }
  if (std::holds_alternative<rotation::RunApproved>(event.body)) ++approvals;
  const bool is_gate = std::holds_alternative<rotation::GatePassed>(event.body);
  if (is_gate && new_revoked_at_call > 0 && calls - new_revoked_at_call > kCallsOfAStep) {
    break_rule(2, "the gate is passed, and the new secret is dead");
  }
  const bool is_undoable = nature.rules.can_undo_activation && state.old_ends_at &&
                           event.at < *state.old_ends_at && !state.is_old_ended;
  const bool is_active_dead = state.active_end && !is_accepted(new_value());
  if (std::holds_alternative<rotation::AbandonRequested>(event.body) && state.is_activated &&
      !is_undoable && !is_active_dead) {
    break_rule(13, "a run is given up after there was no way back");
  }
  const bool is_first = std::holds_alternative<rotation::RunPlanned>(event.body);
  if (is_first && !events.empty()) break_rule(9, "a second run is begun beside an open one");
}

// What is left behind by a run that is over.
void World::judge_end() {
  const int active = [&] {
    for (const TrueSecret& secret : secrets) {
      if (state_of(secret) == SecretState::kActive) return secret.number;
    }
    return 0;
  }();
  const std::string cut_off = find_cut_off();
  if (!cut_off.empty() && !is_outage_from_outside) break_rule(1, "at the end " + cut_off);
  if (state.is_abandoned) {
    for (const TrueSecret& secret : secrets) {
      const bool is_ours = secret.label == run_id && state_of(secret) != SecretState::kEnded;
      if (is_ours && secret.number != active && nature.is_usage_told) {
        break_rule(13, "a run that is given up leaves its staged secret behind");
      }
      if (is_ours && secret.number == active) break_rule(13, "it is given up, and has activated");
    }
    std::vector<int> places_before(state.consumers.size());
    for (const TruePlace& place : places) {
      const auto whose = static_cast<std::size_t>(std::max(place.consumer, 0));
      // What the run has not come to is not its affair.
      const bool is_touched =
          place.consumer >= 0 && places_before[whose]++ < state.consumers[whose].touched;
      const bool is_old_news = place.foreign_since && time - *place.foreign_since > seconds{1};
      const int sink = place.consumer >= 0 ? places_before[whose] - 1 : 0;
      const auto& left = state.consumers[whose].left;
      const bool is_told = std::find(left.begin(), left.end(), sink) != left.end();
      if (is_touched && is_old_news && !is_told) {
        break_rule(8, "it is given up, and a sink holds what nobody accepts, and nobody is told");
      }
      // Whoever ended its own secret excuses nobody who could have got the old one back.
      const bool is_stranded = new_revoked_at_call > 0 && is_any_old_accepted() &&
                               place.consumer >= 0 && !place.is_meddled_with() &&
                               !is_accepted(place.value);
      if (is_stranded) {
        break_rule(1, "it is given up while the old one works, and a sink holds what is refused");
      }
    }
    return;
  }
  judge_closed(active);
}

void World::judge_closed(int active) {
  judge_workflows_proven("it is closed");
  for (const std::string& id : state.plan.outgoing) {
    const int value = value_of_text(std::string_view(id).substr(4));
    const bool is_held =
        std::any_of(state.old_values.begin(), state.old_values.end(),
                    [&](const rotation::OldValue& old) { return value_of(old.value) == value; });
    const bool is_proven =
        std::find(proven_dead.begin(), proven_dead.end(), value) != proven_dead.end();
    if (is_held && !is_proven) break_rule(15, "it is closed, and nobody saw an old value refused");
  }
  for (const TrueSecret& secret : secrets) {
    const bool is_of_others = secret.label == kSomebody;
    if (secret.number != active && !is_of_others && is_accepted(secret.number)) {
      break_rule(15, "the run is closed and " + text_of_value(secret.number) + " is accepted");
    }
  }
  const bool is_excused = is_beyond_help && !is_only_cut;
  for (const TruePlace& place : places) {
    const bool is_fresh = time - last_outside_at <= kGrace;
    if (place.is_form && place.is_put_back) continue;  // nobody could see that
    if (place.consumer >= 0 && place.value != active && !is_fresh && !is_excused) {
      break_rule(8, "the run is closed and a sink does not hold the new value");
    }
  }
}

}  // namespace rekey::simulation

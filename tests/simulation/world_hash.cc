// What makes a state: everything that engine, world and judge go by.
#include <algorithm>

#include "rotation/machine/workflow_rules.h"
#include "simulation/hash.h"
#include "simulation/world.h"

namespace rekey::simulation {
namespace {

class StateHasher {
 public:
  StateHasher(Instant time, Instant now) : time_(time), now_(now) {}
  template <typename T>
  void add(T value) {
    clockless_.add(value);
    clocked_.add(value);
  }
  void add_text(std::string_view text) {
    Hasher one;
    one.add(text);
    add(one.value());
  }
  // Farther than these nothing asks how far.
  static std::int64_t clip(Duration distance) {
    constexpr Duration kFarBack = std::chrono::minutes{15};
    constexpr Duration kFarAhead = base::Days{1};
    return std::clamp(distance, -kFarBack, kFarAhead).count();
  }
  void add_time(Instant at) {  // of the issuer
    clocked_.add(clip(at - time_));
  }
  void add_engine_time(const std::optional<Instant>& at) {
    add(at.has_value());
    if (at) clocked_.add(clip(*at - now_));
  }
  // What passed with the new secret is tried again when it is older than that.
  void add_until_stale(Instant at) {
    constexpr Duration kAny = rotation::kWorkflowFreshness + std::chrono::seconds{1};
    clocked_.add(std::clamp(now_ - at, -kAny, kAny).count());
  }
  void add_time(const std::optional<Instant>& at) {
    add(at.has_value());
    if (at) add_time(*at);
  }
  [[nodiscard]] std::uint64_t clocked() const { return clocked_.value(); }
  [[nodiscard]] std::uint64_t clockless() const { return clockless_.value(); }

 private:
  Hasher clocked_;
  Hasher clockless_;
  Instant time_;
  Instant now_;
};

void add_driver(StateHasher& hasher, const rotation::DriverSpec& spec) {
  hasher.add_text(spec.kind);
  for (const auto& [name, value] : spec.settings) {
    hasher.add_text(name);
    hasher.add_text(value);
  }
}

// What of them may change while a run is open, and whatever they hold a run to.
void add_rules(StateHasher& hasher, const rotation::RunPlanned& plan) {
  hasher.add(plan.rules.approvals);
  for (const std::string& approver : plan.rules.approvers) hasher.add_text(approver);
  hasher.add(plan.outgoing_ends_at.has_value());
  hasher.add(plan.rules.window.has_value());
  if (plan.rules.window) hasher.add_text(rotation::to_text(*plan.rules.window));
  for (const rotation::Wave& wave : plan.rules.waves) hasher.add(wave.hold.count());
  hasher.add(plan.rules.drivers.has_value());
  if (plan.rules.drivers) {
    const rotation::RunDrivers& drivers = *plan.rules.drivers;
    add_driver(hasher, drivers.issuer);
    add_driver(hasher, drivers.probe);
    for (const rotation::DriverSpec& one : drivers.usage_sources) add_driver(hasher, one);
  }
  for (const rotation::NotConsumer& one : plan.rules.not_consumers) hasher.add_text(one.path);
  for (const rotation::Freeze& freeze : plan.rules.freezes) {
    hasher.add_engine_time(freeze.from);
    hasher.add_engine_time(freeze.to);
  }
}

void add_workflows(StateHasher& hasher, const rotation::RunState& state) {
  for (const auto& [name, progress] : state.workflows) {
    hasher.add_text(name);
    hasher.add(progress.on_old ? static_cast<int>(*progress.on_old) : -1);
    hasher.add(progress.on_new ? static_cast<int>(*progress.on_new) : -1);
    if (progress.on_new) hasher.add_until_stale(progress.new_at);
    hasher.add(std::min(progress.old_failures, 2));
    hasher.add(progress.is_tried_again);
    if (!progress.on_old && progress.old_failures > 0) {
      hasher.add_engine_time(progress.old_failed_at);
    }
  }
}

void add_run(StateHasher& hasher, const rotation::RunState& state) {
  hasher.add(state.phase);
  hasher.add(state.plan.order);
  hasher.add_engine_time(state.plan.stage_not_before);
  for (const rotation::RunConsumer& one : state.consumers) {
    hasher.add(one.step);
    hasher.add(one.touched);
    hasher.add(one.sink);
    hasher.add(one.attested_by.has_value());
    hasher.add(one.waiver.has_value());
    hasher.add(one.is_restarted);
    hasher.add(one.is_to_reload_anew);
    hasher.add(one.is_present_dead);
    for (const int sink : one.left) hasher.add(sink);
    hasher.add(one.rhythm && one.rhythm->last_seen);
    for (const base::Fingerprint& value : one.present_values) hasher.add(value.digest[0]);
    hasher.add_time(one.reloaded_at);
  }
  hasher.add(state.open_intent.has_value());
  if (state.open_intent) {
    hasher.add(state.open_intent->effect);
    hasher.add(state.open_intent->sink);
    hasher.add_text(state.open_intent->effect == rotation::Effect::kStage
                        ? std::string_view()
                        : std::string_view(state.open_intent->subject));
  }
  hasher.add_text(state.lost_secret_id.value_or(""));
  hasher.add_text(state.secret_id);
  hasher.add(state.new_value.digest[0]);
  hasher.add_engine_time(state.usable_from);
  hasher.add(state.proofs);
  hasher.add_engine_time(state.last_proof_at);
  hasher.add_engine_time(state.observing_since);
  hasher.add_engine_time(state.gate_passed_at);
  hasher.add(state.is_activated);
  hasher.add_text(state.superseded_id);
  hasher.add_engine_time(state.old_ends_at);
  hasher.add(state.is_old_ended);
  hasher.add(state.is_activation_asked);
  hasher.add_text(state.revoking_id);
  hasher.add(state.is_stop_overtaken);
  hasher.add(state.ended_old.size());
  for (const rotation::Drift& drift : state.drifts) {
    hasher.add_text(drift.consumer);
    hasher.add(drift.sink);
    hasher.add(drift.is_damaged);
    hasher.add(drift.is_restored);
    hasher.add(drift.is_stuck);
  }
  hasher.add(state.staged_in_vain);
  hasher.add(state.is_end_doubtful);
  for (const rotation::OldValue& old : state.old_values) hasher.add(old.is_refused);
  hasher.add(state.attempts);
  hasher.add(state.failed_ends);
  hasher.add(state.unclear_runs);
  hasher.add(state.has_effect_failed);
  hasher.add(state.failure.has_value());
  if (state.failure) {
    hasher.add_text(state.failure->step);
    hasher.add(state.failure->code);
    hasher.add_engine_time(state.failure->retry_at);
  }
  hasher.add(state.parked.has_value());
  if (state.parked) {
    hasher.add(state.parked->is_lapse);
    hasher.add(state.parked->is_waiting);
  }
  hasher.add(state.is_lapse_known);
  hasher.add(state.is_staged_gone);
  hasher.add(state.is_old_gone);
  hasher.add(state.gone.has_value());
  hasher.add(state.gone && state.gone->is_unproven);
  hasher.add(state.active_end.has_value());
  hasher.add_engine_time(state.asked_since);
  hasher.add(state.is_staged_unused);
  hasher.add(state.abandon.has_value());
  hasher.add(state.is_abandoned);
  hasher.add(state.approved.size());
  hasher.add(state.waves_passed);
  for (const Instant staging : state.stagings) hasher.add_engine_time(staging);
  hasher.add(state.stagings.size());
  for (const base::Fingerprint& value : state.earlier_values) hasher.add(value.digest[0]);
  hasher.add(state.early_cut.has_value());
  hasher.add(state.early_cut && !state.early_cut->how.empty());
  hasher.add(state.usage_unread.has_value());
  if (state.usage_unread) hasher.add_engine_time(state.usage_unread->since);
  for (const rotation::Outage& outage : state.outages) {
    hasher.add_time(outage.over_at);
    hasher.add(outage.length.count());
  }
  add_workflows(hasher, state);
  add_rules(hasher, state.plan);
}

// What no run changes, and the rules of the issuer, which somebody may change.
void add_nature(StateHasher& hasher, const World& world) {
  const rotation::Descriptor& rules = world.nature.rules;
  hasher.add(rules.activation_ends_old);
  hasher.add(rules.overlap ? rules.overlap->count() : -1);
  hasher.add(rules.is_by_hand);
  hasher.add(world.nature.is_usage_told);
  hasher.add(world.slip);
  for (const TrueConsumer& one : world.consumers) {
    hasher.add(one.is_form);
    hasher.add(one.is_restarted_by_hand);
  }
  for (const TrueWorkflow& one : world.workflows) {
    hasher.add(one.is_broken);
    hasher.add_time(one.mends_at);
    hasher.add(one.fails_once);
    hasher.add(one.broken_from);
    hasher.add(one.is_unswept);
  }
}

// Of words and of workflows, what only the judge remembers.
void add_memory(StateHasher& hasher, const World& world) {
  for (const TrueConsumer& one : world.consumers) {
    hasher.add(one.has_word);
    hasher.add(one.is_waived);
    hasher.add(one.was_waived);
    hasher.add(one.restarted_at_call > world.last_write_call);
  }
  for (const TrueWorkflow& one : world.workflows) {
    hasher.add(one.is_tried_on_old);
    hasher.add(one.was_broken_before);
    hasher.add(one.fails_with_new_alone);
    hasher.add(one.worked_with);
    hasher.add(one.worked_at_call > world.last_write_call);
  }
}

void add_world(StateHasher& hasher, const World& world) {
  add_nature(hasher, world);
  for (const TrueSecret& one : world.secrets) {
    hasher.add(world.state_of(one));
    hasher.add(one.label.empty() ? 0 : (one.label == world.run_id ? 1 : 2));
    hasher.add_time(one.usable_from);
    hasher.add_time(one.works_from);
    hasher.add_time(one.stale_until);
    hasher.add_time(one.generated_at);
    hasher.add_time(one.ends_at);
    hasher.add_time(one.activated_at);
  }
  for (const TruePlace& one : world.places) {
    hasher.add(one.value);
    hasher.add_time(one.foreign_since);
    hasher.add(one.is_put_back);
    hasher.add(one.moved_to);
    hasher.add(one.written_at_call > world.last_proof_call);
    hasher.add(one.restored_at_call > world.last_good_call);
  }
  for (const Instance& one : world.instances) {
    hasher.add(one.is_dead);
    hasher.add(one.dies_at_restart);
    hasher.add(one.is_written_off);
    if (!one.is_dead) hasher.add_time(one.next_at);
    hasher.add(one.has_old_image);
    hasher.add(one.restarts_at.has_value());
    hasher.add_time(one.restarts_at);
    if (one.reads == Reads::kPerCall) continue;
    hasher.add(one.held);
    hasher.add_time(one.read_at);
  }
  for (const UsageCell& one : world.usage) {
    hasher.add(one.secret);
    hasher.add(one.instance);
    hasher.add(one.count > 0);
    hasher.add_time(one.last);
  }
  hasher.add_time(world.usage_since);
  hasher.add_time(world.issuer_down_until);
  hasher.add_time(world.sinks_down_until);
  hasher.add(world.broken_call ? static_cast<int>(*world.broken_call) : -1);
  hasher.add_time(world.clock_right_at);
  hasher.add(world.is_issuer_moved);
  hasher.add(world.is_staged_ended);
  for (const LateEffect& one : world.late) {
    hasher.add(one.effect.kind);
    hasher.add(one.effect.subject);
    hasher.add(one.effect.value);
    hasher.add_time(one.due);
  }
  for (const int value : world.kept) hasher.add(value);
}

}  // namespace

StateHash World::hash() const {
  StateHasher hasher(time, now());
  add_run(hasher, state);
  add_world(hasher, *this);
  hasher.add(is_outage_from_outside);
  hasher.add(is_abandon_wanted);
  hasher.add(is_waived);
  const std::uint64_t clockless = hasher.clockless();
  // What only the judge and those who help the run along remember.
  add_memory(hasher, *this);
  for (const Fault& fault : faults) {
    hasher.add(fault.kind);
    hasher.add(fault.subject);
    hasher.add(fault.delay.count());
    hasher.add(fault.at - (is_of_a_call(fault.kind) ? calls : places_passed));
  }
  hasher.add(is_calm);
  hasher.add(is_only_cut);
  hasher.add_time(cut_at);
  hasher.add(parks);
  hasher.add(std::min(proofs, 9));
  hasher.add_time(first_proof_at);
  hasher.add_time(last_proof_at);
  hasher.add(is_span_unsure);
  hasher.add(refused_probes);
  for (const int value : proven_dead) hasher.add(value);
  hasher.add(approvals);
  hasher.add(most_approvals);
  hasher.add(gone_in_row);
  hasher.add(failed_asks);
  if (broken_call) hasher.add_time(broken_since);
  hasher.add(fails_in_row);
  hasher.add_engine_time(last_fail_at);
  hasher.add_time(last_outside_at);
  hasher.add_time(last_observed_at);
  return {hasher.clocked(), clockless};
}

}  // namespace rekey::simulation

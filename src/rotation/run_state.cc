// What can be asked of a run's state: names, and what it may do.
#include <algorithm>

#include "rotation/machine.h"

namespace rekey::rotation {
namespace {

// The engine's own restart is evidence for who reads its secret at start, from this sink alone.
bool is_restart_evidence(const Consumer& consumer) {
  return consumer.reload.reads_at_start && !consumer.reload.is_per_call() && !consumer.is_by_hand;
}

}  // namespace

bool is_proven(const RunState& state) noexcept {
  return state.proofs >= state.plan.proof.requests;
}

bool is_everybody_reloaded(const RunState& state) noexcept {
  return std::all_of(state.consumers.begin(), state.consumers.end(),
                     [](const RunConsumer& c) { return c.step == ConsumerStep::kReloaded; });
}

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::kPlanned:
      return "Planned";
    case Phase::kStaging:
      return "Staging";
    case Phase::kStaged:
      return "Staged";
    case Phase::kSettled:
      return "Settled";
    case Phase::kPropagating:
      return "Propagating";
    case Phase::kObserving:
      return "Observing";
    case Phase::kGate:
      return "Gate";
    case Phase::kActivating:
      return "Activating";
    case Phase::kActivated:
      return "Activated";
    case Phase::kRetiring:
      return "Retiring";
    case Phase::kRetired:
      return "Retired";
    case Phase::kRollingBack:
      return "RollingBack";
    case Phase::kClosed:
      return "Closed";
    case Phase::kParked:
      return "Parked";
  }
  return "";
}

std::string_view name_of(ConsumerStep step) noexcept {
  switch (step) {
    case ConsumerStep::kPending:
      return "Pending";
    case ConsumerStep::kWritten:
      return "Written";
    case ConsumerStep::kReadBack:
      return "ReadBack";
    case ConsumerStep::kProven:
      return "Proven";
    case ConsumerStep::kReloaded:
      return "Reloaded";
    case ConsumerStep::kRollingBack:
      return "RollingBack";
    case ConsumerStep::kRestored:
      return "Restored";
    case ConsumerStep::kRestoreProven:
      return "RestoreProven";
  }
  return "";
}

Phase shown_phase(const RunState& state) noexcept {
  return state.parked ? Phase::kParked : state.phase;
}

bool may_join(const RunState& state) noexcept {
  if (state.is_old_ended || state.abandon) return false;
  switch (state.phase) {
    case Phase::kActivating:
    case Phase::kActivated:
      return state.plan.order == Order::kActivateFirst;
    case Phase::kRetiring:
    case Phase::kRetired:
    case Phase::kClosed:
      return false;
    default:
      return true;
  }
}

bool may_activate(const RunState& state) noexcept {
  if (state.is_activated || state.secret_id.empty() || !is_proven(state)) return false;
  if (state.plan.order == Order::kActivateFirst) return state.phase == Phase::kSettled;
  return state.phase == Phase::kGate && is_everybody_reloaded(state);
}

bool is_in_a_persons_hands(const RunConsumer& consumer) noexcept {
  const bool is_open =
      consumer.step == ConsumerStep::kPending || consumer.step == ConsumerStep::kRollingBack;
  return consumer.facts.is_by_hand && consumer.is_touched && is_open && !consumer.attested_by;
}

const RunConsumer* find_consumer(const RunState& state, const std::string& name) noexcept {
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.facts.name == name) return &consumer;
  }
  return nullptr;
}

int count_approvals(const RunState& state) noexcept {
  const auto& all = state.approved_by;
  int count = 0;
  for (auto one = all.begin(); one != all.end(); ++one) {
    if (*one != state.plan.requested_by && std::find(all.begin(), one, *one) == one) ++count;
  }
  return count;
}

std::vector<std::string> consumers_without_evidence(const RunState& state, base::Instant at) {
  std::vector<std::string> names;
  const UsageReport untold{{}, at, at};
  for (const Verdict& verdict : evaluate(untold, question_of(state, {})).verdicts) {
    if (verdict.kind == VerdictKind::kNotYet) names.push_back(verdict.consumer);
  }
  return names;
}

bool is_old_alive(const RunState& state) noexcept {
  const bool is_cut = state.is_activated && state.is_old_ended;
  return !state.plan.outgoing.empty() && !state.is_old_gone && !is_cut;
}

base::Duration patience_of(const RunState& state) noexcept {
  base::Duration longest{};
  for (const RunConsumer& consumer : state.consumers) {
    longest = std::max(longest, consumer.facts.interval);
  }
  return kPatienceIntervals * longest + kBasePatience;
}

Question question_of(const RunState& state, const std::vector<Waiver>& waivers) {
  Question question;
  for (const RunConsumer& consumer : state.consumers) {
    question.consumers.push_back(
        {consumer.facts.name, consumer.facts.seen_as, consumer.facts.instances,
         consumer.facts.interval, consumer.reloaded_at, is_restart_evidence(consumer.facts),
         consumer.attested_by, consumer.facts.is_by_hand,
         consumer.facts.is_by_hand && !state.plan.is_by_hand,
         consumer.facts.is_by_hand && consumer.facts.reload.is_per_call()});
  }
  for (const Waiver& waiver : waivers) {
    question.waivers.push_back({waiver.seen_as, waiver.by, waiver.reason});
  }
  question.incoming = state.secret_id;
  question.outgoing = state.plan.outgoing;
  return question;
}

}  // namespace rekey::rotation

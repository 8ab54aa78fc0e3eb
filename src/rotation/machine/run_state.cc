// What can be asked of a run's state: names, and what it may do.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/shell.h"
#include "base/text.h"
#include "rotation/machine/guards.h"
#include "rotation/machine/machine.h"
#include "rotation/machine/plan_digest.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using base::Duration;

// The engine's own restart is evidence for who reads its secret at start, from its sinks alone.
// What was declared after the reload tells of no restart.
bool is_restart_evidence(const RunConsumer& consumer) {
  return holds(Guard::kRestartOnlyAtStart, consumer.facts.reload.reads_at_start) &&
         consumer.is_restarted && !consumer.facts.is_by_hand;
}

bool is_reloaded(const RunConsumer& consumer) {
  return consumer.step == ConsumerStep::kReloaded;
}

}  // namespace

Action::Action(const Action& other) = default;
Action::Action(Action&& other) noexcept = default;
Action& Action::operator=(const Action& other) = default;
Action& Action::operator=(Action&& other) noexcept = default;
Action::~Action() = default;

RunState::RunState() = default;
RunState::RunState(const RunState& other) = default;
RunState::RunState(RunState&& other) noexcept = default;
RunState& RunState::operator=(const RunState& other) = default;
RunState& RunState::operator=(RunState&& other) noexcept = default;
RunState::~RunState() = default;

bool is_proven(const RunState& state) noexcept {
  return holds(Guard::kProvenFirst, state.proofs >= state.plan.proof.requests);
}

bool is_everybody_reloaded(const RunState& state) noexcept {
  return holds(Guard::kEverybodyMoved,
               std::all_of(state.consumers.begin(), state.consumers.end(), is_reloaded));
}

int open_wave(const RunState& state) noexcept {
  std::optional<int> next;
  int last = 0;
  for (const RunConsumer& consumer : state.consumers) {
    const int wave = consumer.facts.wave;
    last = std::max(last, wave);
    if (wave >= state.waves_passed) next = std::min(next.value_or(wave), wave);
  }
  return is_old_alive(state) ? next.value_or(last) : last;
}

bool is_on_the_move(const RunState& state, const RunConsumer& consumer) noexcept {
  return holds(Guard::kWaveByWave, consumer.facts.wave <= open_wave(state)) ||
         consumer.is_present_dead;
}

bool is_cut_off(const RunConsumer& consumer) noexcept {
  return consumer.is_present_dead && !is_reloaded(consumer);
}

bool is_anybody_cut_off(const RunState& state) noexcept {
  return std::any_of(state.consumers.begin(), state.consumers.end(), is_cut_off);
}

bool is_wave_reloaded(const RunState& state) noexcept {
  return std::all_of(state.consumers.begin(), state.consumers.end(), [&](const RunConsumer& c) {
    return is_reloaded(c) || !is_on_the_move(state, c);
  });
}

std::string name_of_wave(const RunState& state, int wave) {
  const auto at = static_cast<std::size_t>(wave);
  return at < state.plan.rules.waves.size() ? state.plan.rules.waves[at].name
                                            : std::to_string(wave + 1);
}

std::string digest_of(const RunState& state) {
  std::vector<Consumer> consumers;
  for (const RunConsumer& consumer : state.consumers) consumers.push_back(consumer.facts);
  return plan_digest(state.plan, consumers);
}

std::string how_to_approve(const RunState& state) {
  const auto& may = state.plan.rules.approvers;
  const std::string digest = digest_of(state);
  if (may.empty()) {
    return fmt::format(
        "`rekey run approve --plan {} --reason TEXT`, said by somebody other than {}, or for them "
        "with --by",
        digest, state.plan.requested_by.empty() ? "who began it" : state.plan.requested_by);
  }
  const std::vector<std::string> others(may.begin() + 1, may.end());
  return fmt::format("`rekey run approve --plan {} --by {} --reason TEXT`{}{}", digest,
                     base::shell_quoted(may.front()), others.empty() ? "" : ", or --by ",
                     fmt::join(others, " or "));
}

std::optional<base::Instant> held_until(const RunState& state) {
  const auto wave = static_cast<std::size_t>(open_wave(state));
  const auto& waves = state.plan.rules.waves;
  if (is_everybody_reloaded(state) || !is_wave_reloaded(state) || wave >= waves.size() ||
      waves[wave].hold == Duration{0}) {
    return std::nullopt;
  }
  base::Instant moved_at{};
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.reloaded_at) moved_at = std::max(moved_at, *consumer.reloaded_at);
  }
  return moved_at + waves[wave].hold;
}

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::kPlanned:
      return "Planned";
    case Phase::kApproved:
      return "Approved";
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
      return true;  // whether it took place has to be looked for: until then both may work
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

bool is_before_activation(const RunState& state) noexcept {
  if (state.is_activated || state.abandon) return false;
  if (!moves_before_activation(state)) {
    return state.phase == Phase::kSettled && is_proven(state);
  }
  return state.phase == Phase::kGate || state.phase == Phase::kActivating;
}

bool is_before_end(const RunState& state) noexcept {
  const bool is_there = state.phase == Phase::kActivated || state.phase == Phase::kGate ||
                        state.phase == Phase::kRetiring;
  return state.is_activated && !state.is_old_ended && !state.abandon && is_there &&
         is_everybody_reloaded(state);
}

bool is_approval_awaited(const RunState& state) noexcept {
  if (state.is_old_ended || count_approvals(state) >= state.plan.rules.approvals) return false;
  return is_before_activation(state) || is_before_end(state);
}

std::optional<base::Instant> issuer_waits_until(const RunState& state, base::Instant now) noexcept {
  if (state.abandon || state.is_activated) return std::nullopt;
  const bool is_to_stage = state.phase == Phase::kPlanned || state.phase == Phase::kApproved ||
                           state.phase == Phase::kStaging;
  const bool is_to_activate =
      state.phase == Phase::kGate ||
      (state.phase == Phase::kSettled && is_proven(state) && !moves_before_activation(state)) ||
      (state.phase == Phase::kObserving && is_everybody_reloaded(state));
  const auto until = is_to_stage      ? state.plan.stage_not_before
                     : is_to_activate ? state.plan.activate_not_before
                                      : std::nullopt;
  return until && *until > now ? until : std::nullopt;
}

bool may_activate(const RunState& state) noexcept {
  if (state.is_activated || state.secret_id.empty() || !is_proven(state)) return false;
  if (!are_workflows_proven(state)) return false;
  if (!moves_before_activation(state)) return state.phase == Phase::kSettled;
  return state.phase == Phase::kGate && is_everybody_reloaded(state);
}

bool is_in_a_persons_hands(const RunConsumer& consumer) noexcept {
  const bool is_open =
      consumer.step == ConsumerStep::kPending || consumer.step == ConsumerStep::kRollingBack;
  return consumer.facts.is_by_hand && consumer.touched > 0 && is_open && !consumer.attested_by;
}

bool is_to_be_restarted(const RunConsumer& consumer) noexcept {
  const bool is_open =
      consumer.step == ConsumerStep::kProven || consumer.step == ConsumerStep::kRestoreProven ||
      (consumer.facts.is_by_hand &&
       (consumer.step == ConsumerStep::kWritten || consumer.step == ConsumerStep::kRestored));
  return consumer.facts.reload.form() == ReloadForm::kPerson && is_open && !consumer.attested_by &&
         consumer.left.empty();
}

const RunConsumer* find_consumer(const RunState& state, const std::string& name) noexcept {
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.facts.name == name) return &consumer;
  }
  return nullptr;
}

bool is_gate_fresh(const RunState& state, base::Instant now) noexcept {
  return state.gate_passed_at && now >= *state.gate_passed_at &&
         now - *state.gate_passed_at <= kGateFreshness;
}

bool is_staged_open(const RunState& state) noexcept {
  return !state.is_activated && !state.secret_id.empty() && !state.is_staged_gone;
}

std::vector<std::string> holders_of_new(const RunState& state) {
  std::vector<std::string> names;
  for (const RunConsumer& consumer : state.consumers) {
    const bool is_restored =
        state.phase == Phase::kRollingBack && consumer.step == ConsumerStep::kPending;
    if (consumer.touched > 0 && !is_restored) names.push_back(consumer.facts.name);
  }
  return names;
}

int count_approvals(const RunState& state) noexcept {
  if (state.approved.empty()) return 0;
  const auto& may = state.plan.rules.approvers;
  const std::string digest = digest_of(state);
  std::set<std::string> people;
  for (const RunApproved& approval : state.approved) {
    // An old journal has none, and neither have its approvals.
    const bool is_of_this_plan = approval.plan_digest == digest ||
                                 (approval.plan_digest.empty() && state.accepted_plan.empty());
    const bool is_allowed =
        may.empty() || std::find(may.begin(), may.end(), approval.by) != may.end();
    if (is_of_this_plan && is_allowed && approval.by != state.plan.requested_by) {
      people.insert(approval.by);
    }
  }
  return static_cast<int>(people.size());
}

std::vector<std::string> consumers_without_evidence(const RunState& state, base::Instant at,
                                                    Asked asked) {
  std::vector<std::string> names;
  const UsageReport untold = untold_usage(at);
  Question question = question_of(state, {});
  if (asked == Asked::kEverybody) {
    for (Expectation& consumer : question.consumers) consumer.is_not_asked = false;
  }
  for (const Verdict& verdict : evaluate(untold, question).verdicts) {
    if (!is_passing(verdict.kind)) names.push_back(verdict.consumer);
  }
  return names;
}

std::string describe_active_end(const RunState& state) {
  const std::vector<std::string> names = holders_of_new(state);
  const bool has_old = !state.is_old_ended && !state.superseded_id.empty();
  const std::string until =
      has_old && state.old_ends_at && *state.old_ends_at != base::kFarFuture
          ? fmt::format(" (until {})", base::format_instant(*state.old_ends_at))
          : std::string();
  const std::string way_back =
      has_old ? fmt::format(
                    "gives everybody back what they held while {} works{}, and where that "
                    "has ended too, closes the run as it stands",
                    state.superseded_id, until)
              : std::string("closes the run as it stands, so that another can begin");
  return fmt::format(
      "{}, the secret that this run has activated, is not accepted any more: {}. Cut off: {}. "
      "`rekey run abort --reason TEXT` {}. Going on needs {} accepted again",
      state.secret_id, state.active_end.value_or(""),
      names.empty() ? "nobody yet" : fmt::format("{}", fmt::join(names, ", ")), way_back,
      state.secret_id);
}

std::vector<std::string> places_left(const RunState& state) {
  std::vector<std::string> places;
  for (const RunConsumer& consumer : state.consumers) {
    for (const int sink : consumer.left) {
      places.push_back(fmt::format("the place of {} ({})", consumer.facts.name,
                                   consumer.facts.sinks[static_cast<std::size_t>(sink)].location));
    }
  }
  return places;
}

bool is_left_alone(const RunConsumer& consumer) noexcept {
  return consumer.touched > 0 && static_cast<int>(consumer.left.size()) >= consumer.touched;
}

std::string but_for_waived(const RunState& state) {
  std::vector<std::string> waived;
  for (const RunConsumer& consumer : state.consumers) {
    if (!consumer.waiver) continue;
    waived.push_back(fmt::format("{} (waived by {})", consumer.facts.name, consumer.waiver->by));
  }
  return waived.empty() ? std::string() : fmt::format(" but {}", fmt::join(waived, ", "));
}

bool is_old_alive(const RunState& state) noexcept {
  return !state.plan.outgoing.empty() && !state.is_old_gone && !state.is_old_ended;
}

bool moves_before_activation(const RunState& state) noexcept {
  return state.plan.order == Order::kPropagateFirst || state.is_old_ended;
}

bool is_gate_due(const RunState& state) noexcept {
  if (!state.early_cut || state.plan.is_by_hand) return false;
  const bool has_form = std::any_of(state.consumers.begin(), state.consumers.end(),
                                    [](const RunConsumer& c) { return c.facts.is_by_hand; });
  return has_form || !state.early_cut->how.empty();
}

base::Duration interval_of(const RunConsumer& consumer) {
  return longest_interval(consumer.facts, consumer.rhythm);
}

base::Error unknown_consumer(const RunState& state, std::string_view name) {
  std::vector<std::string_view> known;
  for (const RunConsumer& one : state.consumers) known.push_back(one.facts.name);
  const std::string_view nearest = base::nearest_word(name, known);
  return {base::Code::kInvalidArgument,
          fmt::format("{} has no consumer {}; it has {}{}", state.plan.run_id, name,
                      fmt::join(known, ", "),
                      nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest))};
}

bool do_words_count(const RunState& state) noexcept {
  return !state.abandon &&
         (!state.is_old_ended || (is_gate_due(state) && state.phase < Phase::kGate));
}

base::Status check_waiver(const RunState& state, const std::string& consumer) {
  const RunConsumer* known = find_consumer(state, consumer);
  if (known == nullptr) return tl::unexpected(unknown_consumer(state, consumer));
  if (!do_words_count(state) || known->step != ConsumerStep::kReloaded) {
    return base::fail(
        base::Code::kRefused,
        fmt::format("{} is {} in {} ({}): its evidence can be waived after it has got the new "
                    "secret, and before the old one has ended",
                    consumer, name_of(known->step), state.plan.run_id, name_of(state.phase)));
  }
  return {};
}

base::Duration patience_of(const RunState& state) noexcept {
  base::Duration longest{};
  base::Duration every{};  // a cache or a schedule that has to come round first
  for (const RunConsumer& consumer : state.consumers) {
    longest = std::max(longest, interval_of(consumer));
    every = std::max(every, consumer.facts.reload.every);
  }
  Duration hold{};
  for (const Wave& wave : state.plan.rules.waves) hold = std::max(hold, wave.hold);
  return hold + every + kPatienceIntervals * longest + kBasePatience;
}

Question question_of(const RunState& state, const std::vector<Waiver>& waivers) {
  Question question;
  for (const RunConsumer& consumer : state.consumers) {
    question.consumers.push_back(
        {consumer.facts.name, consumer.facts.seen_as, consumer.facts.instances,
         interval_of(consumer), consumer.reloaded_at, is_restart_evidence(consumer),
         consumer.attested_by, consumer.facts.is_by_hand,
         consumer.facts.is_by_hand && !state.plan.is_by_hand,
         consumer.facts.is_by_hand && !consumer.facts.reload.is_by_engine(),
         !is_on_the_move(state, consumer), was_alive(consumer.facts, consumer.rhythm),
         consumer.waiver});
  }
  for (const Waiver& waiver : waivers) {
    question.waivers.push_back({waiver.seen_as, waiver.by, waiver.reason});
  }
  question.incoming = state.secret_id;
  question.outgoing = state.plan.outgoing;
  question.outages = state.outages;
  return question;
}

}  // namespace rekey::rotation

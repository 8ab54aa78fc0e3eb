// What a run does, step by step, and how long each may take: of a new plan, and of an open run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "rotation/machine/action_text.h"
#include "rotation/machine/plan_parts.h"
#include "rotation/machine/roll_back.h"
#include "rotation/machine/workflow_rules.h"
#include "rotation/plan/plan.h"
#include "rotation/plan/reconcile.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::seconds;

constexpr Duration kPerWrite = seconds{1};           // write, read back, one token request
constexpr Duration kByHand = std::chrono::hours{1};  // a person at a form
constexpr Duration kMargin = seconds{5};
constexpr Duration kDeathProof = seconds{10};

Duration reload_time(const Consumer& consumer) {
  if (consumer.reload.form() == ReloadForm::kPerson) return kByHand;
  return consumer.reload.is_by_engine() ? consumer.reload.timeout : Duration{0};
}

Duration moving_time(const Consumer& consumer) {
  const auto writes = static_cast<int>(consumer.sinks.size());
  return (consumer.is_by_hand ? kByHand : kPerWrite * writes) + reload_time(consumer);
}

// Of one run of all of them, clean-up included.
Duration workflow_time(const Inventory& inventory) {
  Duration time{};
  for (const Workflow& one : inventory.workflows) {
    time += one.clean_up.empty() ? one.timeout : 2 * one.timeout;
  }
  return time;
}

void list_workflows(Plan& plan, const Inventory& inventory, std::string_view secret) {
  if (inventory.workflows.empty()) return;
  std::string names;
  for (const Workflow& one : inventory.workflows) names += (names.empty() ? "" : ", ") + one.name;
  // That one fails with the old secret is believed when it has failed twice, and asked once more
  // where it fails with the new one.
  const int outcomes = secret == "old" ? 3 : 1;
  plan.most_workflow_runs += outcomes * kMostUnclearRuns;
  plan.steps.push_back({fmt::format("run the workflows with the {} secret: {}", secret, names),
                        workflow_time(inventory)});
}

// Twice its interval, after it has come to read what its sinks hold.
Duration longest_evidence(const Inventory& inventory) {
  Duration longest{};
  for (const Consumer& consumer : inventory.consumers) {
    longest = std::max(longest, 2 * consumer.interval + consumer.reload.every);
  }
  return longest;
}

// Every wave is observed on its own.
Duration observing_time(const Inventory& inventory) {
  const int waves = std::max(static_cast<int>(inventory.waves.size()), 1);
  Duration time = waves * longest_evidence(inventory);
  for (const Wave& wave : inventory.waves) time += wave.hold;
  return time;
}

void list_evidence(Plan& plan, const Inventory& inventory) {
  if (plan.is_by_hand) {
    plan.steps.push_back(
        {"for every consumer: its restart by the engine, or its owner's attestation"});
    return;
  }
  plan.steps.push_back(
      {"observe until every consumer is seen on the new secret or is quiet on the old "
       "one, and no unknown caller is left",
       longest_evidence(inventory)});
}

// Between two waves.
void list_wave_end(Plan& plan, const Inventory& inventory, const Wave& wave) {
  const std::string hold = wave.hold > Duration{0}
                               ? fmt::format(", at least {}", base::format_duration(wave.hold))
                               : std::string();
  plan.steps.push_back(
      {fmt::format("wave {}: observe until each of them is known to use the new secret{}",
                   wave.name, hold),
       plan.is_by_hand ? wave.hold : wave.hold + longest_evidence(inventory)});
}

std::string say_move(const Consumer& consumer) {
  return fmt::format(
      "{}: write its sink ({}), read it back, ask for a token with what was read; {}",
      consumer.name, places_of(consumer), describe(consumer.reload));
}

// When all steps so far have taken their longest.
Instant reached_at(const Plan& plan) {
  Instant at = plan.made_at;
  for (const PlanStep& step : plan.steps) at += step.longest;
  return at;
}

void list_window(Plan& plan, std::string_view what) {
  const Instant at = reached_at(plan);
  plan.steps.push_back({fmt::format("wait for the window {}{}", to_text(*plan.rules.window), what),
                        next_opening(*plan.rules.window, at) - at});
}

// As the machine moves them: of a wave those whom the engine restarts come last, where they wait
// for a window.
std::vector<Consumer> in_order_of_moves(const Plan& plan, const Inventory& inventory) {
  std::vector<Consumer> consumers = inventory.consumers;
  if (!plan.rules.window) return consumers;
  std::stable_sort(consumers.begin(), consumers.end(), [](const Consumer& a, const Consumer& b) {
    return std::pair(a.wave, a.reload.is_restart_by_engine()) <
           std::pair(b.wave, b.reload.is_restart_by_engine());
  });
  return consumers;
}

// Before the first restart of a wave. A window that opens too late for all to move before the
// present secret ends is not waited for.
class RestartWaits {
 public:
  RestartWaits(Plan& plan, const Inventory& inventory, const std::optional<Instant>& ends_at)
      : plan_(plan) {
    if (ends_at) last_ = *ends_at - worst_case_of_moving(inventory);
  }
  void list_before(const Consumer& consumer) {
    const auto& window = plan_.rules.window;
    if (!window || !consumer.reload.is_restart_by_engine() || wave_ == consumer.wave) return;
    if (next_opening(*window, reached_at(plan_)) >= last_) return;
    wave_ = consumer.wave;
    list_window(plan_, fmt::format(", in which {} and whoever else is restarted gets the new one",
                                   consumer.name));
  }

 private:
  Plan& plan_;
  Instant last_ = base::kFarFuture;
  int wave_ = -1;
};

void list_propagation(Plan& plan, const Inventory& inventory) {
  int wave = 0;
  RestartWaits waits(plan, inventory, plan.outgoing_ends_at);
  for (const Consumer& consumer : in_order_of_moves(plan, inventory)) {
    if (consumer.wave != wave) {
      if (wave == 0) list_workflows(plan, inventory, "new");
      list_wave_end(plan, inventory, inventory.waves[static_cast<std::size_t>(wave)]);
      wave = consumer.wave;
    }
    if (plan.order == Order::kPropagateFirst) waits.list_before(consumer);
    if (consumer.is_by_hand) {
      plan.steps.push_back(
          {fmt::format("{}: a person puts it into {} by hand and attests that; {}", consumer.name,
                       places_of(consumer), describe(consumer.reload)),
           moving_time(consumer)});
      continue;
    }
    plan.steps.push_back({say_move(consumer), moving_time(consumer)});
  }
  list_workflows(plan, inventory, "new");
  list_evidence(plan, inventory);
}

// What is waited for before the activation, once everybody has moved.
void list_consent(Plan& plan, int approvals) {
  const auto& may = plan.rules.approvers;
  if (approvals > 0) {
    plan.steps.push_back(
        {fmt::format("wait for the approval of {}{} other than whoever began the run",
                     approvals == 1 ? std::string("a person") : fmt::format("{} people", approvals),
                     may.empty() ? std::string() : fmt::format(" (of {})", fmt::join(may, ", ")))});
  }
  if (plan.rules.window) list_window(plan, "");
}

// Until when an activation has a way back; nothing where it has none.
std::string until_undone(const Plan& plan, const std::optional<Duration>& overlap) {
  if (!plan.can_undo_activation) return {};
  const std::string how_long = overlap ? fmt::format(" ({})", base::format_duration(*overlap)) : "";
  return fmt::format("; while the old one works after that{}, it can be undone", how_long);
}

// What is undone before anything else, consumer by consumer.
void list_restoring(Plan& plan, const RunState& state) {
  for (const RunConsumer& known : state.consumers) {
    const bool is_open = known.step != ConsumerStep::kPending || is_in_a_persons_hands(known);
    if (known.touched == 0 || !is_open) continue;
    plan.steps.push_back(
        {known.facts.is_by_hand
             ? fmt::format("{}: a person puts the earlier value back into {} by hand",
                           known.facts.name, places_of(known.facts))
             : fmt::format("{}: put back the value it had before, prove it, reload",
                           known.facts.name),
         moving_time(known.facts)});
  }
}

// Whether the run has to stage anew. What rotate would otherwise rest on is a problem here.
bool note_staged(Plan& plan, const RunState& state, const std::vector<IssuedSecret>& all) {
  if (state.phase == Phase::kRollingBack) return true;
  if (state.secret_id.empty() || state.plan.is_by_hand) return false;
  std::vector<IssuedSecret> secrets = all;
  std::erase_if(secrets, [&](const IssuedSecret& s) { return s.slot != state.plan.slot; });
  const auto ours = std::find_if(secrets.begin(), secrets.end(), [&](const IssuedSecret& secret) {
    return secret.id == state.secret_id;
  });
  if (ours != secrets.end() && ours->state != SecretState::kEnded) return false;
  plan.problems.push_back(fmt::format("the {} secret {} of this run is gone: {}",
                                      state.is_activated ? "new" : "staged", state.secret_id,
                                      describe_gone(state, secrets)));
  return !state.is_activated;
}

// Who takes part, as the open run knows them.
void note_consumers(Plan& plan, const Inventory& inventory, const RunState& state) {
  for (const Consumer& consumer : inventory.consumers) {
    PlannedConsumer planned{consumer, {}, {}};
    if (const RunConsumer* taken = find_consumer(state, consumer.name)) {
      planned.rhythm = taken->rhythm;
    }
    for (const DriverSpec& sink : consumer.sinks) planned.places.push_back(sink.location);
    plan.consumers.push_back(std::move(planned));
  }
}

void list_staging_left(Plan& plan, const Inventory& inventory, const RunState& state) {
  if (state.secret_id.empty()) {
    if (!plan.outgoing.empty()) list_workflows(plan, inventory, "old");
    plan.steps.push_back(
        {"stage a new secret, labelled with the run's id, and seal its value", kMargin});
  }
  if (state.phase < Phase::kSettled) {
    plan.steps.push_back({"wait until it has settled", state.plan.settle});
  }
  const int missing = state.plan.proof.requests - state.proofs;
  if (missing <= 0 || state.is_activated) return;
  plan.steps.push_back(
      {fmt::format("ask for a token with it {} more time{}", missing, missing == 1 ? "" : "s"),
       state.plan.proof.span});
}

void list_move_left(Plan& plan, const Consumer& consumer, ConsumerStep step) {
  if (step == ConsumerStep::kReloaded) return;
  const bool is_with_a_person = consumer.is_by_hand && step == ConsumerStep::kPending;
  plan.steps.push_back(
      {is_with_a_person
           ? fmt::format("{}: a person puts the new secret into {} by hand and attests that",
                         consumer.name, places_of(consumer))
       : step == ConsumerStep::kPending
           ? say_move(consumer)
           : fmt::format("{}: go on from there: {}", consumer.name, say_step(step)),
       moving_time(consumer)});
}

// Wave by wave: whoever has not moved yet, and the end of each wave that has not held yet.
void list_moves_left(Plan& plan, const Inventory& inventory, const RunState& state, bool is_anew) {
  const int passed = is_anew ? 0 : state.waves_passed;
  const bool is_watched = !state.is_old_ended;
  int wave = 0;
  RestartWaits waits(plan, inventory, state.plan.outgoing_ends_at);
  for (const Consumer& consumer : in_order_of_moves(plan, inventory)) {
    if (consumer.wave != wave) {
      if (is_watched && wave >= passed) {
        if (wave == 0) list_workflows(plan, inventory, "new");
        list_wave_end(plan, inventory, inventory.waves[static_cast<std::size_t>(wave)]);
      }
      wave = consumer.wave;
    }
    const RunConsumer* known = find_consumer(state, consumer.name);
    const bool is_held = is_old_alive(state) && !state.is_activated &&
                         (known == nullptr || known->step == ConsumerStep::kPending);
    if (is_held) waits.list_before(consumer);
    list_move_left(plan, consumer,
                   known == nullptr || is_anew ? ConsumerStep::kPending : known->step);
  }
  if (is_watched || !are_workflows_proven(state)) list_workflows(plan, inventory, "new");
  const bool is_asked = is_watched ? !plan.is_by_hand || !state.is_activated : is_gate_due(state);
  if (is_asked) list_evidence(plan, inventory);
}

void list_activation_left(Plan& plan, const RunState& state) {
  if (state.is_activated) return;
  if (!state.is_old_ended) {
    list_consent(plan, std::max(state.plan.rules.approvals - count_approvals(state), 0));
  }
  plan.steps.push_back({plan.is_by_hand
                            ? "it is activated at the issuer, by a person or its command"
                            : "activate the staged secret" + until_undone(plan, std::nullopt),
                        {},
                        plan.activation_ends_old});
}

// `state` is that of the run once the changes of the inventory are taken in.
void list_rest_of_run(Plan& plan, const Inventory& inventory, const RunState& state, bool is_anew) {
  note_consumers(plan, inventory, state);
  if (!is_anew) list_staging_left(plan, inventory, state);
  const bool is_first = !moves_before_activation(state);
  if (is_first) list_activation_left(plan, state);
  list_moves_left(plan, inventory, state, is_anew);
  if (!is_first) list_activation_left(plan, state);
  if (!state.is_old_ended && !plan.activation_ends_old) {
    if (state.is_activated && is_approval_awaited(state)) {
      list_consent(plan, state.plan.rules.approvals - count_approvals(state));
    }
    plan.steps.push_back({"end the old secret on evidence, or let it lapse", {}, true});
  }
  plan.steps.push_back({"prove the old value refused, and close the run", kDeathProof});
}

}  // namespace

void list_steps(Plan& plan, const Inventory& inventory, const std::optional<Duration>& overlap,
                Instant now) {
  const bool is_propagate_first = plan.order == Order::kPropagateFirst;
  const Duration until_stage = plan.stage_not_before ? *plan.stage_not_before - now : Duration{0};
  if (!plan.outgoing.empty()) list_workflows(plan, inventory, "old");
  plan.steps.push_back(
      {plan.is_by_hand
           ? "a new secret is staged at the issuer, by a person or its command; its value is "
             "taken and sealed"
           : "stage a new secret, labelled with the run's id, and seal its value",
       until_stage + kMargin});
  plan.steps.push_back({"wait until it has settled", plan.settle});
  plan.steps.push_back(
      {fmt::format("ask for a token with it {} times over {}", inventory.proof.requests,
                   base::format_duration(inventory.proof.span)),
       inventory.proof.span});
  const Duration until_activation =
      plan.activate_not_before ? *plan.activate_not_before - now : Duration{0};
  if (is_propagate_first) {
    list_propagation(plan, inventory);
  } else {
    list_workflows(plan, inventory, "new");
  }
  list_consent(plan, plan.rules.approvals);
  plan.steps.push_back({plan.is_by_hand
                            ? "it is activated at the issuer, by a person or its command"
                            : "activate it" + until_undone(plan, overlap),
                        until_activation, plan.activation_ends_old});
  if (!is_propagate_first) list_propagation(plan, inventory);
  if (!plan.activation_ends_old) {
    const bool is_lapsing = overlap && *overlap <= kLapseWait;
    plan.steps.push_back({is_lapsing ? "let the old secret lapse at the end of its overlap"
                                     : "revoke the old secret on that evidence",
                          is_lapsing ? *overlap : Duration{0}, true});
  }
  plan.steps.push_back({"ask for a token with the old value: it must be refused", kDeathProof});
  plan.steps.push_back({"erase the sealed values and close the run"});
  for (const PlanStep& step : plan.steps) plan.worst_case += step.longest;
}

Duration worst_case_of_moving(const Inventory& inventory) {
  Duration total = observing_time(inventory) + 2 * workflow_time(inventory) + kMargin;
  for (const Consumer& consumer : inventory.consumers) total += moving_time(consumer);
  return total;
}

namespace {

// A run that is given up has nothing left but its way back.
void list_giving_up(Plan& plan, const RunState& state, Instant now) {
  plan.warnings.push_back(fmt::format("it is being given up by {}: {}; rotate finishes that",
                                      state.abandon->by, state.abandon->reason));
  if (may_undo_activation(state, now)) {
    plan.steps.push_back({fmt::format("undo the activation, before the overlap ends at {}",
                                      base::format_instant(*state.old_ends_at))});
  }
  list_restoring(plan, state);
  plan.steps.push_back(
      {"end the staged secret once nobody uses it, erase the sealed values and "
       "close the run as given up"});
}

// What the inventory says otherwise than the run knows.
void warn_of_changes(Plan& plan, const RunState& state, const Reconciliation& changes) {
  plan.problems = changes.problems;
  for (const Consumer& consumer : changes.joining) {
    plan.warnings.push_back(fmt::format("{} joins the open run", consumer.name));
  }
  for (std::string& one : describe_left_out(changes, state)) {
    plan.warnings.push_back(std::move(one));
  }
  if (changes.workflows) {
    plan.warnings.emplace_back(
        "the workflows have changed since the run began: it takes them as they are now");
  }
  if (changes.rules) {
    plan.warnings.emplace_back(
        "issuer's settings, probe, usage, approvals, window, waves, freezes or waivers of the "
        "inventory have changed since the run began: it takes them as they are now");
  }
  plan.warnings.insert(plan.warnings.end(), changes.kept.begin(), changes.kept.end());
  if (plan.digest != digest_of(state) && !state.approved.empty()) {
    plan.warnings.push_back(fmt::format(
        "what was approved was the plan {}: the approval has to be given anew", digest_of(state)));
  }
}

Inventory without_left_out(Inventory inventory, const Reconciliation& changes) {
  const auto& names = changes.left_out;
  std::erase_if(inventory.consumers, [&](const Consumer& one) {
    return std::find(names.begin(), names.end(), one.name) != names.end();
  });
  return inventory;
}

// What the run itself holds of the plan.
void take_plan(Plan& plan, const RunState& state) {
  plan.rules = state.plan.rules;
  plan.waves_passed = state.waves_passed;
  plan.workflows = state.plan.workflows;
  plan.digest = digest_of(state);
}

}  // namespace

Plan plan_of_open_run(const Inventory& inventory, const RunState& state,
                      const std::vector<IssuedSecret>& secrets, Instant now) {
  Plan plan;
  plan.made_at = now;
  plan.client_id = state.plan.client_id;
  plan.slot = state.plan.slot;
  plan.resumes_run = state.plan.run_id;
  plan.resumes_phase = name_of(state.phase);
  plan.order = state.plan.order;
  plan.order_reason = "as the open run began";
  plan.activation_ends_old = state.plan.activation_ends_old;
  plan.can_undo_activation = state.plan.can_undo_activation;
  plan.is_by_hand = state.plan.is_by_hand;
  take_plan(plan, state);
  plan.outgoing = state.plan.outgoing;
  if (state.parked) plan.warnings.push_back("it was parked: " + state.parked->reason);
  if (!state.abandon && may_undo_activation(state, now)) {
    plan.warnings.push_back(
        fmt::format("its activation can be undone until {}: `rekey run abort --reason TEXT`",
                    base::format_instant(*state.old_ends_at)));
  }
  if (state.abandon) {
    list_giving_up(plan, state, now);
    return plan;
  }
  const Reconciliation changes = reconcile(state, inventory);
  const RunState changed = with_changes(state, changes, now);
  take_plan(plan, changed);
  warn_of_changes(plan, state, changes);
  // Another issuer was not asked, and knows nothing of them.
  const bool is_same_issuer = check_issuer(state, inventory).has_value();
  const bool is_anew =
      is_same_issuer ? note_staged(plan, state, secrets) : state.phase == Phase::kRollingBack;
  if (is_anew) {
    list_restoring(plan, state);
    plan.steps.push_back({"stage a new secret in place of the one that is gone, and prove it",
                          state.plan.settle + state.plan.proof.span + kMargin});
  }
  list_rest_of_run(plan, without_left_out(inventory, changes), changed, is_anew);
  for (const PlanStep& left : plan.steps) plan.worst_case += left.longest;
  return plan;
}

}  // namespace rekey::rotation

#include "rotation/report/audit_report.h"

#include "rotation/report/audit_document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace rekey::rotation {
namespace {

using base::Instant;

// Goes through the journal once, with the machine's own state beside it.
class Auditor {
 public:
  explicit Auditor(AuditReport report) : report_(std::move(report)) {}

  void take(const RunEvent& event) {
    state_ = apply(std::move(state_), event);
    std::visit([&](const auto& body) { note(body, event.at); }, event.body);
    note_phase(event.at);
    note_steps(event.at);
    report_.last_at = event.at;
    report_.events.push_back({event.at, std::string(name_of(event.body)),
                              std::string(name_of(shown_phase(state_))), describe(event.body)});
  }

  AuditReport finish() {
    report_.plan = state_.plan;
    report_.plan_digest = digest_of(state_);
    for (AuditedWord& word : report_.words) {
      if (word.kind == WordKind::kApproval) word.counts = does_count(word);
    }
    report_.phase = shown_phase(state_);
    report_.early_cut = state_.early_cut;
    report_.ended_old = state_.ended_old;
    report_.ending = state_.is_abandoned              ? RunEnding::kGivenUp
                     : state_.phase == Phase::kClosed ? RunEnding::kClosed
                     : state_.parked                  ? RunEnding::kParked
                                                      : RunEnding::kOpen;
    // What is still going on goes on until now.
    const bool is_over =
        report_.ending == RunEnding::kClosed || report_.ending == RunEnding::kGivenUp;
    const Instant until = is_over ? report_.last_at : std::max(report_.made_at, report_.last_at);
    if (!report_.phases.empty()) report_.phases.back().to = until;
    for (AuditedConsumer& consumer : report_.consumers) {
      if (!consumer.spans.empty()) consumer.spans.back().to = until;
    }
    return std::move(report_);
  }

 private:
  AuditedConsumer& consumer_of(const std::string& name) {
    const auto found =
        std::find_if(report_.consumers.begin(), report_.consumers.end(),
                     [&](const AuditedConsumer& one) { return one.facts.name == name; });
    if (found != report_.consumers.end()) return *found;
    report_.consumers.push_back({});
    report_.consumers.back().facts.name = name;
    return report_.consumers.back();
  }
  AuditedSink& sink_of(const std::string& consumer, int sink) {
    return consumer_of(consumer).sinks.at(static_cast<std::size_t>(sink));
  }
  // As the machine counts them (count_approvals).
  [[nodiscard]] bool does_count(const AuditedWord& word) const {
    const auto& may = state_.plan.rules.approvers;
    const bool is_allowed = may.empty() || std::find(may.begin(), may.end(), word.by) != may.end();
    const bool is_of_plan = word.plan_digest == report_.plan_digest || state_.accepted_plan.empty();
    return is_allowed && is_of_plan && word.by != state_.plan.requested_by;
  }

  void note(const RunPlanned& event, Instant at) {
    report_.begun_at = at;
    report_.approvals_at_begin = event.rules.approvals;
  }
  void note(const RulesDeclared& event, Instant at) {
    report_.words.push_back({at, WordKind::kRules, event.by, {}, describe(event)});
  }
  void note(const ConsumerDeclared& event, Instant) {
    AuditedConsumer& consumer = consumer_of(event.consumer.name);
    consumer.facts = event.consumer;
    const auto& specs = event.consumer.sinks;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const base::Fingerprint& present = event.present_values.at(i);
      if (i == consumer.sinks.size()) consumer.sinks.push_back({{}, present});
      consumer.sinks[i].place = specs[i].location;
      note_old_value(present);
    }
  }
  void note(const SecretStaged& event, Instant at) {
    report_.secrets.push_back({event.secret_id, event.value, at, event.expires_at});
  }
  void note(const StagedValueLost& event, Instant at) {
    report_.secrets.push_back({event.secret_id,
                               {},
                               at,
                               base::kFarFuture,
                               {},
                               {},
                               "its value was lost: given up, never used"});
  }
  void note(const SinkWritten& event, Instant at) {
    AuditedSink& sink = sink_of(event.consumer, event.sink);
    consumer_of(event.consumer).put_back_proven_at.reset();
    sink.written_at = at;
    sink.after.reset();
    sink.restored_at.reset();
    sink.is_left = false;
  }
  void note(const SinkReadBack& event, Instant) {
    sink_of(event.consumer, event.sink).after = state_.new_value;
  }
  void note(const ConsumerProven& event, Instant at) { consumer_of(event.consumer).proven_at = at; }
  void note(const ConsumerReloaded& event, Instant at) {
    if (event.is_left || !find_consumer(state_, event.consumer)->left.empty()) return;
    consumer_of(event.consumer).reloaded_at = at;
  }
  void note(const SinkRestored& event, Instant at) {
    AuditedSink& sink = sink_of(event.consumer, event.sink);
    sink.after = event.value;
    sink.is_left = event.is_left;
    sink.restored_at = event.is_left ? std::nullopt : std::optional(at);
    consumer_of(event.consumer).put_back_proven_at.reset();
    consumer_of(event.consumer).reloaded_at.reset();
  }
  void note(const SinkDrifted& event, Instant) {
    sink_of(event.consumer, event.sink).after.reset();
    consumer_of(event.consumer).proven_at.reset();
    consumer_of(event.consumer).reloaded_at.reset();
  }
  void note(const RestoredProven& event, Instant at) {
    // Journals of before it was told apart say so of places that were left too.
    if (is_left_alone(*find_consumer(state_, event.consumer))) return;
    consumer_of(event.consumer).put_back_proven_at = at;
  }
  void note(const WavePassed& event, Instant at) { report_.waves.push_back({at, event}); }
  void note(const GatePassed& event, Instant at) { report_.gate = AuditedGate{at, event}; }
  void note(const SecretActivated& event, Instant at) {
    if (!report_.secrets.empty()) {
      report_.secrets.back().activated_at = at;
      report_.secrets.back().undone_at.reset();
    }
    report_.old_ends_at = event.old_ends_at;
    if (event.old_ends_at) return;
    report_.old_ended_at = at;
    report_.old_ended_how = "at the activation";
  }
  void note(const ActivationUndone&, Instant at) {
    if (!report_.secrets.empty()) report_.secrets.back().undone_at = at;
    report_.old_ends_at.reset();
    report_.undone_at = at;
    go_back();
  }
  void note(const ActiveSecretEnded& event, Instant) {
    end_secret(event.secret_id, event.how);
    if (state_.abandon) go_back();
  }
  void note(const IssuerMoved& event, Instant at) {
    report_.words.push_back({at, WordKind::kRules, event.by, {}, describe(event)});
  }
  void note(const OldSecretEnded& event, Instant at) {
    report_.old_ended_at = at;
    report_.old_ended_how = event.how;
  }
  void note(const OldValueRefused& event, Instant at) {
    for (AuditedOldValue& old : report_.old_values) {
      if (old.value == event.value) old.refused_at = at;
    }
  }
  void note(const StagedSecretGone& event, Instant) {
    end_secret(event.secret_id, event.how);
    go_back();
  }
  void note(const StagedSecretBack& event, Instant) { end_secret(event.secret_id, {}); }
  void note(const StagedSecretEnded& event, Instant) {
    end_secret(event.secret_id, "ended by the run: it was given up");
  }
  void note(const StepFailed& event, Instant at) {
    report_.failures.push_back({at, event.step, event.code, event.detail});
  }
  void note(const RunParked& event, Instant at) {
    go_on(at);  // a person's stop takes the place of the run's own
    report_.stops.push_back({at, std::nullopt, event.reason, event.is_waiting, event.by});
  }
  void note(const RunResumed& event, Instant at) {
    const bool is_stopped = !report_.stops.empty() && !report_.stops.back().until;
    if (is_stopped) return go_on(at);
    report_.stops.push_back({report_.last_at, at,
                             fmt::format("nobody worked on it for {} (a key, a signal, a power "
                                         "cut); taken up again by {}",
                                         rough_duration(at - report_.last_at),
                                         event.by.empty() ? "somebody" : event.by)});
    report_.stops.back().is_interruption = true;
  }
  void note(const RunClosed&, Instant at) { go_on(at); }
  void note(const RunAbandoned&, Instant at) { go_on(at); }
  void note(const RunApproved& event, Instant at) {
    report_.words.push_back(
        {at, WordKind::kApproval, event.by, {}, event.reason, event.plan_digest});
  }
  void note(const PlanAccepted& event, Instant at) {
    report_.words.push_back({at, WordKind::kPlan, event.by, {}, {}, event.plan_digest});
  }
  void note(const ConsumerAttested& event, Instant at) {
    report_.words.push_back({at, WordKind::kAttestation, event.by, event.consumer, event.reason});
  }
  void note(const ConsumerWaived& event, Instant at) {
    report_.words.push_back({at, WordKind::kWaiver, event.by, event.consumer, event.reason});
  }
  void note(const WorkflowRan& event, Instant at) { report_.workflows.push_back({at, event}); }
  void note(const ValueHandedOut& event, Instant at) {
    report_.words.push_back({at, WordKind::kHandOut, event.by, event.consumer, event.how});
  }
  void note(const AbandonRequested& event, Instant at) {
    report_.words.push_back({at, WordKind::kAbandonment, event.by, {}, event.reason});
    if (!state_.is_activated) go_back();
  }
  template <typename Other>
  void note(const Other&, Instant) {}

  void note_old_value(const base::Fingerprint& value) {
    const bool is_known =
        std::any_of(report_.old_values.begin(), report_.old_values.end(),
                    [&](const AuditedOldValue& old) { return old.value == value; });
    if (!is_known) report_.old_values.push_back({value});
  }
  void go_on(Instant at) {
    if (!report_.stops.empty() && !report_.stops.back().until) report_.stops.back().until = at;
  }
  void go_back() {
    report_.gate.reset();
    report_.waves.clear();
  }
  void end_secret(const std::string& id, const std::string& how) {
    for (AuditedSecret& secret : report_.secrets) {
      if (secret.id == id) secret.end = how;
    }
  }

  void note_phase(Instant at) {
    const Phase phase = shown_phase(state_);
    auto& phases = report_.phases;
    if (!phases.empty()) phases.back().to = at;
    if (phases.empty() || phases.back().phase != phase) phases.push_back({phase, at, at});
  }
  void note_steps(Instant at) {
    for (const RunConsumer& one : state_.consumers) {
      AuditedConsumer& consumer = consumer_of(one.facts.name);
      consumer.step = one.step;
      auto& spans = consumer.spans;
      if (!spans.empty()) spans.back().to = at;
      if (spans.empty() || spans.back().step != one.step) spans.push_back({one.step, at, at});
    }
  }

  AuditReport report_;
  RunState state_;
};

std::string describe_end(const AuditReport& report) {
  const auto dead = std::count_if(report.old_values.begin(), report.old_values.end(),
                                  [](const AuditedOldValue& old) { return old.refused_at; });
  std::string but;  // of them nobody knows
  for (const Verdict& verdict :
       report.gate ? report.gate->passed.verdicts : std::vector<Verdict>{}) {
    if (verdict.kind != VerdictKind::kWaived) continue;
    but += fmt::format("{}{}", but.empty() ? " but " : ", ", verdict.consumer);
  }
  return fmt::format(
      "The new secret is in use by every consumer{}, and {} was refused by the issuer.",
      but.empty() ? but : but + " (waived)",
      dead == 1 ? std::string("the old value") : fmt::format("each of {} old values", dead));
}

// What became of the sinks that a run which was given up had written.
std::string describe_put_back(const AuditReport& report) {
  std::vector<std::string> left;
  for (const AuditedConsumer& consumer : report.consumers) {
    for (const AuditedSink& sink : consumer.sinks) {
      if (sink.is_left) left.push_back(fmt::format("{} ({})", consumer.facts.name, sink.place));
    }
  }
  constexpr std::string_view kAll = "every sink that was written got its earlier value back";
  if (left.empty()) return std::string(kAll);
  return fmt::format(
      "{}, but for that of {}: somebody else's value stands there, which is refused, and nothing "
      "was overwritten",
      kAll, fmt::join(left, " and that of "));
}

}  // namespace

std::string_view name_of(RunEnding ending) noexcept {
  switch (ending) {
    case RunEnding::kOpen:
      return "open";
    case RunEnding::kParked:
      return "parked";
    case RunEnding::kClosed:
      return "closed";
    case RunEnding::kGivenUp:
      return "given_up";
  }
  return "";
}

std::string_view name_of(WordKind kind) noexcept {
  switch (kind) {
    case WordKind::kPlan:
      return "plan";
    case WordKind::kApproval:
      return "approval";
    case WordKind::kAttestation:
      return "attestation";
    case WordKind::kHandOut:
      return "hand_out";
    case WordKind::kAbandonment:
      return "abandonment";
    case WordKind::kWaiver:
      return "waiver";
    case WordKind::kRules:
      return "rules";
  }
  return "";
}

base::Result<AuditReport> report_on(const ArchivedRun& record, AuditNames names, Instant now) {
  if (record.events.empty() || !std::holds_alternative<RunPlanned>(record.events.front().body)) {
    return base::fail(base::Code::kCorrupt,
                      fmt::format("the journal of {} has no readable beginning, so there is "
                                  "nothing to report on: {}",
                                  record.run_id, record.chain.problem));
  }
  AuditReport report;
  report.made_at = now;
  report.names = std::move(names);
  report.chain = record.chain;
  Auditor auditor(std::move(report));
  for (const RunEvent& event : record.events) auditor.take(event);
  return auditor.finish();
}

std::string reason_of_order(const RunPlanned& plan) {
  if (plan.order == Order::kActivateFirst) {
    return "Both secrets work after the activation, for long enough to move everybody: so the new "
           "one is activated first, every consumer moves within the overlap, and the old one ends "
           "last.";
  }
  if (plan.activation_ends_old) {
    return "The activation ends the old secret at once: so every consumer has to move, and be seen "
           "to have moved, while both secrets work, and the activation comes last.";
  }
  return "Every consumer moves while the new secret is staged and the old one works; the "
         "activation "
         "comes after the evidence.";
}

std::string verdict_of(const AuditReport& report) {
  switch (report.ending) {
    case RunEnding::kClosed:
      return describe_end(report);
    case RunEnding::kGivenUp:
      return fmt::format("Given up {}: {}.",
                         report.undone_at
                             ? "after the activation, which was undone within the overlap"
                             : "before the activation",
                         describe_put_back(report));
    case RunEnding::kParked:
      return report.stops.empty()
                 ? std::string("The run has stopped.")
                 : fmt::format("The run has stopped{}: {}",
                               report.stops.back().is_waiting ? " and waits for a person" : "",
                               report.stops.back().reason);
    case RunEnding::kOpen:
      break;
  }
  return fmt::format("The run is not over: it stands at {}.", name_of(report.phase));
}

}  // namespace rekey::rotation

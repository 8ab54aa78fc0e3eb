#include "rotation/machine/events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

std::string say(const RunPlanned& e) {
  return fmt::format("run {} for {} slot {}: {}", e.run_id, e.client_id, e.slot,
                     e.order == Order::kPropagateFirst
                         ? "propagate while staged, observe, then activate"
                         : "activate, propagate within the overlap, observe, then end the old one");
}
std::string say(const ConsumerDeclared& e) {
  return fmt::format("consumer {}: {}; {}", e.consumer.name, places_of(e.consumer),
                     describe(e.consumer.seen_as));
}
// "", " (sink 2)", …
std::string which(int sink) {
  return sink == 0 ? std::string() : fmt::format(" (sink {})", sink + 1);
}
std::string say(const IntentRecorded& e) {
  switch (e.effect) {
    case Effect::kStage:
      return fmt::format("about to stage a new secret, labelled {}", e.subject);
    case Effect::kWrite:
      return fmt::format("about to write the new value for {}{}", e.subject, which(e.sink));
    case Effect::kReload:
      return fmt::format("about to reload {}", e.subject);
    case Effect::kActivate:
      return fmt::format("about to activate {}", e.subject);
    case Effect::kRevoke:
      return fmt::format("about to revoke {}", e.subject);
    case Effect::kRestore:
      return fmt::format("about to put the present value back for {}{}", e.subject, which(e.sink));
    case Effect::kGiveUp:
      return fmt::format("about to end the staged secret {}", e.subject);
    case Effect::kRunWorkflow:
      return fmt::format("about to run the workflow {}", e.subject);
    case Effect::kUndoActivation:
      return fmt::format("about to undo the activation of {}", e.subject);
  }
  return {};
}
std::string say(const IntentDropped& e) {
  if (e.effect == Effect::kRunWorkflow) {
    return "looked: the workflow that was begun may have run; it is cleaned up before it is run "
           "again";
  }
  return fmt::format("looked: the {} begun before has not taken place or may be repeated",
                     name_of(e.effect));
}
std::string say(const SecretStaged& e) {
  return fmt::format("staged {} ({} in this journal), {}", e.secret_id, base::display(e.value),
                     e.expires_at == base::kFarFuture
                         ? std::string("no end of it is told")
                         : "expires " + base::format_instant(e.expires_at));
}
std::string say(const StagedValueLost& e) {
  return fmt::format("{} is ours and its value was lost: it is given up, never activated",
                     e.secret_id);
}
std::string say(const SecretSettled&) {
  return "the staged secret has settled";
}
std::string say(const StagedValueProven&) {
  return "a token request with the new value succeeded";
}
std::string say(const SinkWritten& e) {
  return fmt::format("wrote the new value for {}{}", e.consumer, which(e.sink));
}
std::string say(const SinkReadBack& e) {
  return fmt::format("read back: {}{} holds exactly the new value", e.consumer, which(e.sink));
}
std::string say(const ConsumerProven& e) {
  return fmt::format("a token request with the value read back from {} succeeded", e.consumer);
}
std::string say(const ConsumerReloaded& e) {
  if (e.is_left) {
    return fmt::format(
        "{} is not reloaded: a place of it holds a refused value, and a restart would take from it "
        "what it still has",
        e.consumer);
  }
  return fmt::format("{} reads what its sink holds, since {}", e.consumer,
                     base::format_instant(e.issuer_time));
}
std::string listed(const std::vector<Verdict>& verdicts) {
  std::string text;
  for (const Verdict& verdict : verdicts) {
    text += fmt::format("; {}: {}", verdict.consumer, verdict.reason);
    if (!verdict.source.empty()) text += fmt::format(" ({})", verdict.source);
  }
  return text;
}
std::string say(const GatePassed& e) {
  std::string text = "evidence complete" + listed(e.verdicts);
  for (const WaivedUse& waived : e.waived) {
    text +=
        fmt::format("; waived by {}: {} ({})", waived.by, describe(waived.seen_as), waived.reason);
  }
  return text;
}
std::string say(const GateExpired&) {
  return "the evidence is not of this moment any more: observing again before anything ends";
}
std::string say(const SecretActivated& e) {
  if (e.is_early) {
    return fmt::format(
        "somebody activated {} before every consumer had moved, and the old secret is refused now: "
        "whoever still holds it is cut off; the rest is moved at once",
        e.secret_id);
  }
  if (!e.old_ends_at) return fmt::format("activated {}; the old secret ended at once", e.secret_id);
  return fmt::format("activated {}; {} works until {}", e.secret_id, e.superseded_id,
                     *e.old_ends_at == base::kFarFuture ? std::string("somebody ends it")
                                                        : base::format_instant(*e.old_ends_at));
}
std::string say(const OldSecretEnded& e) {
  if (e.is_early) {
    return fmt::format(
        "the old secret ended before every consumer had moved: {}. Whoever still holds it, if "
        "anybody does, is cut off; the rest is moved at once",
        e.how == "lapsed" ? std::string("its overlap is over") : e.how);
  }
  return fmt::format("the old secret has ended: {}", e.how);
}
std::string say(const OneOldSecretEnded& e) {
  return fmt::format(
      "one of the old secrets ended: {}; another one still works. {}", e.how,
      e.consumers.empty()
          ? std::string("No place holds a value that is refused")
          : fmt::format("{} hold{} the dead one, and {} moved at once",
                        fmt::join(e.consumers, ", "), e.consumers.size() == 1 ? "s" : "",
                        e.consumers.size() == 1 ? "is" : "are"));
}
std::string say(const OldValueRefused& e) {
  return fmt::format("a token request with the old value {} was refused", base::display(e.value));
}
std::string say(const StepFailed& e) {
  return fmt::format("{} failed ({}): {}", e.step, base::name_of(e.code), e.detail);
}
std::string say(const RunParked& e) {
  if (!e.by.empty()) return fmt::format("parked by {}: {}", e.by, e.reason);
  return fmt::format("{}: {}", e.is_waiting ? "waiting for a person" : "parked", e.reason);
}
std::string say(const RunResumed& e) {
  const std::string by = e.by.empty() ? std::string() : fmt::format(", started by {}", e.by);
  if (!e.is_taken_up) return "the run goes on" + by;
  return fmt::format("the run is taken up again{}: nothing had stopped it, and nobody worked on it",
                     by);
}
std::string say(const RunClosed&) {
  return "retired and proven; the run is closed";
}
std::string say(const StagedSecretBack& e) {
  return fmt::format("{} is accepted again: the run goes on with it", e.secret_id);
}
std::string say(const StagedSecretGone& e) {
  return fmt::format("the staged secret {} is gone: {}", e.secret_id, e.how);
}
std::string say(const AbandonRequested& e) {
  return fmt::format("{} gives the run up: {}", e.by, e.reason);
}
std::string say(const ActivationUndone& e) {
  return fmt::format("the activation of {0} is undone: {1} is active again, and {0} staged",
                     e.secret_id, e.restored_id);
}
std::string say(const ActiveSecretEnded& e) {
  return fmt::format("{}, the secret that this run has activated, is not accepted any more: {}{}",
                     e.secret_id, e.how, e.is_old_gone ? "; nor is any old one" : "");
}
std::string say(const IssuerMoved& e) {
  return fmt::format(
      "{}: the issuer is {} from now on: {}; what was approved before counts for "
      "nothing",
      e.by, describe_driver(e.issuer), e.reason);
}
std::string say(const SinkRestored& e) {
  if (e.is_left) {
    return fmt::format(
        "the sink of {}{} holds somebody else's value{}, which is refused: the run is given up, "
        "and leaves it as it is",
        e.consumer, which(e.sink), e.value ? " " + base::display(*e.value) : std::string());
  }
  const std::string now = e.value ? ", and holds " + base::display(*e.value) : std::string();
  return fmt::format("the sink of {}{} does not hold the new value any more{}", e.consumer,
                     which(e.sink), now);
}
std::string say(const SinkDrifted& e) {
  if (e.is_damaged) {
    return fmt::format(
        "the sink of {}{} does not give back what the run wrote, but a damaged copy of it, which "
        "is "
        "refused",
        e.consumer, which(e.sink));
  }
  return fmt::format("the sink of {}{} holds the old value again: somebody put it back", e.consumer,
                     which(e.sink));
}
std::string say(const RestoredProven& e) {
  if (e.left == 0) {
    return fmt::format("read back: a token request with what {} holds now succeeded", e.consumer);
  }
  return fmt::format(
      "read back: a token request with what was put back for {} succeeded; {} place{} of it hold{} "
      "a refused value of somebody else's, and {} left as {}",
      e.consumer, e.left, e.left == 1 ? "" : "s", e.left == 1 ? "s" : "",
      e.left == 1 ? "is" : "are", e.left == 1 ? "it is" : "they are");
}
std::string say(const StagedSecretUnused& e) {
  return fmt::format("nobody uses the staged secret any more, as of {}",
                     base::format_instant(e.as_of));
}
std::string say(const StagedSecretEnded& e) {
  return fmt::format("the staged secret {} has ended", e.secret_id);
}
// "", " but for the place of shop (/apps/.env), which …"
std::string but_for_left(const std::vector<std::string>& places) {
  if (places.empty()) return {};
  return fmt::format(" but for {}, which hold{} a refused value of somebody else's",
                     fmt::join(places, " and "), places.size() == 1 ? "s" : "");
}
std::string say(const UsageUnread& e) {
  return fmt::format(
      "since {} nobody can be asked who uses which secret: {}. Both go on working, "
      "and it is asked again and again",
      base::format_instant(e.since), e.why);
}
std::string say(const UsageReadAgain& e) {
  using std::chrono::seconds;
  return fmt::format("usage can be read again, after {} that count neither as quiet nor as silence",
                     base::format_duration(std::chrono::floor<seconds>(e.unread)));
}
std::string say(const RunAbandoned& e) {
  return fmt::format("every sink is as it was{}; the run is closed, given up by {}: {}",
                     but_for_left(e.left), e.by, e.reason);
}
std::string say(const ConsumerAttested& e) {
  return fmt::format("{} attests that {} {}: {}", e.by, e.consumer,
                     e.is_way_back ? "holds an earlier secret again" : "uses the new secret",
                     e.reason);
}
std::string say(const ConsumerWaived& e) {
  return fmt::format("{} waives the evidence for {}: {}", e.by, e.consumer, e.reason);
}
std::string say(const RunApproved& e) {
  return fmt::format("{} approves the activation: {}", e.by, e.reason);
}
std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}
std::string say(const RulesDeclared& e) {
  const RunRules& rules = e.rules;
  std::string text = fmt::format(
      "the inventory has other rules now{}: {}{}, {}, {}, {}, {}",
      e.by.empty() ? "" : fmt::format(" (started by {})", e.by),
      counted(static_cast<std::size_t>(rules.approvals), "approval"),
      rules.approvers.empty() ? "" : fmt::format(" (of {})", fmt::join(rules.approvers, ", ")),
      rules.window ? "window " + to_text(*rules.window) : std::string("no window"),
      counted(rules.freezes.size(), "freeze"),
      counted(std::max<std::size_t>(rules.waves.size(), 1), "wave"),
      counted(rules.waivers.size(), "waiver"));
  if (rules.drivers) text += ", " + describe(*rules.drivers);
  return text + "; what was approved before counts for nothing";
}
std::string say(const PlanAccepted& e) {
  return fmt::format("{} wants the plan {} carried out", e.by, e.plan_digest);
}
std::string say(const WavePassed& e) {
  return fmt::format("wave {} has moved: evidence complete{}", e.name, listed(e.verdicts));
}
std::string say(const ValueHandedOut& e) {
  return fmt::format("handing out the {} value to {} for {}, {}", e.is_way_back ? "earlier" : "new",
                     e.by, e.consumer,
                     e.how == "terminal" ? std::string("at a terminal") : "by a " + e.how);
}

std::string say(const WorkflowsDeclared& e) {
  std::string names;
  for (const PlannedWorkflow& one : e.workflows) names += (names.empty() ? "" : ", ") + one.name;
  return fmt::format("the workflows are others now: {}", names.empty() ? "none" : names);
}
std::string say(const WorkflowRan& e) {
  std::string text =
      fmt::format("the workflow {} {} with the {} secret {}", e.workflow, name_of(e.outcome),
                  e.is_on_new ? "new" : "old", base::display(e.value));
  if (e.outcome != WorkflowOutcome::kPassed) text += fmt::format(" at {}: {}", e.step, e.detail);
  if (e.outcome != WorkflowOutcome::kPassed && !e.is_on_new) {
    text += "; where it fails twice, it was broken before the rotation and holds up nothing";
  }
  if (!e.clean_up_problem.empty()) text += "; its clean-up failed: " + e.clean_up_problem;
  return text;
}

}  // namespace

EventBody::EventBody(const EventBody& other) = default;
EventBody::EventBody(EventBody&& other) noexcept = default;
EventBody& EventBody::operator=(const EventBody& other) = default;
EventBody& EventBody::operator=(EventBody&& other) noexcept = default;
EventBody::~EventBody() = default;

RunRules rules_of(const Inventory& inventory) {
  return {inventory.approvals,
          inventory.window,
          inventory.approvers,
          inventory.waves,
          inventory.freezes,
          inventory.waivers,
          RunDrivers{inventory.issuer, inventory.probe, inventory.usage_sources},
          {}};
}

std::string describe_driver(const DriverSpec& spec) {
  return spec.location.empty() ? spec.kind : fmt::format("{} ({})", spec.kind, spec.location);
}

std::string describe(const RunDrivers& drivers) {
  std::vector<std::string> sources;
  for (const DriverSpec& one : drivers.usage_sources) sources.push_back(describe_driver(one));
  return fmt::format(
      "issuer {}, probe {}, usage beside the issuer's from {}", describe_driver(drivers.issuer),
      describe_driver(drivers.probe),
      sources.empty() ? std::string("nobody") : fmt::format("{}", fmt::join(sources, " and ")));
}

std::string_view name_of(Order order) noexcept {
  return order == Order::kPropagateFirst ? "propagate_first" : "activate_first";
}

std::string_view name_of(Effect effect) noexcept {
  switch (effect) {
    case Effect::kStage:
      return "stage";
    case Effect::kWrite:
      return "write";
    case Effect::kReload:
      return "reload";
    case Effect::kActivate:
      return "activate";
    case Effect::kRevoke:
      return "revoke";
    case Effect::kRestore:
      return "restore";
    case Effect::kGiveUp:
      return "give_up";
    case Effect::kRunWorkflow:
      return "run_workflow";
    case Effect::kUndoActivation:
      return "undo_activation";
  }
  return "";
}

bool is_closing(const EventBody& body) noexcept {
  return std::holds_alternative<RunClosed>(body) || std::holds_alternative<RunAbandoned>(body);
}

bool is_news(const EventBody& body) noexcept {
  const auto* gone = std::get_if<StagedSecretGone>(&body);
  if (gone != nullptr && gone->is_old_gone) return true;
  const auto* ended = std::get_if<OldSecretEnded>(&body);
  if (ended != nullptr && ended->is_early) return true;
  const auto* one = std::get_if<OneOldSecretEnded>(&body);
  if (one != nullptr && !one->consumers.empty()) return true;
  const auto* drifted = std::get_if<SinkDrifted>(&body);
  if (drifted != nullptr) return drifted->is_damaged;
  const auto* abandoned = std::get_if<RunAbandoned>(&body);
  if (abandoned != nullptr) return !abandoned->left.empty();
  return std::holds_alternative<RunParked>(body) || std::holds_alternative<SecretActivated>(body) ||
         std::holds_alternative<ConsumerWaived>(body) ||
         std::holds_alternative<ActivationUndone>(body) ||
         std::holds_alternative<ActiveSecretEnded>(body) ||
         std::holds_alternative<IssuerMoved>(body);
}

bool is_overtaking(const EventBody& body) noexcept {
  const auto* one = std::get_if<OneOldSecretEnded>(&body);
  if (one != nullptr) return !one->consumers.empty();
  return std::holds_alternative<SecretActivated>(body) ||
         std::holds_alternative<OldSecretEnded>(body) ||
         std::holds_alternative<ActiveSecretEnded>(body) ||
         std::holds_alternative<StagedSecretGone>(body);
}

std::string describe(const EventBody& body) {
  return std::visit([](const auto& event) { return say(event); }, body);
}

}  // namespace rekey::rotation

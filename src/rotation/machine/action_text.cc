#include "rotation/machine/action_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/overloaded.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using base::format_instant;
using base::Overloaded;

// "", " (sink 2)", …
std::string which(int sink) {
  return sink == 0 ? std::string() : fmt::format(" (sink {})", sink + 1);
}

std::string say_look(const IntentRecorded& intent) {
  return fmt::format("it looks whether what it had begun ({} {}) took place",
                     name_of(intent.effect), intent.subject);
}

// "the consumers, wave by wave: starter (held 10m), late".
std::string moves_left(const RunState& state) {
  const auto& waves = state.plan.rules.waves;
  if (waves.size() < 2 || !is_old_alive(state)) return "the consumers, one after the other";
  std::vector<std::string> names;
  for (std::size_t i = static_cast<std::size_t>(state.waves_passed); i < waves.size(); ++i) {
    const bool is_held = waves[i].hold > base::Duration{0} && i + 1 < waves.size();
    names.push_back(
        is_held ? fmt::format("{} (held {})", waves[i].name, base::format_duration(waves[i].hold))
                : waves[i].name);
  }
  return fmt::format("the consumers, wave by wave: {}", fmt::join(names, ", "));
}

// "the workflows orders and mail with the new secret", or nothing where that is done.
void add_workflows(const RunState& state, std::vector<std::string>& left) {
  if (are_workflows_proven(state)) return;
  std::vector<std::string> names;
  for (const PlannedWorkflow& one : state.plan.workflows) names.push_back(one.name);
  left.push_back(fmt::format("the workflow{} {} with the new secret", names.size() == 1 ? "" : "s",
                             fmt::join(names, " and ")));
}

// The one whose turn it is, given or missing.
void add_approvals(const RunState& state, std::string_view of_what,
                   std::vector<std::string>& left) {
  const int needed = state.plan.rules.approvals;
  if (needed == 0 || state.is_old_ended) return;
  left.push_back(fmt::format("the approval of {} ({} of {} {})", of_what, count_approvals(state),
                             needed, needed == 1 ? "is there" : "are there"));
}

}  // namespace

std::string say_action(const RunState& state, const Action& action) {
  return std::visit(
      Overloaded{
          [](const WaitUntil& a) {
            return fmt::format("it waits until {} for {}", format_instant(a.until), a.what);
          },
          [](const WatchOld& a) {
            return fmt::format("it waits until {} for {}, and watches that the old secret works",
                               format_instant(a.until), a.what);
          },
          [&](const Stage&) -> std::string {
            return state.plan.is_by_hand ? "a person is asked to generate a new secret"
                                         : "a new secret is staged at the issuer";
          },
          [](const CheckSettled&) -> std::string {
            return "it is seen whether the new secret has settled";
          },
          [](const ProveStaged&) -> std::string { return "a token request tries the new secret"; },
          [](const WriteSink& a) {
            return fmt::format("the new secret is written for {}{}", a.consumer, which(a.sink));
          },
          [](const ReadBackSink& a) {
            return fmt::format("what {} holds is read back", a.consumer);
          },
          [](const ProveConsumer& a) {
            return fmt::format("a token request tries what {} holds", a.consumer);
          },
          [](const ReloadConsumer& a) { return fmt::format("{} is reloaded", a.consumer); },
          [](const RunWorkflow& a) {
            return fmt::format("the workflow {} is run with the {} secret", a.workflow,
                               a.is_on_new ? "new" : "old");
          },
          [](const Observe&) -> std::string { return "it looks who uses which secret"; },
          [](const ReopenGate&) -> std::string {
            return "it looks anew who uses which secret, since the evidence is no longer fresh";
          },
          [&](const Activate&) -> std::string {
            if (state.is_old_ended) {
              return "the new secret is activated; the old one has ended already";
            }
            if (state.plan.is_by_hand) {
              return "the new secret is activated at the issuer, by a person (`rekey run card`) or "
                     "its command, which ends the old one: no way back after it";
            }
            return state.plan.activation_ends_old
                       ? "the new secret is activated, which ends the old one: no way back after it"
                   : state.plan.can_undo_activation
                       ? "the new secret is activated; the old one works on for its overlap, and "
                         "while it does the activation can be undone"
                       : "the new secret is activated; the old one works on for its overlap";
          },
          [](const Revoke& a) {
            return fmt::format("{}, the old secret, is ended: no way back after it", a.secret_id);
          },
          [](const NoteLapsed&) -> std::string {
            return "it writes down that the overlap is over";
          },
          [](const ProveDead&) -> std::string {
            return "a token request with the old value has to be refused";
          },
          [](const Look& a) { return say_look(a.intent); },
          [](const Park& a) { return "it stops again at once: " + a.why.reason; },
          [](const Close&) -> std::string { return "it is closed, and its sealed values erased"; },
          [](const RestoreSink& a) {
            return fmt::format("{} gets back what it held, unless somebody else wrote there",
                               a.consumer);
          },
          [](const ProveRestored& a) {
            return fmt::format("a token request tries what {} holds again", a.consumer);
          },
          [](const ObserveUnused&) -> std::string {
            return "it looks whether anybody still uses the staged secret";
          },
          [](const EndStaged& a) {
            return fmt::format("the staged secret {} is ended", a.secret_id);
          },
          [](const UndoActivation&) -> std::string {
            return "the activation is undone: the old secret is active again, the new one staged";
          },
          [](const CloseAbandoned&) -> std::string {
            return "every sink is seen as it was, and the run is closed as given up";
          },
          [](const Stop&) -> std::string { return {}; }},
      action);
}

std::string say_step(ConsumerStep step) {
  switch (step) {
    case ConsumerStep::kPending:
      return "it does not have the new secret yet";
    case ConsumerStep::kWritten:
      return "its sink is written and not read back yet";
    case ConsumerStep::kReadBack:
      return "its sink is read back, and no token request was made with that yet";
    case ConsumerStep::kProven:
      return "its sink is proven, and it is not reloaded yet";
    case ConsumerStep::kReloaded:
      return "it has the new secret and was reloaded";
    case ConsumerStep::kRollingBack:
      return "it is to get back what it held";
    case ConsumerStep::kRestored:
      return "it got back what it held, and that is not proven yet";
    case ConsumerStep::kRestoreProven:
      return "it got back what it held, and is not reloaded yet";
  }
  return {};
}

std::string what_is_left(const RunState& state) {
  if (state.abandon && state.is_activated) {
    return "Then every sink gets back what it held, the new secret ends once nobody uses it, and "
           "the run is closed";
  }
  if (state.phase == Phase::kRollingBack) {
    return state.abandon ? "Then the staged secret ends once nobody uses it, and the run is closed"
                         : "Then a new secret is staged in place of the one that is gone";
  }
  std::vector<std::string> left;
  const bool is_staged = !state.secret_id.empty();
  const bool is_moved = is_everybody_reloaded(state);
  const std::string activation = state.plan.activation_ends_old && !state.is_old_ended
                                     ? "the activation (it ends the old secret)"
                                     : "the activation";
  if (!is_staged || !is_proven(state)) left.emplace_back("the proof of the new secret");
  const bool is_first = !moves_before_activation(state);
  if (is_first && !state.is_activated) {
    add_workflows(state, left);
    add_approvals(state, "the activation", left);
    left.push_back(activation);
  }
  if (!is_moved) left.push_back(moves_left(state));
  const bool is_asked = !state.is_old_ended || is_gate_due(state);
  if (state.phase < Phase::kGate && is_asked) {
    left.emplace_back("evidence that nobody is left on the old secret");
  }
  if (state.is_activated || !is_first) add_workflows(state, left);
  if (!is_first && !state.is_activated) {
    add_approvals(state, "the activation", left);
    left.push_back(activation);
  }
  if (!state.plan.activation_ends_old && !state.is_old_ended) {
    if (state.is_activated) add_approvals(state, "the end of the old secret", left);
    left.emplace_back("the end of the old secret");
  }
  if (state.phase != Phase::kRetired) left.emplace_back("the proof that it is refused");
  left.emplace_back("the close of the run");
  return fmt::format("Still to come: {}", fmt::join(left, "; "));
}

}  // namespace rekey::rotation

// The step of a run that runs a workflow, and what is done after one that was cut off.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotation/engine/steps.h"
#include "rotation/engine/workflow_runner.h"
#include "rotation/machine/guards.h"

namespace rekey::rotation {
namespace {

using base::Code;

const Workflow* find_workflow(const Inventory& inventory, const std::string& name) {
  const auto found = std::find_if(inventory.workflows.begin(), inventory.workflows.end(),
                                  [&](const Workflow& one) { return one.name == name; });
  return found == inventory.workflows.end() ? nullptr : &*found;
}

// The values to run it with: the new one, or those that sinks held, of which one is accepted.
std::vector<base::Fingerprint> values_for(const RunState& state, bool is_on_new) {
  if (is_on_new) return {state.new_value};
  std::vector<base::Fingerprint> values;
  for (const OldValue& old : state.old_values) {
    if (!old.is_refused) values.push_back(old.value);
  }
  return values;
}

StepOutcome drop_workflow() {
  return {IntentDropped{Effect::kRunWorkflow}, {}, {}};
}

bool is_refused(const WorkflowResult& result) {
  return result.outcome == WorkflowOutcome::kFailed && result.step == kTokenStep;
}

// Without a token nothing was asked for; else what it asked for may have been done (kTimeout).
base::Error unclear(const std::string& workflow, bool is_on_new, const WorkflowResult& result) {
  return {
      result.step == kTokenStep ? Code::kUnavailable : Code::kTimeout,
      fmt::format("with the {} secret nothing can be said of {}{}{}: {}", is_on_new ? "new" : "old",
                  workflow, result.step.empty() ? "" : " at ", result.step, result.detail)};
}

}  // namespace

base::Result<std::unique_ptr<WorkflowRunner>> Steps::make_runner() {
  REKEY_TRY(const IntegrationFacts integration, parts_.issuer.integration());
  return parts_.drivers.workflow_runner(integration, parts_.issuer);
}

Steps::Outcome Steps::act(const RunState& state, const RunWorkflow& run) {
  const Workflow* workflow = find_workflow(parts_.inventory, run.workflow);
  if (workflow == nullptr) {
    return base::fail(Code::kConflict,
                      fmt::format("the workflow {} is not in the inventory any more; start the run "
                                  "again",
                                  run.workflow));
  }
  // A secret that has ended would be taken for a workflow that is broken.
  REKEY_TRY(auto changed, look_at_secrets(state));
  if (changed) {
    return StepOutcome{
        IntentDropped{Effect::kRunWorkflow}, {}, {}, {}, {*std::move(changed)}};  // it did not run
  }
  REKEY_TRY(const auto runner, make_runner());
  WorkflowRan event{run.workflow, run.is_on_new, {}, {}, {}, {}, {}};
  for (const base::Fingerprint& which : values_for(state, run.is_on_new)) {
    REKEY_TRY(const base::Secret value, parts_.journal.value(run_id_, which));
    const WorkflowResult result = runner->run(*workflow, value);
    if (result.outcome == WorkflowOutcome::kUnclear) {
      return tl::unexpected(unclear(run.workflow, run.is_on_new, result));
    }
    event.value = which;
    event.outcome = result.outcome;
    event.step = result.step;
    event.detail = result.detail;
    event.clean_up_problem = result.clean_up_problem;
    if (!is_refused(result)) break;
  }
  return StepOutcome{std::move(event), {}, {}};
}

// It was cut off somewhere: what it may have left behind goes first.
Steps::Outcome Steps::look_for_workflow(const RunState& state, const std::string& name) {
  const Workflow* workflow = find_workflow(parts_.inventory, name);
  const bool has_left_nothing = workflow == nullptr || workflow->clean_up.empty();
  if (holds(Guard::kWorkflowCleanedUp, has_left_nothing)) return drop_workflow();
  const bool is_on_new = !state.secret_id.empty() && is_proven(state);
  REKEY_TRY(const auto runner, make_runner());
  for (const base::Fingerprint& which : values_for(state, is_on_new)) {
    REKEY_TRY(const base::Secret value, parts_.journal.value(run_id_, which));
    const WorkflowResult result = runner->clean_up(*workflow, value);
    // Giving the run up does not wait for somebody else's server.
    if (result.outcome == WorkflowOutcome::kUnclear && !state.abandon) {
      return tl::unexpected(unclear("the clean-up of " + name, is_on_new, result));
    }
    if (!is_refused(result)) break;
  }
  return drop_workflow();
}

}  // namespace rekey::rotation

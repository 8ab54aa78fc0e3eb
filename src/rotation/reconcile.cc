#include "rotation/reconcile.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotation/workflow_rules.h"

namespace rekey::rotation {

Reconciliation reconcile(const RunState& state, const Inventory& inventory) {
  Reconciliation result;
  const std::string& run = state.plan.run_id;
  for (const Consumer& consumer : inventory.consumers) {
    const RunConsumer* known = find_consumer(state, consumer.name);
    if (known == nullptr && may_join(state)) {
      result.joining.push_back(consumer);
    } else if (known == nullptr && state.is_old_ended) {
      result.left_out.push_back(consumer.name);
    } else if (known == nullptr) {
      result.problems.push_back(fmt::format(
          "{} cannot join {}: the old secret has been let go already ({}); it comes into "
          "the next run",
          consumer.name, run, name_of(state.phase)));
    } else if (known->facts.sinks != consumer.sinks) {
      result.problems.push_back(
          fmt::format("{} is part of the open run {} with the sink {}; put that back until the "
                      "run is closed",
                      consumer.name, run, places_of(known->facts)));
    } else if (known->facts != consumer) {
      result.amended.push_back(consumer);
    }
  }
  for (const RunConsumer& known : state.consumers) {
    const bool is_there =
        std::any_of(inventory.consumers.begin(), inventory.consumers.end(),
                    [&](const Consumer& c) { return c.name == known.facts.name; });
    if (!is_there) {
      result.problems.push_back(
          fmt::format("{} is part of the open run {}; put it back until the run is closed",
                      known.facts.name, run));
    }
  }
  auto workflows = planned_workflows(inventory.workflows);
  const bool is_open = may_join(state) || !are_workflows_proven(state);
  if (workflows != state.plan.workflows && is_open) result.workflows = std::move(workflows);
  RunRules rules = rules_of(inventory);
  if (!(rules == state.plan.rules)) result.rules = std::move(rules);
  return result;
}

std::vector<std::string> describe_left_out(const Reconciliation& changes, const RunState& state) {
  std::vector<std::string> all;
  for (const std::string& name : changes.left_out) {
    all.push_back(fmt::format(
        "{} is not part of {}: the old secret has ended already. It comes into the next run; until "
        "then, see that it holds {}",
        name, state.plan.run_id,
        state.secret_id.empty() ? std::string("one that is accepted")
                                : state.secret_id + ", or another that is accepted"));
  }
  return all;
}

RunState with_changes(RunState state, const Reconciliation& changes, base::Instant now) {
  const auto tell = [&](EventBody body) {
    state = apply(std::move(state), {now, std::move(body)});
  };
  if (changes.rules) tell(RulesDeclared{*changes.rules});
  for (const Consumer& consumer : changes.amended) {
    const RunConsumer* known = find_consumer(state, consumer.name);
    tell(ConsumerDeclared{consumer, known->present_values, known->rhythm});
  }
  for (const Consumer& consumer : changes.joining) tell(ConsumerDeclared{consumer, {}, {}});
  if (changes.workflows) tell(WorkflowsDeclared{*changes.workflows});
  return state;
}

}  // namespace rekey::rotation

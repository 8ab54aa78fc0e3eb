#include "rotation/plan/reconcile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "rotation/machine/guards.h"
#include "rotation/machine/workflow_rules.h"

namespace rekey::rotation {
namespace {

using Names = std::vector<std::string>;

// With `approvals` of `approvers` fewer of those who were asked for might be enough, or there are
// not as many. Empty lists are of anybody.
bool asks_less(const RunRules& asked, const Names& approvers, int approvals) {
  if (!approvers.empty() && static_cast<int>(approvers.size()) < approvals) return true;
  if (asked.approvers.empty()) return false;
  if (approvers.empty()) return true;
  const auto others = std::count_if(approvers.begin(), approvers.end(), [&](const std::string& by) {
    return std::find(asked.approvers.begin(), asked.approvers.end(), by) == asked.approvers.end();
  });
  return others > approvals - asked.approvals;
}

// The inventory's, but what the run was asked for before: that may rise and not fall.
RunRules rules_for(const RunState& state, const Inventory& inventory) {
  RunRules rules = rules_of(inventory);
  const RunRules& asked = state.plan.rules;
  rules.not_consumers = asked.not_consumers;  // what was found when it began
  // A journal of before they were kept; of another issuer nothing is taken in.
  if (!asked.drivers || !check_issuer(state, inventory)) rules.drivers = asked.drivers;
  if (holds(Guard::kApprovalsKept, asked.approvals == 0)) return rules;
  rules.approvals = std::max(rules.approvals, asked.approvals);
  if (!asks_less(asked, rules.approvers, rules.approvals)) return rules;
  rules.approvers = asked.approvers;
  if (!rules.approvers.empty()) {
    rules.approvals = std::min(rules.approvals, static_cast<int>(rules.approvers.size()));
  }
  return rules;
}

std::string of_whom(const Names& approvers) {
  return approvers.empty() ? std::string("anybody") : fmt::format("{}", fmt::join(approvers, ", "));
}

}  // namespace

base::Status check_issuer(const RunState& state, const Inventory& inventory) {
  const auto& drivers = state.plan.rules.drivers;
  const bool is_same = !drivers || (drivers->issuer.kind == inventory.issuer.kind &&
                                    drivers->issuer.location == inventory.issuer.location);
  if (holds(Guard::kSameIssuer, is_same)) return {};
  return base::fail(
      base::Code::kRefused,
      fmt::format(
          "the open run {} began with the issuer {}, and the inventory names {} now: "
          "nothing was asked or changed. Put that back until the run is closed or given up{}",
          state.plan.run_id, describe_driver(drivers->issuer), describe_driver(inventory.issuer),
          drivers->issuer.kind == inventory.issuer.kind
              ? "; or, where it is the same issuer and has moved there, say so: `rekey run "
                "issuer-moved --reason TEXT`"
              : ""));
}

std::vector<std::string> kept_rules(const RunState& state, const Inventory& inventory) {
  std::vector<std::string> kept;
  const RunRules& asked = state.plan.rules;
  if (asked.approvals == 0 || state.phase == Phase::kClosed) return kept;
  const RunRules rules = rules_for(state, inventory);
  if (inventory.approvals < rules.approvals) {
    kept.push_back(fmt::format(
        "the run began with {} approval{}; the inventory asks for {}: the "
        "run keeps {}",
        asked.approvals, asked.approvals == 1 ? "" : "s", inventory.approvals, rules.approvals));
  }
  if (inventory.approvers != rules.approvers) {
    kept.push_back(
        fmt::format("the run asks for the approval of {}; the inventory for that of {}, "
                    "which may be less: the run keeps the first",
                    of_whom(rules.approvers), of_whom(inventory.approvers)));
  }
  return kept;
}

Reconciliation reconcile(const RunState& state, const Inventory& inventory) {
  Reconciliation result;
  const std::string& run = state.plan.run_id;
  if (const auto status = check_issuer(state, inventory); !status) {
    result.problems.push_back(status.error().detail);
  }
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
  RunRules rules = rules_for(state, inventory);
  if (!(rules == state.plan.rules)) result.rules = std::move(rules);
  result.kept = kept_rules(state, inventory);
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

// What a run does about its workflows: the part of the machine that knows when they are run, with
// which secret, and what follows. Pure.
//
// With the old secret: before anything is staged. What is broken then, twice with a pause between,
// is told, and does not count as broken by the rotation, unless it fails with the new one and works
// with the old one then. With the new one: at the end of the first wave, when every consumer
// has moved, and, where activation comes first, before it too. What worked before and fails then
// parks the run while both secrets work.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/machine/machine.h"

namespace rekey::rotation {

// A run that was parked for longer finds that the world has gone on: what passed before that is
// run again.
inline constexpr base::Duration kWorkflowFreshness = std::chrono::hours{1};

// Between two runs with the old secret, of which the first one failed.
inline constexpr base::Duration kSecondLookAfter = std::chrono::seconds{15};

// What the plan and its digest hold of them.
[[nodiscard]] std::vector<PlannedWorkflow> planned_workflows(const std::vector<Workflow>& all);

// The next one to be run, or why the run has to stop; nullopt where there is nothing to do.
[[nodiscard]] std::optional<Action> next_workflow_on_old(const RunState& state, base::Instant now);
[[nodiscard]] std::optional<Action> next_workflow_on_new(const RunState& state, base::Instant now);
// False where its effects are said to be "none": it may be repeated as often as anything else.
[[nodiscard]] bool touches_something(std::string_view effects) noexcept;
[[nodiscard]] bool touches_something(const RunState& state, const std::string& workflow) noexcept;
// True at the ends of waves at which they are run.
[[nodiscard]] bool is_workflow_time(const RunState& state) noexcept;
// Each was run with the new secret since the last write, and passed unless it was broken before.
[[nodiscard]] bool are_workflows_proven(const RunState& state) noexcept;

// A sentence for each that failed with the old secret, and so holds up nothing: whoever approves,
// or reads of the run, is to know that it proves nothing.
[[nodiscard]] std::vector<std::string> workflows_that_guard_nothing(const RunState& state);

// For apply().
void note_workflow(RunState& state, const WorkflowRan& event, base::Instant at);
void forget_workflows_on_new(RunState& state);
void forget_stale_workflows(RunState& state, base::Instant at);

}  // namespace rekey::rotation

#include "rotation/machine/workflow_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "rotation/machine/guards.h"

namespace rekey::rotation {
namespace {

using base::Instant;

void put_step(net::JsonWriter& json, const WorkflowStep& step) {
  json.begin_object().member("name", step.name).member("method", net::name_of(step.method));
  json.member("url", step.url).member("body", step.body).member("json", step.is_json_body);
  json.key("headers").begin_array();
  for (const auto& [name, value] : step.headers) json.value(name).value(value);
  json.end_array().key("statuses").begin_array();
  for (const int status : step.statuses) json.value(status);
  json.end_array().key("checks").begin_array();
  for (const JsonCheck& check : step.checks) {
    json.value(check.path).value(static_cast<int>(check.kind)).value(check.wanted);
    json.value(check.is_text).value(check.is_wanted_there);
  }
  // Without it the definitions of workflows that have none stay those that were approved.
  if (!step.texts.empty()) {
    json.end_array().key("texts").begin_array();
    for (const std::string& text : step.texts) json.value(text);
  }
  json.end_array().key("captures").begin_array();
  for (const auto& [name, path] : step.captures) json.value(name).value(path);
  json.end_array();
  if (step.until) {
    json.member("every_ms", std::int64_t{step.until->every.count()});
    json.member("within_ms", std::int64_t{step.until->within.count()});
  }
  json.end_object();
}

// Follows from all that is sent and expected.
std::string definition_of(const Workflow& workflow) {
  constexpr std::size_t kDigits = 16;
  net::JsonWriter json;
  json.begin_object().member("timeout_ms", std::int64_t{workflow.timeout.count()});
  json.key("steps").begin_array();
  for (const WorkflowStep& step : workflow.steps) put_step(json, step);
  json.end_array().key("clean_up").begin_array();
  for (const WorkflowStep& step : workflow.clean_up) put_step(json, step);
  json.end_array().end_object();
  return base::hex_encode(crypto::sha256(json.text())).substr(0, kDigits);
}

// What is known of it; nothing where its definition has changed since.
const WorkflowProgress* find_progress(const RunState& state, const PlannedWorkflow& workflow) {
  const auto found = state.workflows.find(workflow.name);
  const bool is_same =
      found != state.workflows.end() && found->second.definition == workflow.definition;
  return is_same ? &found->second : nullptr;
}

bool was_broken_before(const WorkflowProgress& progress) {
  return progress.on_old == WorkflowOutcome::kFailed;
}

// It may have been mended since, and then it is the new secret that it fails with.
bool is_still_broken(const RunState& state, const WorkflowProgress& progress) {
  return was_broken_before(progress) &&
         holds(Guard::kBrokenStill, progress.is_tried_again || !is_old_alive(state));
}

bool is_proven_on_new(const RunState& state, const WorkflowProgress* progress) {
  const bool is_good =
      progress != nullptr && progress->on_new &&
      (progress->on_new == WorkflowOutcome::kPassed || is_still_broken(state, *progress));
  return holds(Guard::kWorkflowsProven, is_good);
}

// When it may be run with the old secret: at once, or, where it has failed, a while later. What
// fails once may have met a bad moment: it would guard nothing for the rest of the run.
Instant due_on_old(const WorkflowProgress* progress, Instant now) {
  if (progress == nullptr || progress->old_failures == 0) return now;
  if (now < progress->old_failed_at) return now;
  return progress->old_failed_at + kSecondLookAfter;
}

// All that have failed wait in one.
struct SecondRuns {
  Instant due{};
  std::vector<std::string> names;

  void add(const std::string& name, const WorkflowProgress& progress, Instant due_at) {
    due = std::max(due, due_at);
    names.push_back(fmt::format("{} ({})", name, progress.old_detail));
  }
};

// What time there is to mend it in.
std::string say_how_long(const RunState& state) {
  if (!is_old_alive(state)) return "The old secret is not accepted any more";
  if (state.is_activated && state.old_ends_at && *state.old_ends_at != base::kFarFuture) {
    return fmt::format("Both secrets work until {}, when the overlap of {} ends",
                       base::format_instant(*state.old_ends_at), state.superseded_id);
  }
  return "Both secrets work, and this run does not end the old one meanwhile";
}

Park park_for(const RunState& state, const PlannedWorkflow& workflow,
              const WorkflowProgress& progress) {
  const std::string_view before = progress.on_old
                                      ? "worked with the old secret and fails with the new one"
                                      : "fails with the new secret";
  const std::string old = say_how_long(state);
  return Park{
      {fmt::format("the workflow {} {}: {}. {}. Mend what it found, or the workflow in the "
                   "inventory where that is wrong, then start the run again: it is run anew",
                   workflow.name, before, progress.new_detail, old),
       false}};
}

}  // namespace

bool touches_something(std::string_view effects) noexcept {
  constexpr std::string_view kNone = "none";
  return effects.substr(0, kNone.size()) != kNone;
}

bool touches_something(const RunState& state, const std::string& workflow) noexcept {
  return std::any_of(
      state.plan.workflows.begin(), state.plan.workflows.end(), [&](const PlannedWorkflow& one) {
        return one.name == workflow && touches_something(std::string_view(one.effects));
      });
}

std::vector<PlannedWorkflow> planned_workflows(const std::vector<Workflow>& all) {
  std::vector<PlannedWorkflow> planned;
  planned.reserve(all.size());
  for (const Workflow& one : all) planned.push_back({one.name, one.effects, definition_of(one)});
  return planned;
}

// Where the old secret is not accepted any more, it could only tell that.
std::optional<Action> next_workflow_on_old(const RunState& state, Instant now) {
  if (!is_old_alive(state) || state.is_activated) return std::nullopt;
  SecondRuns waiting;
  for (const PlannedWorkflow& workflow : state.plan.workflows) {
    const WorkflowProgress* progress = find_progress(state, workflow);
    if (progress != nullptr && progress->on_old) continue;
    const Instant due = due_on_old(progress, now);
    if (due <= now) return RunWorkflow{workflow.name, false};
    waiting.add(workflow.name, *progress, due);
  }
  if (waiting.names.empty()) return std::nullopt;
  const std::string_view what =
      waiting.names.size() == 1 ? "a second run of the workflow" : "second runs of the workflows";
  return WatchOld{waiting.due,
                  fmt::format("{} {} with the old secret", what, fmt::join(waiting.names, ", "))};
}

std::optional<Action> next_workflow_on_new(const RunState& state, Instant now) {
  // One that was declared while the run was under way.
  if (auto on_old = next_workflow_on_old(state, now)) return on_old;
  for (const PlannedWorkflow& workflow : state.plan.workflows) {
    const WorkflowProgress* progress = find_progress(state, workflow);
    if (is_proven_on_new(state, progress)) continue;
    if (progress == nullptr || !progress->on_new) return RunWorkflow{workflow.name, true};
    if (was_broken_before(*progress)) return RunWorkflow{workflow.name, false};
    return park_for(state, workflow, *progress);
  }
  return std::nullopt;
}

bool is_workflow_time(const RunState& state) noexcept {
  return is_everybody_reloaded(state) || open_wave(state) == 0;
}

bool are_workflows_proven(const RunState& state) noexcept {
  return std::all_of(state.plan.workflows.begin(), state.plan.workflows.end(),
                     [&](const PlannedWorkflow& workflow) {
                       return is_proven_on_new(state, find_progress(state, workflow));
                     });
}

std::vector<std::string> workflows_that_guard_nothing(const RunState& state) {
  std::vector<std::string> sentences;
  for (const PlannedWorkflow& workflow : state.plan.workflows) {
    const WorkflowProgress* progress = find_progress(state, workflow);
    if (progress == nullptr || !was_broken_before(*progress)) continue;
    const bool works_now = progress->on_new == WorkflowOutcome::kPassed;
    const std::string_view since = works_now          ? "it has passed with the new one since"
                                   : progress->on_new ? "it has never passed in this run"
                                                      : "it was not run with the new one yet";
    sentences.push_back(
        fmt::format("the workflow {} failed with the old secret, before anything was staged ({}), "
                    "so it holds up nothing and proves nothing; {}",
                    workflow.name, progress->old_detail, since));
  }
  return sentences;
}

namespace {

void note_on_old(WorkflowProgress& progress, WorkflowOutcome outcome, Instant at) {
  progress.is_tried_again = progress.on_new.has_value();
  if (outcome == WorkflowOutcome::kFailed) {
    ++progress.old_failures;
    progress.old_failed_at = at;
  }
  const bool is_sure =
      outcome != WorkflowOutcome::kFailed || holds(Guard::kBrokenTwice, progress.old_failures > 1);
  if (is_sure) progress.on_old = outcome;
}

}  // namespace

void note_workflow(RunState& state, const WorkflowRan& event, base::Instant at) {
  const auto planned = std::find_if(
      state.plan.workflows.begin(), state.plan.workflows.end(),
      [&](const PlannedWorkflow& workflow) { return workflow.name == event.workflow; });
  if (planned == state.plan.workflows.end()) return;
  WorkflowProgress& progress = state.workflows[event.workflow];
  if (progress.definition != planned->definition) progress = {planned->definition};
  const std::string detail =
      event.step.empty() ? event.detail : fmt::format("at {}: {}", event.step, event.detail);
  if (!event.is_on_new) {
    note_on_old(progress, event.outcome, at);
    progress.old_detail = detail;
    return;
  }
  progress.on_new = event.outcome;
  progress.is_tried_again = false;
  progress.new_at = at;
  progress.new_detail = detail;
}

void forget_workflows_on_new(RunState& state) {
  for (auto& [name, progress] : state.workflows) progress.on_new.reset();
}

void forget_stale_workflows(RunState& state, base::Instant at) {
  for (auto& [name, progress] : state.workflows) {
    const bool is_good = progress.on_new == WorkflowOutcome::kPassed &&
                         at - progress.new_at <= kWorkflowFreshness &&
                         progress.new_at - at <= kWorkflowFreshness;
    if (!is_good) progress.on_new.reset();
  }
}

}  // namespace rekey::rotation

#include "cli/run_subjects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "cli/watch_files.h"
#include "cli/watch_subjects.h"
#include "rotation/engine.h"
#include "rotation/waiting.h"

namespace rekey::cli {
namespace {

using base::Instant;
using notice::Subject;
using notice::SubjectKind;
using rotation::Inventory;
using rotation::OpenRun;
using rotation::RunEvent;
using rotation::RunState;

// How long a closed run's early cut is still news, for a watcher that was not there.
constexpr base::Duration kMemoryOfCuts = base::Days{7};

std::string command_for(const Inventory& one, std::string_view command) {
  return fmt::format("rekey {} -f {} -i {}", command, one.path, one.client_id);
}

// An activation before its time, by somebody else: told though the run may be closed by now.
Subject early_cut_subject(const Inventory& one, const std::string& run_id,
                          const rotation::EarlyCut& cut) {
  Subject subject = facts_of(one);
  subject.id = "cut/" + run_id;
  subject.kind = SubjectKind::kCutTooEarly;
  subject.at = cut.at;
  subject.detail = fmt::format(
      "Somebody activated the new one before the run said so. The run has written it "
      "to every consumer at once; whoever still holds the old one in memory is cut off "
      "until it reads it again. Restart now: {}.",
      cut.consumers.empty() ? "what was written last"
                            : fmt::format("{}", fmt::join(cut.consumers, ", ")));
  subject.command = fmt::format("rekey status -f {}", one.path);
  return subject;
}

Subject parked_subject(const Inventory& one, const RunState& state, Instant since, Instant now) {
  const bool lacks_approval = state.phase == rotation::Phase::kGate &&
                              rotation::count_approvals(state) < state.plan.approvals;
  Subject subject = facts_of(one);
  subject.id = "run/" + state.plan.run_id;
  subject.kind = state.parked->is_lapse     ? SubjectKind::kCutTooEarly
                 : state.parked->is_waiting ? SubjectKind::kRunWaits
                                            : SubjectKind::kRunParked;
  subject.at = since;
  subject.detail = rotation::missing_now(state, now);
  subject.command = command_for(one, lacks_approval ? "run approve" : "rotate");
  return subject;
}

Subject interrupted_subject(const Inventory& one, const RunState& state, Instant since) {
  Subject subject = facts_of(one);
  subject.id = "run/" + state.plan.run_id;
  subject.kind = SubjectKind::kRunWaits;
  subject.at = since;
  subject.detail = fmt::format(
      "It was interrupted in {}, and nobody works on it: `rekey rotate` goes on where it stood.",
      rotation::name_of(state.phase));
  subject.command = command_for(one, "rotate");
  return subject;
}

// What is to be told of a run that is open, beside an early cut.
base::Status add_open_run(Context& context, const Inventory& one, const OpenRun& run,
                          std::vector<Subject>& subjects) {
  const Instant now = context.clock.now();
  REKEY_TRY(const std::vector<RunEvent> events,
            rotation::peek_events(context.files, one.state_folder, run.run_id));
  const RunState state = rotation::fold(events);
  if (const auto since = rotation::parked_since(events)) {
    subjects.push_back(parked_subject(one, state, *since, now));
    return {};
  }
  const Instant last_step = rotation::last_step_at(events);
  if (!rotation::may_be_interrupted(state, last_step, now)) return {};
  REKEY_TRY(const bool is_at_work, rotation::is_worked_on(one.state_folder));
  if (!is_at_work) subjects.push_back(interrupted_subject(one, state, last_step));
  return {};
}

base::Status add_runs_of(Context& context, const Inventory& one, std::vector<Subject>& subjects) {
  REKEY_TRY(const auto last,
            rotation::peek_last_rotation(context.files, one.state_folder, one.client_id, one.slot));
  if (last && last->early_cut && context.clock.now() - last->closed_at < kMemoryOfCuts) {
    subjects.push_back(early_cut_subject(one, last->run_id, *last->early_cut));
  }
  REKEY_TRY(const auto run,
            rotation::peek_open_run(context.files, one.state_folder, one.client_id, one.slot));
  if (!run) return {};
  if (run->state.early_cut) {
    subjects.push_back(early_cut_subject(one, run->run_id, *run->state.early_cut));
  }
  return add_open_run(context, one, *run, subjects);
}

}  // namespace

RunSubjects read_run_subjects(Context& context, const std::vector<Inventory>& integrations) {
  RunSubjects found;
  for (const Inventory& one : integrations) {
    if (one.client_id.empty()) continue;
    const auto added = add_runs_of(context, one, found.subjects);
    if (added) continue;
    found.unread.push_back(
        unread_of(fmt::format("{} {} {}", one.state_folder, one.client_id, one.slot),
                  fmt::format("the runs of {} cannot be read: {}", one.name, added.error().detail),
                  one.path));
  }
  merge_twins(found.subjects);
  return found;
}

}  // namespace rekey::cli

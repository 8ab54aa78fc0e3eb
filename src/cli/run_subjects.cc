#include "cli/run_subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/watch_files.h"
#include "cli/watch_subjects.h"
#include "rotation/engine/engine.h"
#include "rotation/engine/unclaimed.h"
#include "rotation/engine/waiting.h"

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

constexpr std::size_t kLongestNameBytes = 60;
constexpr std::size_t kRoomForNamesBytes = 200;

std::string command_for(const Inventory& one, std::string_view command) {
  return fmt::format("rekey {} -f {} -i {}", command, one.path, one.client_id);
}

// "shop, crm, and 3 more": whole names, as many as a notice has room for.
std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  std::size_t shown = 0;
  for (const std::string& name : names) {
    const std::string one = notice::clean_text(name, kLongestNameBytes);
    if (shown > 0 && text.size() + one.size() > kRoomForNamesBytes) break;
    text += (shown++ == 0 ? "" : ", ") + one;
  }
  if (shown < names.size()) text += fmt::format(", and {} more", names.size() - shown);
  return text;
}

// What is to be done for those who may still hold the old one, each by where the run has come with
// it. Names come first: what follows them may be cut.
std::string remedy_of(const rotation::EarlyCut& cut, const RunState& state) {
  std::vector<std::string> restart;
  std::vector<std::string> by_hand;
  std::vector<std::string> unwritten;
  for (const std::string& name : cut.consumers) {
    const rotation::RunConsumer* consumer = rotation::find_consumer(state, name);
    const bool is_pending =
        consumer != nullptr && consumer->step == rotation::ConsumerStep::kPending;
    const bool is_by_hand = consumer != nullptr && consumer->facts.is_by_hand;
    if (is_by_hand && !is_pending) continue;  // its owner has said that the new one is there
    (is_by_hand ? by_hand : is_pending ? unwritten : restart).push_back(name);
  }
  std::string text;
  if (!restart.empty()) text += fmt::format("Restart now: {}. ", some_of(restart));
  if (!by_hand.empty()) {
    text +=
        fmt::format("Put the new one in by hand now: {}; `rekey run value CONSUMER` hands it out. ",
                    some_of(by_hand));
  }
  if (!unwritten.empty()) {
    text += fmt::format("Not written yet, and `rekey rotate` does it: {}. ", some_of(unwritten));
  }
  return text.empty() ? "Every consumer is known to use the new one. " : text;
}

// Which of the plan's conditions were passed by.
std::string breach_of(const rotation::EarlyCut& cut) {
  std::string text;
  if (cut.missing_approvals > 0) {
    text += fmt::format("{} approval{} missing. ", cut.missing_approvals,
                        cut.missing_approvals == 1 ? " was" : "s were");
  }
  if (cut.is_outside_window) text += "The window was not open. ";
  return text;
}

std::string cause_of(const rotation::EarlyCut& cut) {
  if (cut.how.empty()) {
    return "Somebody activated the new one before the run said so; who read its secret before that "
           "may hold the old one until it reads again.";
  }
  return fmt::format(
      "The old one ended before every consumer had moved: {}. Whoever still holds it, if anybody "
      "does, is cut off.",
      cut.how == "lapsed" ? std::string("its overlap is over") : cut.how);
}

// The end of the old one before its time, by somebody else: told though the run may be closed by
// now.
base::Result<Subject> early_cut_subject(Context& context, const Inventory& one,
                                        const std::string& run_id, const rotation::EarlyCut& cut) {
  REKEY_TRY(const auto events, rotation::peek_events(context.files, one.state_folder, run_id));
  const RunState state = rotation::fold(events);
  const bool is_open = state.phase != rotation::Phase::kClosed;
  Subject subject = facts_of(one);
  subject.id = "cut/" + run_id;
  subject.kind = SubjectKind::kCutTooEarly;
  subject.at = cut.at;
  subject.detail = remedy_of(cut, state) + breach_of(cut) + cause_of(cut);
  subject.command =
      is_open ? command_for(one, "rotate") : fmt::format("rekey status -f {}", one.path);
  return subject;
}

Subject parked_subject(const Inventory& one, const RunState& state, Instant since, Instant now) {
  const bool lacks_approval = rotation::is_approval_awaited(state);
  Subject subject = facts_of(one);
  subject.id = "run/" + state.plan.run_id;
  subject.kind = state.parked->is_lapse     ? SubjectKind::kCutTooEarly
                 : state.parked->is_waiting ? SubjectKind::kRunWaits
                                            : SubjectKind::kRunParked;
  subject.at = since;
  subject.detail = rotation::missing_now(state, now);
  const bool is_by_person = !state.parked->by.empty();
  subject.command = command_for(one, is_by_person     ? "run resume"
                                     : lacks_approval ? "run approve"
                                                      : "rotate");
  if (lacks_approval && !is_by_person) {
    subject.command += fmt::format(" --plan {} --reason TEXT", rotation::digest_of(state));
  }
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

Subject outage_subject(const Inventory& one, const RunState& state, Instant since) {
  Subject subject = facts_of(one);
  subject.id = "run/" + state.plan.run_id;
  subject.kind = SubjectKind::kNoSecretWorks;
  subject.at = since;
  subject.detail =
      "Look first whether the package is disabled, its service user inactive or the business unit "
      "not enabled for it: mend that, and generate nothing. Otherwise somebody replaced the "
      "secret: "
      "a new one is the last resort, and the run leads through it.";
  subject.command = command_for(one, "rotate");
  return subject;
}

// One of several old ones: the run goes on as planned but for those who held it.
Subject one_old_ended_subject(const Inventory& one, const RunState& state, std::size_t which) {
  const rotation::EndedOld& ended = state.ended_old[which];
  const rotation::EarlyCut cut{ended.at, ended.consumers};
  Subject subject = facts_of(one);
  subject.id = fmt::format("cut/{}/{}", state.plan.run_id, which + 1);
  subject.kind = SubjectKind::kCutTooEarly;
  subject.at = ended.at;
  subject.detail = fmt::format(
      "{}One of the old ones ended before every consumer had moved: {}. Another still works.",
      remedy_of(cut, state), ended.how);
  subject.command = command_for(one, "rotate");
  return subject;
}

// Who holds the staged secret that has ended is refused until it gets back what it had.
Subject staged_ended_subject(const Inventory& one, const RunState& state, Instant since) {
  const std::string way_back =
      rotation::is_old_alive(state)
          ? "The old one still works, and `rekey rotate` gives it back to them."
          : "`rekey rotate` gives them another one.";
  Subject subject = facts_of(one);
  subject.id = "staged/" + state.plan.run_id;
  subject.kind = SubjectKind::kStagedEnded;
  subject.at = since;
  subject.detail =
      fmt::format("Cut off: {}. {}", some_of(rotation::holders_of_new(state)), way_back);
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
  const auto cut_off = rotation::cut_off_since(events);
  if (cut_off && state.is_old_gone && !state.is_activated) {
    subjects.push_back(outage_subject(one, state, *cut_off));
    return {};
  }
  if (const auto since = rotation::staged_ended_since(events)) {
    subjects.push_back(staged_ended_subject(one, state, *since));
  }
  if (const auto since = rotation::parked_since(events)) {
    subjects.push_back(parked_subject(one, state, *since, now));
    return {};
  }
  const Instant last_step = rotation::last_step_at(events);
  if (!rotation::may_be_interrupted(state, last_step, now)) return {};
  REKEY_TRY(const bool is_at_work, rotation::is_worked_on(context.files, one));
  if (!is_at_work) subjects.push_back(interrupted_subject(one, state, last_step));
  return {};
}

base::Status add_runs_of(Context& context, const Inventory& one, std::vector<Subject>& subjects) {
  REKEY_TRY(const auto last,
            rotation::peek_last_rotation(context.files, one.state_folder, one.client_id, one.slot));
  if (last && last->early_cut && context.clock.now() - last->closed_at < kMemoryOfCuts) {
    REKEY_TRY(Subject cut, early_cut_subject(context, one, last->run_id, *last->early_cut));
    subjects.push_back(std::move(cut));
  }
  REKEY_TRY(const auto run,
            rotation::peek_open_run(context.files, one.state_folder, one.client_id, one.slot));
  if (!run) return {};
  if (run->state.early_cut) {
    REKEY_TRY(Subject cut, early_cut_subject(context, one, run->run_id, *run->state.early_cut));
    subjects.push_back(std::move(cut));
  }
  for (std::size_t i = 0; i < run->state.ended_old.size(); ++i) {
    if (run->state.ended_old[i].consumers.empty()) continue;
    subjects.push_back(one_old_ended_subject(one, run->state, i));
  }
  return add_open_run(context, one, *run, subjects);
}

// Nobody is named for it any more: the fallback recipients are told.
void add_unclaimed(Context& context, const std::vector<Inventory>& integrations,
                   RunSubjects& found) {
  const auto unclaimed = rotation::find_unclaimed_runs(context.files, integrations);
  if (!unclaimed) return;  // each integration of that folder has said why
  for (const rotation::UnclaimedRun& one : *unclaimed) {
    const auto of_folder =
        std::find_if(integrations.begin(), integrations.end(),
                     [&](const Inventory& other) { return other.state_folder == one.folder; });
    Subject subject;
    subject.id = "run/" + one.record.run_id;
    subject.kind = SubjectKind::kRunWaits;
    subject.package = one.record.whose.client_id;
    subject.client_id = one.record.whose.client_id;
    subject.at = one.record.opened_at;
    subject.detail = rotation::describe(one);
    subject.command = fmt::format("rekey run list -f {}", of_folder->path);
    found.subjects.push_back(std::move(subject));
  }
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
  add_unclaimed(context, integrations, found);
  return found;
}

}  // namespace rekey::cli

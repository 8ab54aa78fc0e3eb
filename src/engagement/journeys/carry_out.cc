#include "engagement/journeys/carry_out.h"

#include <algorithm>
#include <map>
#include <memory>

#include "engagement/contacts/contact.h"
#include "engagement/journeys/publication.h"
#include "engagement/journeys/step.h"

namespace rekey::engagement::journeys {

namespace {

using base::Result;
using storage::Connection;

constexpr std::int64_t kAtOnce = 50;

// The versions whose members are being taken on, each read once.
class Running {
 public:
  struct One {
    JourneyVersion version;
    Plan plan;
  };
  // nullptr where the version is gone.
  Result<const One*> find(Connection& tables, std::int64_t version_id) {
    const auto known = versions_.find(version_id);
    if (known != versions_.end()) return &known->second;
    REKEY_TRY(auto version, find_version(tables, version_id));
    if (!version) return nullptr;
    REKEY_TRY(const net::JsonValue document, net::parse_json(version->document));
    PlanRead read = read_plan(document);
    return &versions_.emplace(version_id, One{*std::move(version), std::move(read.plan)})
                .first->second;
  }

 private:
  std::map<std::int64_t, One> versions_;
};

bool is_running(JourneyStatus status) {
  return status == JourneyStatus::kPublished || status == JourneyStatus::kUnpublished;
}

// One member's way, as far as it goes by now.
class Way {
 public:
  Way(DueWork& due, Connection& tables, const Plan& plan, Member member)
      : due_(due), tables_(tables), plan_(plan), member_(std::move(member)) {}

  base::Status go() {
    if (member_.exit_asked_at) {
      return leave(MemberState::kExited, nullptr, kExitedStatus, "a client asked for it");
    }
    REKEY_TRY(const auto contact,
              contacts::find_contact(tables_, member_.business_unit, member_.contact_key));
    if (!contact) {
      return leave(MemberState::kExited, nullptr, kContactGone, "the contact was deleted");
    }
    while (member_.state == MemberState::kActive && member_.due_at <= due_.now) {
      if (member_.step.empty()) {
        return leave(MemberState::kCompleted, nullptr, kComplete, {});
      }
      const Step* step = plan_.find(member_.step);
      if (step == nullptr) {
        return leave(MemberState::kFailed, nullptr, kFailed, "the journey has no such activity");
      }
      REKEY_TRY(attributes_, contacts::load_attributes(tables_, contact->id));
      REKEY_CHECK(step->kind == StepKind::kWait ? wait(*step) : run(*step));
    }
    return save_member(tables_, member_);
  }

 private:
  StepWork work() { return {tables_, due_.tools, due_.now, plan_, attributes_}; }

  base::Status leave(MemberState state, const Step* step, std::string_view status,
                     std::string_view message) {
    member_.state = state;
    member_.left_at = due_.now;
    member_.waits = false;
    REKEY_CHECK(record_history(tables_, member_, step, status, message, due_.now));
    return save_member(tables_, member_);
  }

  base::Status wait(const Step& step) {
    if (!member_.waits) {
      const auto end = end_of_wait(work(), member_, step);
      if (!end) return leave(MemberState::kFailed, &step, kFailed, end.error().detail);
      member_.waits = true;
      member_.due_at = *end;
      return record_history(tables_, member_, &step, kWaiting, {}, due_.now);
    }
    member_.waits = false;
    member_.step = step.next();
    ++member_.steps_done;
    REKEY_CHECK(record_history(tables_, member_, &step, kComplete, {}, due_.now));
    return check_goals();
  }

  // Looked at when a wait is over.
  base::Status check_goals() {
    const Names names(member_.contact_key, member_.data, attributes_);
    const auto find = [&](std::string_view name) { return names.find(name); };
    for (const Goal& goal : plan_.goals) {
      bool& is_met = goal.is_exit ? member_.met_exit : member_.met_goal;
      if (is_met || !holds(goal.condition, find)) continue;
      is_met = true;
      const std::string_view status = goal.is_exit ? kExitedStatus : kGoalMet;
      if (goal.ends) return leave(MemberState::kExited, nullptr, status, goal.name);
      REKEY_CHECK(record_history(tables_, member_, nullptr, status, goal.name, due_.now));
    }
    return {};
  }

  base::Status run(const Step& step) {
    StepWork given = work();
    REKEY_TRY(const StepEnd end, run_step(given, member_, step));
    if (!end.problem.empty()) {
      return leave(MemberState::kFailed, &step, kFailed, end.problem);
    }
    member_.step = end.next;
    ++member_.steps_done;
    return record_history(tables_, member_, &step, kComplete, {}, due_.now);
  }

  DueWork& due_;
  Connection& tables_;
  const Plan& plan_;
  Member member_;
  std::vector<contacts::Attribute> attributes_;
};

base::Status take_on(DueWork& work, Connection& tables, Running& running, std::int64_t id) {
  REKEY_TRY(auto member, find_member_row(tables, id));
  if (!member || member->state != MemberState::kActive) return {};
  REKEY_TRY(const Running::One* one, running.find(tables, member->version_id));
  if (one == nullptr || (!is_running(one->version.status) && !member->exit_asked_at)) return {};
  return Way(work, tables, one->plan, *std::move(member)).go();
}

// What the disk did not do is tried again, with everybody; anything else is one member's own.
bool is_of_the_disk(base::Code code) {
  return code == base::Code::kIo || code == base::Code::kCorrupt ||
         code == base::Code::kUnavailable || code == base::Code::kLimitReached;
}

// So that what goes wrong with one member holds up nobody else.
base::Status take_on_or_fail(DueWork& work, Connection& tables, Running& running, std::int64_t id) {
  base::Status status = tables.in_savepoint([&] { return take_on(work, tables, running, id); });
  if (status || is_of_the_disk(status.error().code)) return status;
  return fail_member(tables, id, status.error().detail, work.now);
}

base::Status take_on_due(DueWork& work) {
  for (;;) {
    REKEY_TRY(const auto due, load_due_members(work.reads, work.now, kAtOnce));
    if (due.empty()) return {};
    REKEY_CHECK(work.writer.run([&](Connection& tables) -> base::Status {
      Running running;
      for (const std::int64_t id : due) REKEY_CHECK(take_on_or_fail(work, tables, running, id));
      return {};
    }));
  }
}

base::Status end_pauses(DueWork& work) {
  REKEY_TRY(const auto over, pauses_over(work.reads, work.now));
  if (over.empty()) return {};
  return work.writer.run([&](Connection& tables) -> base::Status {
    REKEY_TRY(auto versions, pauses_over(tables, work.now));
    for (JourneyVersion& version : versions) {
      const bool stops = version.pause && version.pause->stops_after;
      REKEY_CHECK(stops ? stop_version(tables, version, work.now)
                        : resume_version(tables, version, work.now));
    }
    return {};
  });
}

base::Status forget_old(DueWork& work) {
  const base::Instant before = work.now - kHistoryKeptFor;
  REKEY_TRY(const bool has_old, has_old_history(work.reads, before));
  if (!has_old) return {};
  return work.writer.run([&](Connection& tables) { return forget_history(tables, before); });
}

Result<std::optional<base::Instant>> sooner(Result<std::optional<base::Instant>> a,
                                            Result<std::optional<base::Instant>> b) {
  if (!a) return a;
  if (!b || !*a) return b;
  return !*b || **a <= **b ? a : b;
}

}  // namespace

NextDue carry_out_journeys(DueWork& work) {
  REKEY_CHECK(publish_due(work));
  REKEY_CHECK(end_pauses(work));
  REKEY_CHECK(take_on_due(work));
  REKEY_CHECK(forget_old(work));
  return sooner(next_due_member(work.reads),
                sooner(next_due_publication(work.reads), next_pause_over(work.reads)));
}

}  // namespace rekey::engagement::journeys

#include "rotation/engine/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "crypto/random.h"
#include "rotation/engine/by_hand.h"
#include "rotation/engine/given_up.h"
#include "rotation/engine/issuer_move.h"
#include "rotation/engine/runner.h"
#include "rotation/engine/waiting.h"
#include "rotation/journal/journal.h"
#include "rotation/journal/journal_turns.h"
#include "rotation/machine/plan_digest.h"
#include "rotation/machine/plan_parts.h"
#include "rotation/machine/roll_back.h"
#include "rotation/plan/held_slot.h"
#include "rotation/plan/reconcile.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Instant;

// How long an engine at work is waited for that was asked to park its run.
constexpr base::Duration kParkPatience = std::chrono::seconds{20};
constexpr base::Duration kParkPause = std::chrono::milliseconds{200};

// "run-20261124-9f2c41d0": also the label of the secret that it stages.
std::string make_run_id(Instant now) {
  std::string day = base::format_instant(now).substr(0, 10);
  std::erase(day, '-');
  return fmt::format("{}{}-{}", kRunPrefix, day, base::hex_encode(crypto::random_bytes(4)));
}

tl::unexpected<base::Error> refuse(const std::vector<std::string>& problems) {
  return base::fail(Code::kRefused, fmt::format("{}", fmt::join(problems, "\n")));
}

// One engine at work: what rotate() opened.
struct Session {
  EngineParts& parts;
  const Inventory& inventory;
  RunJournal& journal;
  Issuer& issuer;
  Probe& probe;
  Reporter& reporter;
};

base::Status append(Session& session, const std::string& run_id, std::int64_t version,
                    const std::vector<RunEvent>& events, const std::vector<KeptValue>& values,
                    RunState state) {
  REKEY_CHECK(session.journal.append(run_id, version, events, values));
  for (const RunEvent& event : events) {
    state = apply(std::move(state), event);
    const auto* declared = std::get_if<ConsumerDeclared>(&event.body);
    session.reporter.on_event({event.at, run_id, std::string(name_of(event.body)),
                               std::string(name_of(shown_phase(state))),
                               declared == nullptr ? "" : declared->consumer.name,
                               describe(event.body), is_news(event.body)});
  }
  return {};
}

// Whoever begins a run does not approve it.
base::Status check_approvers(const RunRules& rules, const std::string& person) {
  const auto& may = rules.approvers;
  const auto others =
      std::count_if(may.begin(), may.end(), [&](const std::string& who) { return who != person; });
  if (may.empty() || others >= rules.approvals) return {};
  return base::fail(
      Code::kRefused,
      fmt::format("nothing was begun: the activation needs {} approval{} beside {}, who begins the "
                  "run, and only {} may approve; let somebody else begin it, or name more people "
                  "under approvers",
                  rules.approvals, rules.approvals == 1 ? "" : "s", person,
                  fmt::join(may, " and ")));
}

// Nobody was shown the plan: what it warns of is told all the same.
void tell_warnings(Session& session, const Plan& plan, const std::string& run_id) {
  for (const std::string& warning : plan.warnings) {
    session.reporter.on_event({plan.made_at,
                               run_id,
                               "plan_warning",
                               std::string(name_of(Phase::kPlanned)),
                               {},
                               "warning: " + warning});
  }
}

base::Result<std::string> begin(Session& session) {
  const Instant now = session.parts.clock.now();
  REKEY_TRY(const Plan plan, make_plan({session.inventory, session.issuer, session.parts.drivers,
                                        now, session.parts.search}));
  if (!plan.is_runnable()) return refuse(plan.problems);
  REKEY_CHECK(check_approvers(plan.rules, session.parts.person));
  const std::string& shown = session.parts.shown_plan;
  if (!shown.empty() && shown != plan.digest) {
    return base::fail(Code::kConflict,
                      fmt::format("the plan is {} now and was {} when it was shown: nothing was "
                                  "begun; look at it again",
                                  plan.digest, shown));
  }
  const std::string run_id = make_run_id(now);
  std::vector<RunEvent> events{
      {now, planned_run(plan, run_id, session.inventory.proof, session.parts.person)}};
  std::vector<KeptValue> values;
  for (const PlannedConsumer& planned : plan.consumers) {
    ConsumerDeclared declared{planned.consumer, {}, planned.rhythm};
    for (const base::Secret& value : planned.present_values) {
      declared.present_values.push_back(session.journal.fingerprint(value));
      values.push_back({declared.present_values.back(), value.clone()});
    }
    events.push_back({now, std::move(declared)});
  }
  events.push_back({now, PlanAccepted{session.parts.person, plan.digest}});
  REKEY_CHECK(append(session, run_id, 0, events, values, {}));
  if (shown.empty()) tell_warnings(session, plan, run_id);
  return run_id;
}

// The value that a consumer holds when it joins, proven to be one of this integration.
base::Result<base::Secret> value_of_joining(Session& session, const RunState& state,
                                            const Consumer& consumer, const DriverSpec& spec) {
  // What cannot be read is taken for what the others held.
  if (consumer.is_by_hand) {
    return session.journal.value(state.plan.run_id, state.old_values.front().value);
  }
  REKEY_TRY(const auto sink, session.parts.drivers.sink_reader(spec));
  REKEY_TRY(SinkContent content, sink->read());
  REKEY_TRY(const ProbeResult result, session.probe.present(content.value));
  if (result.answer != ProbeAnswer::kAccepted) {
    return base::fail(Code::kRefused,
                      fmt::format("{}: the value in {} is not accepted for {} ({}){}",
                                  consumer.name, sink->describe(), session.inventory.client_id,
                                  result.detail, kAdviceOnRefused));
  }
  // Somebody was faster: what it is to get back, if it comes to that, is what the others held.
  if (session.journal.fingerprint(content.value) == state.new_value) {
    return session.journal.value(state.plan.run_id, state.old_values.front().value);
  }
  if (!state.plan.is_by_hand) {
    REKEY_CHECK(check_held_slot({consumer.name, sink->describe()}, content.value, session.issuer,
                                state.plan.slot));
  }
  return std::move(content.value);
}

// What is known of a consumer that joins: its use of the old secret until now.
base::Result<Rhythm> rhythm_of_joining(Session& session, const RunState& state,
                                       const Consumer& consumer) {
  base::Duration token_life{};
  for (const RunConsumer& known : state.consumers) {
    if (known.rhythm) token_life = std::max(token_life, known.rhythm->token_life);
  }
  REKEY_TRY(const UsageReport usage,
            read_usage(session.inventory, session.issuer, session.parts.drivers));
  return observe_rhythm(usage, consumer.seen_as, state.plan.outgoing, token_life);
}

base::Status check_interval(const Consumer& consumer, const std::optional<Rhythm>& rhythm) {
  if (longest_interval(consumer, rhythm) > base::Duration{0}) return {};
  return base::fail(Code::kRefused,
                    fmt::format("consumer {}: nobody tells how long its tokens live; give it an "
                                "interval, the longest time between two of its token requests",
                                consumer.name));
}

// An open run takes in what was added to the inventory or mended in it meanwhile. Gives what is to
// be said of the rest.
base::Result<std::vector<std::string>> take_in_changes(Session& session,
                                                       const std::string& run_id) {
  REKEY_TRY(const std::vector<RunEvent> journal, session.journal.load(run_id));
  RunState state = fold(journal);
  if (state.abandon) return std::vector<std::string>{};  // it needs but what its journal holds
  const Reconciliation changes = reconcile(state, session.inventory);
  if (!changes.problems.empty()) return refuse(changes.problems);
  auto left_out = describe_left_out(changes, state);
  std::vector<RunEvent> events;
  std::vector<KeptValue> values;
  const Instant now = session.parts.clock.now();
  if (changes.rules) events.push_back({now, RulesDeclared{*changes.rules, session.parts.person}});
  for (const Consumer& consumer : changes.amended) {
    const RunConsumer* known = find_consumer(state, consumer.name);
    REKEY_CHECK(check_interval(consumer, known->rhythm));
    events.push_back({now, ConsumerDeclared{consumer, known->present_values, known->rhythm}});
  }
  for (const Consumer& consumer : changes.joining) {
    REKEY_TRY(const Rhythm rhythm, rhythm_of_joining(session, state, consumer));
    REKEY_CHECK(check_interval(consumer, rhythm));
    ConsumerDeclared declared{consumer, {}, rhythm};
    for (const DriverSpec& sink : consumer.sinks) {
      REKEY_TRY(base::Secret value, value_of_joining(session, state, consumer, sink));
      declared.present_values.push_back(session.journal.fingerprint(value));
      values.push_back({declared.present_values.back(), std::move(value)});
    }
    events.push_back({now, std::move(declared)});
  }
  if (changes.workflows) events.push_back({now, WorkflowsDeclared{*changes.workflows}});
  if (events.empty()) return left_out;
  const auto version = static_cast<std::int64_t>(journal.size());
  REKEY_CHECK(append(session, run_id, version, events, values, std::move(state)));
  return left_out;
}

base::Status request_abandonment(Session& session, const std::string& run_id,
                                 const Abandonment& why) {
  REKEY_TRY(const std::vector<RunEvent> journal, session.journal.load(run_id));
  RunState state = fold(journal);
  const Instant now = session.parts.clock.now();
  const std::string refusal = refuse_to_abandon(state, now);
  std::vector<RunEvent> events;
  if (!refusal.empty()) {
    REKEY_TRY(auto ended, ask_for_active_end(state, session.journal, session.issuer, now));
    if (!ended) return base::fail(Code::kRefused, refusal);
    events.push_back({now, *std::move(ended)});
  }
  if (!state.abandon) {
    events.push_back({now, AbandonRequested{why.by, why.reason}});
    // Giving a run up ends what another person stopped it for.
    if (state.parked && !state.parked->by.empty()) events.push_back({now, RunResumed{why.by}});
  }
  if (events.empty()) return {};
  return append(session, run_id, static_cast<std::int64_t>(journal.size()), events, {},
                std::move(state));
}

// Which of the places that it wrote hold an accepted value again.
std::string describe_put_back(const RunState& state) {
  if (places_left(state).empty()) return "every sink it wrote holds an accepted value again";
  const bool is_any_back =
      std::any_of(state.consumers.begin(), state.consumers.end(),
                  [](const RunConsumer& c) { return c.touched > 0 && !is_left_alone(c); });
  return is_any_back ? "every other sink it wrote holds an accepted value again"
                     : "nothing was put back";
}

Outcome given_up(const RunState& state) {
  Outcome outcome{Ending::kAbandoned, state.plan.run_id, state.plan.run_id + " is given up"};
  outcome.needs_person = !places_left(state).empty();
  if (state.plan.is_by_hand && state.secret_id.empty()) {
    outcome.message +=
        ", and no sink holds anything of it. Where a secret was generated for it at the issuer "
        "already, that one is accepted until it is replaced there or ends: it cannot be discarded";
  } else if (state.plan.is_by_hand) {
    outcome.message += fmt::format(
        ": {}. What was staged at the issuer cannot be discarded by the run: it is accepted until "
        "it is replaced or deleted there, or ends{}",
        describe_put_back(state),
        state.expires_at == base::kFarFuture ? std::string()
                                             : " at " + base::format_instant(state.expires_at));
  } else {
    outcome.message +=
        fmt::format(": {}, and nothing it staged lives on", describe_put_back(state));
  }
  return outcome;
}

Outcome outcome_of(const RunState& state) {
  if (state.parked) {
    return {Ending::kParked, state.plan.run_id, state.parked->reason, state.parked->is_waiting};
  }
  if (state.is_abandoned) return given_up(state);
  return {Ending::kClosed, state.plan.run_id,
          fmt::format("{} is in use by every consumer{}, and the old value was refused; {}",
                      state.secret_id, but_for_waived(state),
                      state.expires_at == base::kFarFuture
                          ? std::string("when the new one ends, nobody has told")
                          : "the new one ends at " + base::format_instant(state.expires_at))};
}

struct OpenedRun {
  std::unique_ptr<RunJournal> journal;
  std::string run_id;
  RunState state;
  std::int64_t version = 0;
};

// Who uses which secret, beside what people say; told by nobody where nobody tells.
base::Result<UsageReport> usage_beside(const RunState& state, const Inventory& inventory,
                                       EngineParts& parts) {
  if (state.plan.is_by_hand && inventory.usage_sources.empty()) {
    return untold_usage(parts.clock.now());
  }
  REKEY_CHECK(check_issuer(state, inventory));
  REKEY_TRY(const auto issuer, parts.drivers.issuer_reader(inventory));
  return read_usage(inventory, *issuer, parts.drivers);
}

base::Error no_open_run(const Inventory& inventory) {
  return {Code::kNotFound,
          fmt::format("no run of {} is open, and nothing was changed; `rekey rotate` begins one",
                      inventory.name)};
}

// The open run of this integration, for what people say to it. kNotFound where there is none.
base::Result<OpenedRun> open_run(const Inventory& inventory, EngineParts& parts) {
  REKEY_TRY(const auto open, peek_open_run(parts.files, inventory.state_folder, inventory.client_id,
                                           inventory.slot));
  if (!open) return tl::unexpected(no_open_run(inventory));
  auto opened = open_journal(parts.files, inventory.state_folder,
                             {inventory.client_id, inventory.slot}, parts.clock.now());
  if (!opened && opened.error().code == Code::kConflict) {
    return base::fail(Code::kConflict,
                      fmt::format("{}. `rekey run park --reason TEXT` asks it to stop at its next "
                                  "step: say that first, then this again",
                                  opened.error().detail));
  }
  REKEY_TRY(auto journal, std::move(opened));
  REKEY_TRY(const auto events, journal->load(open->run_id));
  return OpenedRun{std::move(journal), open->run_id, fold(events),
                   static_cast<std::int64_t>(events.size())};
}

// What a person stopped goes on only when somebody resumes it: its outcome as it stands.
base::Result<std::optional<Outcome>> find_parked_by_person(const Inventory& inventory,
                                                           RunJournal& journal, Instant now) {
  REKEY_TRY(const auto run_id, journal.find_open_run(inventory.client_id, inventory.slot));
  if (!run_id) return std::nullopt;
  REKEY_TRY(const auto events, journal.load(*run_id));
  const RunState state = fold(events);
  if (!state.parked || state.parked->by.empty()) return std::nullopt;
  return Outcome{Ending::kParked, *run_id,
                 fmt::format("{} is {}", *run_id, missing_now(state, now))};
}

enum class Begun { kBefore, kJustNow };

base::Result<Outcome> go_on(Session& session, const std::string& run_id, Begun begun,
                            const std::vector<std::string>& left_out = {}) {
  RunnerParts runner{session.parts.clock, session.parts.drivers, session.journal,
                     session.reporter,    session.inventory,     session.issuer,
                     session.probe,       session.parts.person,  begun == Begun::kBefore};
  REKEY_TRY(const RunState state, carry_out(runner, run_id));
  if (state.is_abandoned && state.is_old_ended && !state.parked) {
    return Outcome{
        Ending::kAbandoned, run_id,
        describe_given_up_without_old(state, session.issuer, session.probe, session.parts.drivers)};
  }
  Outcome outcome = outcome_of(state);
  if (state.is_abandoned) outcome.message += describe_rest_of_given_up(state);
  for (const std::string& one : left_out) outcome.message += ". " + one;
  return outcome;
}

}  // namespace

base::Result<std::string> attest(const Inventory& inventory, const std::string& consumer,
                                 const Word& word, EngineParts& parts) {
  REKEY_TRY(const OpenedRun run, open_run(inventory, parts));
  REKEY_CHECK(check_word(run.state, consumer));
  std::string worth;
  if (const auto usage = usage_beside(run.state, inventory, parts); usage) {
    REKEY_TRY(worth, weigh_word(run.state, consumer, *usage));
  } else {
    worth = fmt::format(
        "usage could not be asked for now ({}); where it tells otherwise, the word "
        "counts for nothing",
        usage.error().detail);
  }
  REKEY_CHECK(run.journal->append(
      run.run_id, run.version,
      {{parts.clock.now(),
        ConsumerAttested{consumer, word.by, word.reason, is_way_back(run.state)}}},
      {}));
  return worth;
}

base::Status waive(const Inventory& inventory, const std::string& consumer, const Word& word,
                   EngineParts& parts) {
  REKEY_TRY(const OpenedRun run, open_run(inventory, parts));
  REKEY_CHECK(check_waiver(run.state, consumer));
  // Where usage cannot be asked, a waiver may be what the run needs.
  if (const auto usage = usage_beside(run.state, inventory, parts); usage) {
    REKEY_CHECK(weigh_waiver(run.state, consumer, *usage));
  }
  return run.journal->append(run.run_id, run.version,
                             {{parts.clock.now(), ConsumerWaived{consumer, word.by, word.reason}}},
                             {});
}

base::Result<base::Secret> hand_out(const Inventory& inventory, const std::string& consumer,
                                    const std::string& by, const std::string& how,
                                    EngineParts& parts) {
  REKEY_TRY(const OpenedRun run, open_run(inventory, parts));
  REKEY_CHECK(check_hand_out(run.state, consumer));
  const bool is_back = is_way_back(run.state);
  const base::Fingerprint& which =
      is_back ? find_consumer(run.state, consumer)->present_values.front() : run.state.new_value;
  REKEY_TRY(base::Secret value, run.journal->value(run.run_id, which));
  REKEY_CHECK(run.journal->append(run.run_id, run.version,
                                  {{parts.clock.now(), ValueHandedOut{consumer, by, how, is_back}}},
                                  {}));
  return value;
}

base::Result<ApprovalCount> approve(const Inventory& inventory, const Word& word,
                                    const std::string& plan, EngineParts& parts) {
  REKEY_TRY(const OpenedRun run, open_run(inventory, parts));
  const Instant now = parts.clock.now();
  const bool is_ended = run.state.is_activated && run.state.is_old_ended;
  if (is_ended || run.state.abandon) {
    return base::fail(
        Code::kRefused,
        fmt::format("{} {}: there is nothing to approve any more", run.run_id,
                    run.state.abandon ? "is given up" : "has ended the old secret already"));
  }
  REKEY_CHECK(check_issuer(run.state, inventory));
  const std::string digest = digest_of(run.state);
  const RunState changed = with_changes(run.state, reconcile(run.state, inventory), now);
  if (digest_of(changed) != digest) {
    return base::fail(Code::kConflict,
                      fmt::format("the inventory has changed since {} began, and the run does not "
                                  "know it yet: start `rekey rotate`, which takes that in, then "
                                  "approve the plan as it is then",
                                  run.run_id));
  }
  if (plan != digest) {
    return base::fail(
        Code::kConflict,
        fmt::format("the plan of {} is {} and not {}: it has changed since that one was shown. "
                    "Look at it with `rekey plan`, then approve it anew",
                    run.run_id, digest, plan));
  }
  const auto& may = run.state.plan.rules.approvers;
  if (!may.empty() && std::find(may.begin(), may.end(), word.by) == may.end()) {
    return base::fail(Code::kRefused,
                      fmt::format("{} is not among those whose approval counts ({})", word.by,
                                  fmt::join(may, ", ")));
  }
  if (word.by == run.state.plan.requested_by) {
    return base::fail(
        Code::kRefused,
        fmt::format("{} began {}: the approval has to be somebody else's", word.by, run.run_id));
  }
  const RunEvent approval{now, RunApproved{word.by, word.reason, digest}};
  const RunState approved = apply(run.state, approval);
  const ApprovalCount count{digest, count_approvals(approved), run.state.plan.rules.approvals};
  if (count.given == count_approvals(run.state)) {
    return base::fail(Code::kRefused,
                      fmt::format("{} has approved this plan already ({} of {} approvals)", word.by,
                                  count.given, count.needed));
  }
  REKEY_CHECK(run.journal->append(run.run_id, run.version, {approval}, {}));
  return count;
}

namespace {

// The run once the engine that was at work on it has let go of it.
base::Result<OpenedRun> asked_to_park(const Inventory& inventory, const Word& word,
                                      EngineParts& parts) {
  REKEY_TRY(const auto open, peek_open_run(parts.files, inventory.state_folder, inventory.client_id,
                                           inventory.slot));
  if (open) {
    REKEY_CHECK(ask_to_park(inventory.state_folder, open->run_id, {word.by, word.reason},
                            parts.clock.now()));
  }
  const Instant last = parts.clock.now() + kParkPatience;
  for (;;) {
    auto opened = open_run(inventory, parts);
    const bool is_held = !opened && opened.error().code == Code::kConflict;
    if (!is_held) return opened;
    if (parts.clock.now() >= last) break;
    parts.clock.sleep_for(kParkPause);
  }
  return base::fail(
      Code::kConflict,
      "the engine at work was asked to park the run, and does so when its present step is over, "
      "such as a restart that takes long: `rekey run show` tells. Where that process hangs, end "
      "it (Ctrl-C where it was started, or SIGTERM; nothing is lost) and park the run then");
}

}  // namespace

base::Status park(const Inventory& inventory, const Word& word, EngineParts& parts) {
  auto opened = open_run(inventory, parts);
  const bool is_asked = !opened && opened.error().code == Code::kConflict;
  if (is_asked) {
    REKEY_TRY(opened, asked_to_park(inventory, word, parts));
  }
  REKEY_TRY(const OpenedRun run, std::move(opened));
  const auto& parked = run.state.parked;
  const bool is_by_this = parked && parked->by == word.by && parked->reason == word.reason;
  if (is_asked && is_by_this) return {};
  if (parked && !parked->by.empty()) {
    return base::fail(Code::kRefused, fmt::format("{} was parked by {} already: {}", run.run_id,
                                                  parked->by, parked->reason));
  }
  // That the old one ended too early stays known.
  const bool is_lapse = parked && parked->is_lapse;
  return run.journal->append(
      run.run_id, run.version,
      {{parts.clock.now(), RunParked{word.reason, is_lapse, false, word.by}}}, {});
}

base::Result<Outcome> rotate(const std::string& path, EngineParts& parts, Reporter& reporter) {
  REKEY_TRY(const Inventory inventory, load_inventory(path, parts));
  return rotate(inventory, parts, reporter);
}

base::Result<Outcome> rotate(const Inventory& inventory, EngineParts& parts, Reporter& reporter) {
  REKEY_TRY(const auto journal, open_journal_of(inventory, parts));
  return rotate_in(inventory, *journal, parts, reporter);
}

base::Result<std::unique_ptr<RunJournal>> open_journal_of(const Inventory& inventory,
                                                          EngineParts& parts) {
  const Instant now = parts.clock.now();
  const Credential whose{inventory.client_id, inventory.slot};
  if (parts.journal_turn == nullptr) {
    return open_journal(parts.files, inventory.state_folder, whose, now);
  }
  return open_journal_in_turns(parts.files, inventory.state_folder, whose, now,
                               *parts.journal_turn);
}

base::Result<Outcome> rotate_in(const Inventory& inventory, RunJournal& journal, EngineParts& parts,
                                Reporter& reporter) {
  REKEY_TRY(auto stopped, find_parked_by_person(inventory, journal, parts.clock.now()));
  if (stopped) return *std::move(stopped);
  REKEY_CHECK(take_in_issuer(inventory, journal, parts));
  REKEY_TRY(const auto issuer, parts.drivers.issuer(inventory));
  REKEY_TRY(const IntegrationFacts integration, issuer->integration());
  REKEY_TRY(const auto probe, parts.drivers.probe(inventory.probe, integration, *issuer));
  Session session{parts, inventory, journal, *issuer, *probe, reporter};
  REKEY_TRY(std::optional<std::string> run_id,
            journal.find_open_run(inventory.client_id, inventory.slot));
  if (run_id) {
    REKEY_TRY(const auto left_out, take_in_changes(session, *run_id));
    return go_on(session, *run_id, Begun::kBefore, left_out);
  }
  REKEY_TRY(run_id, begin(session));
  return go_on(session, *run_id, Begun::kJustNow);
}

base::Result<Outcome> resume(const std::string& path, EngineParts& parts, Reporter& reporter) {
  REKEY_TRY(const Inventory inventory, load_inventory(path, parts));
  REKEY_TRY(const OpenedRun run, open_run(inventory, parts));
  return resume_in(inventory, *run.journal, parts, reporter);
}

base::Result<Outcome> resume_in(const Inventory& inventory, RunJournal& journal, EngineParts& parts,
                                Reporter& reporter) {
  REKEY_TRY(const auto run_id, journal.find_open_run(inventory.client_id, inventory.slot));
  if (!run_id) return tl::unexpected(no_open_run(inventory));
  REKEY_CHECK(take_in_issuer(inventory, journal, parts));
  REKEY_TRY(const auto issuer, parts.drivers.issuer(inventory));
  REKEY_TRY(const IntegrationFacts integration, issuer->integration());
  REKEY_TRY(const auto probe, parts.drivers.probe(inventory.probe, integration, *issuer));
  Session session{parts, inventory, journal, *issuer, *probe, reporter};
  REKEY_TRY(const auto left_out, take_in_changes(session, *run_id));
  return go_on(session, *run_id, Begun::kBefore, left_out);
}

base::Result<Outcome> abandon(const std::string& path, const Abandonment& why, EngineParts& parts,
                              Reporter& reporter) {
  REKEY_TRY(const Inventory inventory, load_inventory(path, parts));
  REKEY_TRY(const OpenedRun run, open_run(inventory, parts));
  return abandon_in(inventory, *run.journal, why, parts, reporter);
}

base::Result<Outcome> abandon_in(const Inventory& inventory, RunJournal& journal,
                                 const Abandonment& why, EngineParts& parts, Reporter& reporter) {
  REKEY_TRY(const auto run_id, journal.find_open_run(inventory.client_id, inventory.slot));
  if (!run_id) return tl::unexpected(no_open_run(inventory));
  REKEY_CHECK(take_in_issuer(inventory, journal, parts));
  REKEY_TRY(const auto issuer, parts.drivers.issuer(inventory));
  REKEY_TRY(const IntegrationFacts integration, issuer->integration());
  REKEY_TRY(const auto probe, parts.drivers.probe(inventory.probe, integration, *issuer));
  Session session{parts, inventory, journal, *issuer, *probe, reporter};
  REKEY_CHECK(request_abandonment(session, *run_id, why));
  return go_on(session, *run_id, Begun::kBefore);
}

}  // namespace rekey::rotation

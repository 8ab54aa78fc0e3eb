// The rotation's state machine: the only place that knows what a run may do next.
//
//   Planned ─► Approved ─► Staging ─► Staged ─► Settled ─► Propagating ─► Observing ─► Gate
//           ─► Activating ─► Activated ─► Retiring ─► Retired ─► Closed    (propagate first)
//
//   … Settled ─► Activating ─► Activated ─► Propagating ─► Observing ─► Gate ─► Retiring …
//                                                                       (activate first)
//
//   Propagating ─► Observing ─► Propagating: wave by wave
//
//   before Activating: ─► RollingBack ─► Planned   (the staged secret is gone: staged anew)
//                      ─► RollingBack ─► Closed    (given up by a person)
//   after it, within the overlap, where the issuer can undo it:
//                      ─► RollingBack ─► Closed    (given up; the activation is undone first)
//   after it, where the activated secret has ended, and not by this run:
//                      ─► RollingBack ─► Closed    (given up; to the old secret, while it works)
//
// Where the old secret ends before the gate lets it go, whoever still holds it is cut off: the run
// goes forward from wherever it is, moves everybody at once, in whichever order it was planned, and
// waits for no wave, window, freeze or approval. What it writes is read back and proven as ever.
//
// next() says what to do, apply() what an event makes of the state. Both are pure: no clock, no
// I/O, no value. A run is the fold of apply over its journal, so a run killed anywhere goes on from
// there: an intent that is open after a restart makes next() look at the world before it acts
// again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/time.h"
#include "rotation/inventory/inventory.h"
#include "rotation/machine/events.h"
#include "rotation/machine/evidence.h"

namespace rekey::rotation {

enum class Phase {
  kPlanned,
  kApproved,  // who begins the run wants this plan carried out
  kStaging,
  kStaged,
  kSettled,
  kPropagating,
  kObserving,
  kGate,
  kActivating,
  kActivated,
  kRetiring,
  kRetired,
  kRollingBack,
  kClosed,
  kParked,
};
// Pending and Written are those of one sink after the other; ReadBack and all that follows are of
// every sink. The last three undo: in turn to Restored (the sinks), RestoreProven, and, reloaded,
// Pending. A sink that is by hand is neither read back nor proven: from Written and Restored it
// goes to the reload.
enum class ConsumerStep {
  kPending,
  kWritten,
  kReadBack,
  kProven,
  kReloaded,
  kRollingBack,
  kRestored,
  kRestoreProven
};

[[nodiscard]] std::string_view name_of(Phase phase) noexcept;  // "Propagating", …
[[nodiscard]] std::string_view name_of(ConsumerStep step) noexcept;

inline constexpr int kMaxAttempts = 8;  // of one step
// Secrets that a run may stage within a day: who keeps ending them has to be found by a person.
inline constexpr int kMostStagedADay = 20;
// Of those that no token request was ever accepted with, one after the other.
inline constexpr int kMostStagedInVain = 2;
inline constexpr base::Duration kGateFreshness = std::chrono::seconds{10};
inline constexpr base::Duration kLapseWait = std::chrono::minutes{15};  // longer: revoke
inline constexpr base::Duration kBasePatience = std::chrono::seconds{60};
inline constexpr int kPatienceIntervals = 10;
// A window that opens later than this is not waited for: the run stops and says when.
inline constexpr base::Duration kLongestWindowWait = std::chrono::minutes{15};
// A step that failed is tried again after that at the latest.
inline constexpr base::Duration kLongestBackoff = std::chrono::seconds{60};
// Runs, one after the other, of workflows that touch something, where no answer is clear.
inline constexpr int kMostUnclearRuns = 3;
// Usage that cannot be read at all is waited for this much longer than the patience.
inline constexpr base::Duration kUsagePatience = std::chrono::seconds{60};

// ---- state ------------------------------------------------------------------------------------

struct RunConsumer {
  Consumer facts;
  std::vector<base::Fingerprint> present_values;  // one a sink
  ConsumerStep step = ConsumerStep::kPending;
  std::optional<base::Instant> reloaded_at;  // the issuer's time
  int touched = 0;                           // as many of its sinks may have been written
  int sink = 0;                              // the one that is worked at
  bool is_restarted = false;                 // by the engine, since the last write
  bool is_to_reload_anew = false;            // it had moved, and its reload was declared anew
  std::optional<std::string> attested_by{};  // since the last write
  std::optional<Rhythm> rhythm{};            // before the run
  std::optional<ConsumerWaiver> waiver{};    // since the last write
  bool is_present_dead = false;  // what it held before is refused, and another old one works
  // Of a run that is given up: these hold somebody else's value, which is refused.
  std::vector<int> left{};
};

// Of several old secrets one that ended before the rest.
struct EndedOld {
  std::string secret_id;
  base::Instant at{};
  std::string how;
  std::vector<std::string> consumers;  // who held it then
};

struct OldValue {
  base::Fingerprint value;
  bool is_refused = false;
};

struct Failure {
  std::string step;
  base::Code code = base::Code::kInternal;
  std::string detail;
  base::Instant retry_at{};
};

// The old secret ended before the gate had let it go, and not by this run.
struct EarlyCut {
  base::Instant at{};                  // when it was noticed
  std::vector<std::string> consumers;  // without evidence then that they use the new secret
  int missing_approvals = 0;           // that the plan asked for, and nobody had given
  bool is_outside_window = false;
  std::string how{};  // what was found; empty: somebody activated the new secret
};

// A staged secret that was found refused. Its value stays sealed until the run closes: the refusal
// may pass.
struct GoneSecret {
  std::string secret_id;
  base::Fingerprint value;
  // Of those whose sinks may hold it, by name: what they held before.
  std::map<std::string, std::vector<base::Fingerprint>> held_before{};
  base::Instant usable_from{};
  base::Instant staged_at{};
  base::Instant expires_at{};
  bool is_unproven = false;  // no token request with it was ever accepted, so no consumer had it
};

// What a run of the workflow has shown, for one definition of it.
struct WorkflowProgress {
  std::string definition{};
  // Before the rotation. That it failed is believed when it has failed twice.
  std::optional<WorkflowOutcome> on_old{};
  int old_failures = 0;
  base::Instant old_failed_at{};
  bool is_tried_again = false;              // with the old one, since it failed with the new one
  std::optional<WorkflowOutcome> on_new{};  // since the last write
  base::Instant new_at{};
  std::string new_detail{};
  std::string old_detail{};
};

// A place that does not hold what the run left there (SinkDrifted), until the run is started again.
struct Drift {
  std::string consumer;
  int sink = 0;
  bool is_damaged = false;
  bool is_restored = false;  // the value from before stands there again
  bool is_stuck = false;     // what was put back was damaged as well
};

struct RunState {
  // Compiled once: it is handed on by value in many files.
  RunState();
  RunState(const RunState& other);
  RunState(RunState&& other) noexcept;
  RunState& operator=(const RunState& other);
  RunState& operator=(RunState&& other) noexcept;
  ~RunState();

  RunPlanned plan;
  Phase phase = Phase::kPlanned;
  std::vector<RunConsumer> consumers;
  std::optional<IntentRecorded> open_intent;
  std::optional<std::string> lost_secret_id;  // staged by us, value lost: to be given up
  std::string secret_id;                      // of the staged one
  base::Fingerprint new_value;
  base::Instant usable_from{};
  int proofs = 0;
  std::optional<base::Instant> last_proof_at;
  std::optional<base::Instant> observing_since;
  std::optional<base::Instant> gate_passed_at;
  bool is_activation_asked = false;  // of the staged one, by this run
  bool is_activated = false;
  std::string revoking_id{};                 // what this run has asked to end, on its evidence
  std::string superseded_id;                 // what the activation left in its overlap
  std::optional<base::Instant> old_ends_at;  // of that overlap
  bool is_old_ended = false;                 // before the activation: by somebody else
  std::vector<OldValue> old_values;
  int attempts = 0;
  // To activate, or to end the old secret, since one of them took effect: what is looked for and
  // seen in between counts for nothing here.
  int failed_ends = 0;
  int unclear_runs = 0;            // of workflows that touch something, since one had an outcome
  bool has_effect_failed = false;  // what the open intent speaks of; then looks for it may
  std::optional<Failure> failure;
  std::optional<RunParked> parked;
  bool is_stop_overtaken = false;    // since it parked, something became of the secrets
  bool is_lapse_known = false;       // a person went on after a lapse
  bool is_staged_gone = false;       // rolling back because of that
  bool is_old_gone = false;          // nothing that a sink held before the run is accepted
  std::optional<GoneSecret> gone{};  // the last staged one, until another is staged
  // Of staged ones that are gone: what this run wrote, wherever it still stands.
  std::vector<base::Fingerprint> earlier_values{};
  std::optional<base::Instant> asked_since{};  // for a new secret that has not come yet
  bool is_staged_unused = false;
  std::optional<AbandonRequested> abandon;
  bool is_abandoned = false;              // closed by it
  std::string accepted_plan{};            // its digest
  std::vector<RunApproved> approved;      // of whatever plan
  std::vector<base::Instant> stagings{};  // the last kMostStagedADay of them
  int staged_in_vain = 0;                 // in a row, since a person started the run again
  bool is_end_doubtful = false;           // of the one that is gone, until a person has looked
  int waves_passed = 0;                   // waves before this number have held
  base::Instant staged_at{};              // the staged one
  base::Instant expires_at{};             // of the staged one
  std::optional<EarlyCut> early_cut{};
  std::vector<EndedOld> ended_old{};
  std::map<std::string, WorkflowProgress> workflows{};  // by name
  std::vector<Drift> drifts{};
  // How the secret ended that this run has activated; until the run is started again.
  std::optional<std::string> active_end{};
  std::optional<UsageUnread> usage_unread{};   // nullopt where it can be read
  std::vector<Outage> outages{};               // that are over
  std::vector<std::string> said_since_stop{};  // by people, of consumers: "crm is waived by eve"
};

// Parked or Closed where the run is, else its phase.
[[nodiscard]] Phase shown_phase(const RunState& state) noexcept;
// As many token requests with the staged value were accepted as were asked for.
[[nodiscard]] bool is_proven(const RunState& state) noexcept;
[[nodiscard]] bool is_everybody_reloaded(const RunState& state) noexcept;
// The wave that moves now. While the old secret works a later one waits; once it has ended, nobody
// waits for anybody.
[[nodiscard]] int open_wave(const RunState& state) noexcept;
[[nodiscard]] bool is_on_the_move(const RunState& state, const RunConsumer& consumer) noexcept;
// What it held before is refused while others' still works, and it has not moved: it does not wait
// for its wave, nor for the end of a freeze.
[[nodiscard]] bool is_cut_off(const RunConsumer& consumer) noexcept;
[[nodiscard]] bool is_anybody_cut_off(const RunState& state) noexcept;
// Everybody who is on the move has been reloaded.
[[nodiscard]] bool is_wave_reloaded(const RunState& state) noexcept;
// The wave's own name, or its number.
[[nodiscard]] std::string name_of_wave(const RunState& state, int wave);
// What an approval has to be of.
[[nodiscard]] std::string digest_of(const RunState& state);
// Who may give one, and the command: "`rekey run approve --plan DIGEST --by bob --reason TEXT`".
[[nodiscard]] std::string how_to_approve(const RunState& state);
// Until when the wave that moves is watched at least, by the issuer's clock; nullopt where it is
// the last one, where not all of it was reloaded, and where no time is asked for.
[[nodiscard]] std::optional<base::Instant> held_until(const RunState& state);
// True until the gate has let the old secret go: consumers may still join.
[[nodiscard]] bool may_join(const RunState& state) noexcept;
// Everything that is done before the activation is done: it may wait for people and windows alone.
[[nodiscard]] bool is_before_activation(const RunState& state) noexcept;
// Both secrets work, everybody has moved, and the end of the old one is what comes next.
[[nodiscard]] bool is_before_end(const RunState& state) noexcept;
// The step without a way back comes next, and lacks an approval.
[[nodiscard]] bool is_approval_awaited(const RunState& state) noexcept;
// Until when the issuer's least times hold the run where it is; nullopt where they do not.
[[nodiscard]] std::optional<base::Instant> issuer_waits_until(const RunState& state,
                                                              base::Instant now) noexcept;
// What may be activated: a settled, proven secret with which every workflow works; where
// activation comes last, only behind the gate.
[[nodiscard]] bool may_activate(const RunState& state) noexcept;
// Its sink is by hand, and what has to be put there, or put back, is with a person now.
[[nodiscard]] bool is_in_a_persons_hands(const RunConsumer& consumer) noexcept;
// Its sinks are written, and a person has to restart it and say so.
[[nodiscard]] bool is_to_be_restarted(const RunConsumer& consumer) noexcept;
[[nodiscard]] const RunConsumer* find_consumer(const RunState& state,
                                               const std::string& name) noexcept;
// The gate was passed so lately that it may be acted upon. A clock that was set back says nothing
// of how long ago that was.
[[nodiscard]] bool is_gate_fresh(const RunState& state, base::Instant now) noexcept;
// A staged secret that nobody has found ended or active yet.
[[nodiscard]] bool is_staged_open(const RunState& state) noexcept;
// Who may hold the run's new secret: its sinks may have been written, and were not restored since.
[[nodiscard]] std::vector<std::string> holders_of_new(const RunState& state);
// Those who approved the plan as it is now, may, and did not ask for it, each once.
[[nodiscard]] int count_approvals(const RunState& state) noexcept;
enum class Asked { kEverybody, kWhoIsOnTheMove };
// Those of whom neither a restart by the engine nor anybody's word tells that they use the new one,
// where the issuer tells no usage.
[[nodiscard]] std::vector<std::string> consumers_without_evidence(const RunState& state,
                                                                  base::Instant at, Asked asked);
// How the secret ended that the run has activated, who is cut off, and the way out. Needs
// RunState::active_end.
[[nodiscard]] std::string describe_active_end(const RunState& state);
// The places that a run which is given up leaves with somebody else's refused value.
[[nodiscard]] std::vector<std::string> places_left(const RunState& state);
// Nothing of what it held was put back: every place that was written holds such a value.
[[nodiscard]] bool is_left_alone(const RunConsumer& consumer) noexcept;
// "", " but reports (waived by eve)": of them nobody knows whether they use the new secret.
[[nodiscard]] std::string but_for_waived(const RunState& state);
// False where no value that a sink held before is accepted any more: the new one is the way out.
[[nodiscard]] bool is_old_alive(const RunState& state) noexcept;
// Consumers move before the activation: it was planned so, or the old secret has ended and whoever
// holds it is moved at once.
[[nodiscard]] bool moves_before_activation(const RunState& state) noexcept;
// The old secret ended too early, and evidence that everybody has moved is still asked for, where
// the issuer tells who uses which: by its end alone, or where nobody but usage tells what a person
// put into a form.
[[nodiscard]] bool is_gate_due(const RunState& state) noexcept;
// The longest time between two of its token requests, as far as it is known or confirmed.
[[nodiscard]] base::Duration interval_of(const RunConsumer& consumer);
// kInvalidArgument for a name that is none of its consumers', with those that there are.
[[nodiscard]] base::Error unknown_consumer(const RunState& state, std::string_view name);
// Ok where a waiver of that consumer may count: it was reloaded, and the old secret has not ended.
// kInvalidArgument names the consumers that there are. Whether it is of use is for usage to tell
// (by_hand.h).
[[nodiscard]] base::Status check_waiver(const RunState& state, const std::string& consumer);
// False once the old secret has ended, as long as no gate is still to judge who has moved: until
// then people's words about consumers are evidence.
[[nodiscard]] bool do_words_count(const RunState& state) noexcept;
// How long the run watches for evidence before it asks a person: 10 × the longest interval + 60 s.
[[nodiscard]] base::Duration patience_of(const RunState& state) noexcept;
// What evidence is asked about; waivers are those of the inventory as it is now.
[[nodiscard]] Question question_of(const RunState& state, const std::vector<Waiver>& waivers);

// ---- actions ----------------------------------------------------------------------------------

struct WaitUntil {
  base::Instant until{};
  std::string what;
};
// The same while consumers hold the old secret: it is looked whether that still works.
struct WatchOld {
  base::Instant until{};
  std::string what;
};
struct Stage {
  std::optional<std::string> replaces;
};
struct CheckSettled {};
struct ProveStaged {};
struct WriteSink {
  std::string consumer;
  int sink = 0;
};
struct ReadBackSink {
  std::string consumer;
  int sink = 0;
};
// Every sink of it.
struct ProveConsumer {
  std::string consumer;
};
struct ReloadConsumer {
  std::string consumer;
};
// Once, with the new secret or with one that sinks held before the run.
struct RunWorkflow {
  std::string workflow;
  bool is_on_new = false;
};
struct Observe {};
struct ReopenGate {};
struct Activate {};
struct Revoke {
  std::string secret_id;
};
// The overlap is over: to be written down.
struct NoteLapsed {};
struct ProveDead {
  base::Fingerprint value;
};
// An intent is open and its outcome unknown: look at the world.
struct Look {
  IntentRecorded intent;
};
struct Park {
  RunParked why;
  std::optional<base::Instant>
      until{};  // when that is over by itself; nullopt: somebody has to act
};
struct Close {};
// Puts back what the consumer had; the sink itself is looked at first.
struct RestoreSink {
  std::string consumer;
  int sink = 0;
};
struct ProveRestored {
  std::string consumer;
};
// Does anybody still use the staged secret, now that every sink is restored?
struct ObserveUnused {};
struct EndStaged {
  std::string secret_id;
};
// Given up within the overlap: first of all the old secret has to be active again.
struct UndoActivation {};
struct CloseAbandoned {};
// Closed or parked: nothing to do.
struct Stop {};

using AnyAction =
    std::variant<WaitUntil, WatchOld, Stage, CheckSettled, ProveStaged, WriteSink, ReadBackSink,
                 ProveConsumer, ReloadConsumer, Observe, ReopenGate, Activate, Revoke, NoteLapsed,
                 ProveDead, Look, Park, Close, RestoreSink, ProveRestored, ObserveUnused, EndStaged,
                 CloseAbandoned, RunWorkflow, UndoActivation, Stop>;

// One of them. As for EventBody, the cost of a large variant is compiled once.
class Action : public AnyAction {
 public:
  using AnyAction::AnyAction;
  Action(const Action& other);
  Action(Action&& other) noexcept;
  Action& operator=(const Action& other);
  Action& operator=(Action&& other) noexcept;
  ~Action();
};

// ---- the two functions ------------------------------------------------------------------------

[[nodiscard]] Action next(const RunState& state, base::Instant now);

// What holds a run where everything else is done; nullopt where nothing does. A freeze: what would
// be begun now, while the old secret works.
[[nodiscard]] std::optional<Action> held_by_freeze(const RunState& state, base::Instant now);
// A freeze, approvals or the window: the activation.
[[nodiscard]] std::optional<Action> held_before_activation(const RunState& state,
                                                           base::Instant now);
// Approvals of what has changed since, a freeze or the window: the end of the old one in its
// overlap.
[[nodiscard]] std::optional<Action> held_before_end(const RunState& state, base::Instant now);

// Total over journals that the engine wrote; an event that cannot follow aborts.
[[nodiscard]] RunState apply(RunState state, const RunEvent& event);
// The state after a whole journal.
[[nodiscard]] RunState fold(const std::vector<RunEvent>& events);

// The intent that must be durable before `action` is carried out; nullopt where it changes nothing.
[[nodiscard]] std::optional<IntentRecorded> intent_of(const RunState& state, const Action& action);

// What an observation means: the event that follows, or nullopt to keep watching.
[[nodiscard]] std::optional<EventBody> judge(const RunState& state, const Evidence& evidence,
                                             base::Instant now);

// True where the same step may succeed later without anybody changing anything.
[[nodiscard]] bool is_worth_retrying(base::Code code) noexcept;

}  // namespace rekey::rotation

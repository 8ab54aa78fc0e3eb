// The events of a run: what its journal holds, and nothing else makes its state.
//
// Plain data without a value in it: secrets are named by id, values by fingerprint.
// decode(encode(e)) gives e again; a published event keeps its form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "base/time.h"
#include "rotation/inventory/inventory.h"
#include "rotation/inventory/window.h"
#include "rotation/machine/evidence.h"
#include "rotation/machine/rhythm.h"

namespace rekey::rotation {

enum class Order { kPropagateFirst, kActivateFirst };

// What changes another system: each has an intent before it and an outcome after it.
enum class Effect {
  kStage,
  kWrite,
  kReload,
  kActivate,
  kRevoke,
  kRestore,
  kGiveUp,
  kRunWorkflow,
  kUndoActivation
};

[[nodiscard]] std::string_view name_of(
    Order order) noexcept;  // "propagate_first", "activate_first"
[[nodiscard]] std::string_view name_of(Effect effect) noexcept;  // "stage", "write", …

// A workflow, as the plan shows it.
struct PlannedWorkflow {
  std::string name;
  std::string effects;
  std::string definition;  // 16 hexadecimal digits: another one where anything of it has changed
  friend bool operator==(const PlannedWorkflow&, const PlannedWorkflow&) = default;
};
// Whom a run asks, as the inventory declares it. No secret is in them: a credential is a path.
struct RunDrivers {
  DriverSpec issuer;
  DriverSpec probe;                         // how a value is tried
  std::vector<DriverSpec> usage_sources{};  // that tell who asks for tokens, beside the issuer
  friend bool operator==(const RunDrivers&, const RunDrivers&) = default;
};
// What the inventory asks of a run beside its consumers, and what it lets pass.
struct RunRules {
  int approvals = 0;                     // of others than who began the run, before the activation
  std::optional<Window> window{};        // of the step without a way back, and of restarts
  std::vector<std::string> approvers{};  // whose approval counts; empty: anybody's
  std::vector<Wave> waves{};             // empty: one without a name
  std::vector<Freeze> freezes{};         // in which nothing is begun
  std::vector<Waiver> waivers{};         // use of the old secret that somebody answers for
  std::optional<RunDrivers> drivers{};   // nullopt: in a journal of before they were kept
  // Places that hold the old secret when the run begins, and that somebody says are to be let be.
  std::vector<NotConsumer> not_consumers{};
  friend bool operator==(const RunRules&, const RunRules&) = default;
};
[[nodiscard]] RunRules rules_of(const Inventory& inventory);
// "access-log (/var/log/access.log)"
[[nodiscard]] std::string describe_driver(const DriverSpec& spec);
// "issuer rekey (https://…), probe token (a token request), usage beside the issuer's from nobody"
[[nodiscard]] std::string describe(const RunDrivers& drivers);

struct RunPlanned {
  std::string run_id;
  std::string client_id;
  std::string slot;
  Order order = Order::kPropagateFirst;
  bool activation_ends_old = true;
  std::vector<std::string> outgoing;
  ProofSpec proof;
  base::Duration settle{};
  std::optional<base::Instant> stage_not_before;
  std::optional<base::Instant> activate_not_before;
  bool is_by_hand = false;     // a person stages and activates; usage cannot be read
  std::string requested_by{};  // who began the run
  RunRules rules{};
  std::vector<PlannedWorkflow> workflows{};
  bool can_undo_activation = false;                 // while the superseded secret works
  std::optional<base::Instant> outgoing_ends_at{};  // by itself; nullopt where nobody knows
};
// A consumer of the run; one that is declared again keeps its progress and takes the new facts.
struct ConsumerDeclared {
  Consumer consumer;
  std::vector<base::Fingerprint> present_values;  // of what its sinks held then, in their order
  std::optional<Rhythm> rhythm{};  // as it was found when the consumer came into the run
};
struct IntentRecorded {
  Effect effect = Effect::kStage;
  std::string subject;  // consumer's name, secret's id, or the label
  int sink = 0;         // which of that consumer's
};
// The effect did not take place, or may be repeated freely.
struct IntentDropped {
  Effect effect = Effect::kStage;
};
struct SecretStaged {
  std::string secret_id;
  base::Fingerprint value;
  base::Instant expires_at{};
};
// A secret was staged under our label and its value never stored: it must never be activated.
struct StagedValueLost {
  std::string secret_id;
  std::optional<base::Instant> stage_not_before{};  // the issuer's least time between two secrets
};
struct SecretSettled {};
struct StagedValueProven {};  // one token request with it was accepted
// Of a consumer's sinks by their place in its list.
struct SinkWritten {
  std::string consumer;
  int sink = 0;
};
struct SinkReadBack {
  std::string consumer;
  int sink = 0;
};
// Of every sink of it.
struct ConsumerProven {
  std::string consumer;
};
struct ConsumerReloaded {
  std::string consumer;
  base::Instant issuer_time{};  // read after the reload
  bool is_left = false;         // on the way back: its places were left, and nobody reloaded it
};
struct GatePassed {
  std::vector<Verdict> verdicts;
  std::vector<WaivedUse> waived;
  base::Instant as_of{};
};
struct GateExpired {};  // too old to act upon: observe again
struct SecretActivated {
  std::string secret_id;
  std::string superseded_id;  // empty where none lives on
  std::optional<base::Instant> old_ends_at;
  bool is_early = false;  // by somebody else, before the gate let the old secret go
};
struct OldSecretEnded {
  std::string how;        // "lapsed", "revoked"; where it is early, a sentence: what was found
  bool is_early = false;  // by somebody else, before the gate let it go
};
struct OldValueRefused {
  base::Fingerprint value;
};
struct StepFailed {
  std::string step;
  base::Code code = base::Code::kInternal;
  std::string detail;
  base::Instant retry_at{};
};
struct RunParked {
  std::string reason;
  bool is_lapse = false;    // parked because the old one ended before the evidence came
  bool is_waiting = false;  // nothing is wrong: it is a person's turn
  std::string by{};         // a person stopped it: it stays so until somebody resumes it
  // It was to be given up, and cannot be: when it is resumed, it goes forward.
  bool is_abandon_refused = false;
};
struct RunResumed {
  std::string by{};  // who started it again; empty in the journals of the first version
  // Nothing had stopped it: whoever worked on it was gone. It changes nothing else.
  bool is_taken_up = false;
};
struct RunClosed {};
// The staged secret ended before it was activated, and not by this run: revoked, replaced, expired.
struct StagedSecretGone {
  std::string secret_id;
  std::string how;                                // a sentence: what was found instead
  std::optional<base::Instant> stage_not_before;  // the issuer's least time between two secrets
  bool is_old_gone = false;  // and no old one is accepted: there is nothing to go back to
  // A program would stage another at once, and nobody can tell whether this one has ended.
  bool may_live = false;
};
// It was not gone: it is accepted again, before another was staged.
struct StagedSecretBack {
  std::string secret_id;
};
// A person gives the run up: the sinks get their present values back, then it is closed.
struct AbandonRequested {
  std::string by;
  std::string reason;
};
// `value`: what it holds now, which may be somebody else's; nullopt where only a person can read
// it, and in the journals of the first version. `is_left`: somebody else's, which is refused, and
// the run is given up: it stays as it is.
struct SinkRestored {
  std::string consumer;
  int sink = 0;
  std::optional<base::Fingerprint> value{};
  bool is_left = false;
};
// Read back, and a token request with what was read was accepted, but for the places that were left
// with a refused value of somebody else's. Of a consumer all of whose places were left nothing is
// proven, and there is none.
struct RestoredProven {
  std::string consumer;
  int left = 0;  // places; 0 in the journals of before they were counted
};
// Nobody uses the staged secret any more: it may be ended.
struct StagedSecretUnused {
  base::Instant as_of{};
};
struct StagedSecretEnded {
  std::string secret_id;
};
// Closes the run as RunClosed does: every sink is restored and proven, but for those that were left
// with somebody else's value.
struct RunAbandoned {
  std::string by;
  std::string reason;
  std::vector<std::string> left{};  // these places, each with its consumer
};
// The owner says that the consumer uses the new secret: evidence where usage cannot be read. Of a
// consumer whose sink is by hand it also says that the value was put there; `is_way_back`: the one
// that it had before.
struct ConsumerAttested {
  std::string consumer;
  std::string by;
  std::string reason;
  bool is_way_back = false;
};
// A second person lets the old secret go: that of the plan which was shown, and of no other.
struct RunApproved {
  std::string by;
  std::string reason;
  std::string plan_digest{};  // plan_digest.h; empty in the journals of the first version
};
// Who begins the run has seen this plan and wants it carried out.
struct PlanAccepted {
  std::string by;
  std::string plan_digest;
};
// There is evidence for each consumer of the wave: the next one begins.
struct WavePassed {
  int wave = 0;
  std::string name;
  std::vector<Verdict> verdicts;
  base::Instant as_of{};
};
// A value was given to a person, who carries it to a sink that is by hand; written before it is.
struct ValueHandedOut {
  std::string consumer;
  std::string by;   // who asked for it
  std::string how;  // "terminal", "descriptor"
  bool is_way_back = false;
};
// Somebody lets the old secret go although no evidence is there for the consumer: until its sink is
// written again.
struct ConsumerWaived {
  std::string consumer;
  std::string by;
  std::string reason;
};

// The workflows of the inventory are others now than those of the plan.
struct WorkflowsDeclared {
  std::vector<PlannedWorkflow> workflows;
};
// A workflow was run once with one exact value. Its clean-up is reported apart.
struct WorkflowRan {
  std::string workflow;
  bool is_on_new = false;
  WorkflowOutcome outcome = WorkflowOutcome::kPassed;  // never kUnclear: that is a failed step
  std::string step;                                    // at which it failed
  std::string detail;
  std::string clean_up_problem;  // empty: there was none
  base::Fingerprint value;
};
// Of a run that is given up within the overlap: the old secret is active again, the new one staged.
struct ActivationUndone {
  std::string secret_id;
  std::string restored_id;
};

// The secret that this run has activated ended, not by this run. Where the run is given up, its way
// back begins here: to the old secret, or, where that has ended too, to an end without one.
struct ActiveSecretEnded {
  std::string secret_id;
  std::string how;           // a sentence: what was found
  bool is_old_gone = false;  // and none that the run was to replace is accepted
};
// The issuer itself has moved: it is asked at another place from now on. Somebody says so, or the
// secrets that are listed there show it.
struct IssuerMoved {
  DriverSpec issuer;
  std::string by;
  std::string reason;
};

// Of several old secrets one has ended, not by this run, and another still works.
struct OneOldSecretEnded {
  std::string secret_id;
  std::string how;                     // a sentence: what was found
  std::vector<std::string> consumers;  // not moved yet, and what their places hold is refused now
};

// The rules of the inventory are others now than those of the plan: approvals have to be given
// anew.
struct RulesDeclared {
  RunRules rules;
  std::string by{};  // who started the run with them; empty in the journals of the first version
};
// A place does not hold what the run left there: damaged by the place itself, and refused; or the
// old value again, by somebody. Before it is written anew, the run stops and says so, but for the
// first time that it holds the old value after that has ended.
struct SinkDrifted {
  std::string consumer;
  int sink = 0;
  base::Fingerprint value;  // what was found
  bool is_damaged = false;
};

// While it is watched who uses which secret, the issuer or another source cannot be asked.
struct UsageUnread {
  base::Instant since{};  // by the engine's clock
  std::string why;
};
struct UsageReadAgain {
  base::Instant as_of{};    // the issuer's time, of the first reading
  base::Duration unread{};  // how long nothing was read, by the engine's clock
};

using AnyEvent =
    std::variant<RunPlanned, ConsumerDeclared, IntentRecorded, IntentDropped, SecretStaged,
                 StagedValueLost, SecretSettled, StagedValueProven, SinkWritten, SinkReadBack,
                 ConsumerProven, ConsumerReloaded, GatePassed, GateExpired, SecretActivated,
                 OldSecretEnded, OldValueRefused, StepFailed, RunParked, RunResumed, RunClosed,
                 StagedSecretGone, AbandonRequested, SinkRestored, RestoredProven,
                 StagedSecretUnused, StagedSecretEnded, RunAbandoned, ConsumerAttested, RunApproved,
                 ValueHandedOut, StagedSecretBack, PlanAccepted, WavePassed, ConsumerWaived,

                 WorkflowsDeclared, WorkflowRan, RulesDeclared,

                 ActivationUndone, OneOldSecretEnded, SinkDrifted,

                 ActiveSecretEnded, IssuerMoved, UsageUnread, UsageReadAgain>;

// One of them. What a variant of so many costs to copy, move and destroy is compiled once, in
// events.cc, and not in each file that hands one on.
class EventBody : public AnyEvent {
 public:
  using AnyEvent::AnyEvent;
  EventBody(const EventBody& other);
  EventBody(EventBody&& other) noexcept;
  EventBody& operator=(const EventBody& other);
  EventBody& operator=(EventBody&& other) noexcept;
  ~EventBody();
};

struct RunEvent {
  base::Instant at{};
  EventBody body;
};

// "run_planned", "secret_staged", …
[[nodiscard]] std::string_view name_of(const EventBody& body) noexcept;
// True for the two events after which a run is over.
[[nodiscard]] bool is_closing(const EventBody& body) noexcept;
// True for what owners and contacts want to know at once.
[[nodiscard]] bool is_news(const EventBody& body) noexcept;
// What becomes of the secrets while a run stands still: another thing than what it stopped for.
[[nodiscard]] bool is_overtaking(const EventBody& body) noexcept;
// A sentence for people.
[[nodiscard]] std::string describe(const EventBody& body);

// The journal's JSON.
[[nodiscard]] std::string encode(const EventBody& body);
// kCorrupt for what this version does not know.
[[nodiscard]] base::Result<EventBody> decode(std::string_view name, std::string_view json);

}  // namespace rekey::rotation

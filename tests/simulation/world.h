// The world around a rotation, as it truly is: an issuer's secrets, the places that hold values,
// programs that use them, a durable journal, and whatever goes wrong between them.
//
// Plain data that is cheap to copy: a copy taken at any place is what a killed engine leaves
// behind. Nothing here is random and no clock is read; time moves when somebody sleeps. The world
// judges the engine by what it knows itself, never by what the engine believes: `broken` says which
// invariant did not hold (ARCHITECTURE section 5), first one only. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/clock.h"
#include "rotation/drivers/issuer.h"
#include "rotation/inventory/workflow.h"
#include "rotation/machine/machine.h"

namespace rekey::simulation {

using base::Duration;
using base::Instant;

// What a value is: the number of its secret, counted from 1 in order of issue. From here on:
// somebody else's, which no issuer accepts.
inline constexpr int kForeignValue = 1000;
// From here on: what a store has left of the value of that secret, which it cut off.
inline constexpr int kCutValue = 2000;
[[nodiscard]] std::string text_of_value(int value);  // "value-3-…"
[[nodiscard]] int value_of_text(std::string_view text);
[[nodiscard]] base::Fingerprint fingerprint_of(int value) noexcept;
[[nodiscard]] int value_of(const base::Fingerprint& fingerprint) noexcept;

inline constexpr const char* kSomebody = "somebody";  // the label of what others stage

struct TrueSecret {
  int number = 0;
  std::string label;  // of the run that staged it; empty: nobody's
  rotation::SecretState state = rotation::SecretState::kEnded;
  Instant generated_at{};
  Instant usable_from{};  // as the issuer tells it
  Instant works_from{};   // in truth
  Instant stale_until{};  // refused till then, and nobody is told
  Instant ends_at{};
  std::optional<Instant> activated_at{};
};

// A sink; that of a form is filled in by a person, and nobody reads it.
struct TruePlace {
  int consumer = 0;
  int value = 0;
  std::optional<Instant> foreign_since{};  // somebody else's value stands there
  int before_foreign = 0;
  int written_at_call = 0;   // by the engine, with the new value
  int restored_at_call = 0;  // with that of before
  int moved_to = 0;          // the last new value that it got
  bool is_put_back = false;  // the value of before the run, by somebody
  bool is_form = false;
  [[nodiscard]] bool is_meddled_with() const noexcept { return foreign_since || is_put_back; }
};

enum class Reads { kPerCall, kCached, kAtStart };
// One process of a consumer; it reads one place.
struct Instance {
  int consumer = 0;
  int place = 0;
  Reads reads = Reads::kPerCall;
  Duration every{};  // between two token requests
  Duration keeps{};  // how long it caches
  Instant next_at{};
  int held = 0;  // in memory
  Instant read_at{};
  std::optional<Instant> restarts_at{};  // a rolling restart comes to it then
  bool is_declared = true;
  bool has_old_image = false;  // somebody started it with the value of before the run
  bool dies_at_restart = false;
  bool is_dead = false;
  // No restart comes to it, and nobody mends it: a person answers for it instead.
  bool is_written_off = false;
};

// What a person does for a consumer, and what was said of it since it was written last.
struct TrueConsumer {
  bool is_form = false;
  bool is_restarted_by_hand = false;
  bool has_word = false;
  bool is_waived = false;
  bool was_waived = false;    // once in this run
  int restarted_at_call = 0;  // by the engine
};

// Something that matters and needs the secret.
struct TrueWorkflow {
  std::string name;
  bool is_broken = false;             // with whichever secret
  std::optional<Instant> mends_at{};  // by itself
  bool fails_once = false;            // the next run of it, for no reason
  int broken_from = 0;                // with that secret and all later ones; 0: with none
  bool is_unswept = false;  // a run of it was cut off, and its clean-up was not asked for since
  bool is_tried_on_old = false;
  bool was_broken_before = false;
  bool fails_with_new_alone = false;  // the last time that it was run with that
  int worked_with = 0;                // the last secret with which it passed
  int worked_at_call = 0;
};

// How the first thing that a person does by hand is done, where usage would tell.
enum class Slip { kNone, kMistyped, kNotDone, kHalfDone };

struct UsageCell {
  int secret = 0;
  int instance = 0;
  Instant first{};
  Instant last{};
  std::int64_t count = 0;  // since the issuer counts
};

// What goes wrong, once, at the `at`-th call on another system or at the `at`-th place.
enum class FaultKind {
  kNone,
  // of a call:
  kUnavailable,  // nothing was sent
  kLostReply,    // it took effect and nobody is told
  kLate,         // it takes effect after `delay`, and nobody is told
  kTwice,        // it takes effect, and once more after `delay`
  kForgets,      // it is acknowledged and does not take effect
  kCutsOff,      // a store keeps the beginning of what is written
  kBreaks,       // this call and each later one of its kind fails, until a person mends that
  kSlow,         // the answer takes `delay`
  kUsageLost,    // the issuer starts to count anew
  // at a place:
  kForeignWrite,      // into place `subject`: a value that nobody accepts
  kOldPutBack,        // into place `subject`: the value of before the run
  kOldRevoked,        // the secret of before the run, by somebody
  kNewRevoked,        // the run's own, once it is active
  kStagedRevoked,     // the staged secret, by somebody
  kForeignStaged,     // somebody stages another
  kForeignActivates,  // somebody activates the staged one
  kPolicyChanges,     // activation ends the old secret from now on; `subject` 1: a second later
  kIssuerDown,        // for `delay`
  kSinksDown,         // for `delay`
  kStale,             // the newest secret is listed as staged and refused, for `delay`
  kUnknownCaller,     // somebody undeclared uses the old secret from now on
  kOldImage,          // the instance `subject` starts again with the value of before the run
  kWorkflowBreaks,    // the first one, with whichever secret, until somebody mends it
  kHiccup,            // the next run of the first workflow fails, for no reason
  kClockJumps,        // the engine's, by `delay`
  kClockAhead,        // the engine's, by `delay`, and set right `subject` seconds later
  kIssuerMoves,       // the engine is stopped, and the inventory names another issuer
  kAbandon,           // the engine is stopped and told to give up
  kRestart,           // the engine is stopped, and started again after `delay`
};
[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;
[[nodiscard]] constexpr bool is_of_a_call(FaultKind kind) noexcept {
  return kind >= FaultKind::kUnavailable && kind <= FaultKind::kUsageLost;
}
struct Fault {
  FaultKind kind = FaultKind::kNone;
  int at = 0;
  int subject = 0;
  Duration delay{};
};
[[nodiscard]] std::string describe(const Fault& fault);

enum class CallKind {
  kList,
  kUsage,
  kProbe,
  kStage,
  kActivate,
  kRevoke,
  kUndo,
  kReadSink,
  kWrite,
  kReload,
  kWorkflow,
  kCleanUp,
};

enum class EffectKind { kStage, kActivate, kRevoke, kWrite, kReload, kUndo };
struct Effect {
  EffectKind kind = EffectKind::kStage;
  int subject = 0;   // secret, place or consumer
  int expected = 0;  // value
  int value = 0;
  std::string label{};
  int replaces = 0;  // secret; 0: none
};
struct LateEffect {
  Instant due{};
  Effect effect;
};

// How an issuer behaves, beyond what its descriptor says.
struct IssuerNature {
  rotation::Descriptor rules;
  bool is_usage_told = true;
  bool is_count_told = false;     // of the requests: without it nobody has a rhythm
  bool staging_replaces = false;  // a staged secret, whosever it is
  Duration works_later{};         // than it tells: its clock is behind
  bool is_lag_told = true;        // a secret that does not work yet is listed as settling
  bool is_engines_own = false;
  std::string client_id = "client";
};

enum class Place { kBeforeEvent, kAfterEvent };
class World;
// Told of every place, after the world judged it; may throw to end the run.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_place(World& world, Place place) = 0;
};

// Thrown through the engine: it is killed.
struct Killed {};
// Thrown by an observer: the run need not be followed any further.
struct Enough {};

struct StateHash {
  std::uint64_t clocked = 0;    // equal ones have equal futures
  std::uint64_t clockless = 0;  // the same, but for every instant and for what the judge remembers
};

class World final : public platform::Clock {
 public:
  explicit World(IssuerNature how);

  // ---- the truth ----
  IssuerNature nature;
  rotation::Descriptor first_rules;  // before anybody changed the policy
  Instant time;                      // the issuer's
  Duration skew{};                   // of the engine's clock
  std::vector<TrueSecret> secrets;
  std::vector<TruePlace> places;
  std::vector<Instance> instances;
  std::vector<TrueConsumer> consumers;
  std::vector<TrueWorkflow> workflows;
  Slip slip = Slip::kNone;
  std::vector<UsageCell> usage;  // all of it, also what the issuer has lost
  Instant usage_since;
  Instant issuer_down_until;
  Instant sinks_down_until;
  std::vector<LateEffect> late;
  std::vector<Fault> faults;  // still to come
  bool is_calm = true;        // none has come
  int met_at = 0;             // the place after which the last one came
  bool is_outage_from_outside = false;
  bool is_beyond_help = false;      // somebody ended a secret that the run rests on
  bool is_only_cut = false;         // that of before the run, and nothing else goes wrong
  std::optional<Instant> cut_at{};  // since then somebody is cut off by it
  Instant last_outside_at;          // when somebody else meddled
  bool is_waived = false;           // the unknown caller, by a person
  Duration between_restarts{};      // of the processes of one consumer
  int deaf_consumer = -1;           // its reload command does nothing
  std::optional<CallKind> broken_call{};
  Instant broken_since;
  int failed_asks = 0;                      // of that kind, since a person was told
  std::optional<Instant> clock_right_at{};  // then the engine's clock is set right
  bool is_issuer_moved = false;             // the inventory names another
  bool is_staged_ended = false;             // whatever is staged is revoked by somebody

  // ---- the journal ----
  std::string run_id;
  std::vector<std::shared_ptr<const rotation::RunEvent>> events;
  rotation::RunState state;  // folded
  std::vector<int> kept;     // sealed values
  bool is_over = false;
  bool is_written_as_json = false;

  // ---- what the judge remembers ----
  std::string broken;
  int calls = 0;
  std::vector<int> asks;  // the calls among them that ask for an effect
  int places_passed = 0;
  int proofs = 0;  // token requests with the staged value that were accepted
  Instant first_proof_at;
  Instant last_proof_at;
  bool is_span_unsure = false;  // the engine's clock was set between them
  int last_proof_call = 0;
  int last_write_call = 0;  // with the new value
  int new_revoked_at_call = 0;
  int last_good_call = 0;  // a token request with whatever value was accepted
  int refused_probes = 0;
  std::vector<int> proven_dead;  // values that the engine saw refused
  int approvals = 0;             // since the last place got a value that it did not have before
  int most_approvals = 0;        // that were ever asked for
  int gone_in_row = 0;           // staged ones, without a proof or a person who was told
  Instant last_place_at;
  int fails_in_row = 0;
  Instant last_fail_at;      // by the engine's clock
  Instant last_observed_at;  // the engine read usage and every place then
  int parks = 0;
  int starts = 0;
  bool is_abandon_wanted = false;
  Observer* observer = nullptr;

  // ---- time ----
  [[nodiscard]] Instant now() const noexcept override { return time + skew; }
  [[nodiscard]] Duration monotonic() const noexcept override { return time.time_since_epoch(); }
  void sleep_for(Duration duration) override { advance(std::max(duration, Duration{1})); }
  void advance(Duration duration);
  // Nobody works on the run for so long.
  void pause(Duration duration);

  // ---- building ----
  void add_secret_in_use();
  // Its number; each place holds the secret in use. A form is one place.
  int add_consumer(int place_count, bool is_form);
  void add_instance(int consumer, int place, Reads reads, Duration every, Duration keeps);

  // ---- what the doubles call ----
  // The fault that this call meets.
  [[nodiscard]] Fault on_call(CallKind kind, Instant down_until);
  // Whoever is told of it sees to what fails for good.
  void mend_call() noexcept;
  // A store keeps the beginning of what the place holds.
  void cut_off(int place);
  [[nodiscard]] rotation::SecretState state_of(const TrueSecret& secret) const noexcept;
  [[nodiscard]] bool is_accepted(int value) const noexcept;
  [[nodiscard]] TrueSecret* find(int number) noexcept;
  // Carries an effect out, without judging it.
  base::Result<int> perform(const Effect& effect);
  // What a restart makes of a process.
  void restart(Instance& instance);
  // Judges it first, as a demand of the engine.
  base::Result<int> demand(const Effect& effect);
  void note_probe(int value, bool is_good);
  // Of a call of its own. Judged first; the engine may be killed in the middle of it.
  rotation::WorkflowResult run_workflow(const std::string& name, int value);
  rotation::WorkflowResult clean_up_workflow(const std::string& name, int value);
  // Durable when it returns. kConflict where `version` is not the journal's.
  base::Status append(const std::string& run, std::int64_t version,
                      const std::vector<rotation::RunEvent>& more, const std::vector<int>& values);

  // ---- judging ----
  // Numbers that may be remembered of the state of everything.
  [[nodiscard]] StateHash hash() const;
  // Whoever is cut off now, somebody else did that.
  void excuse_outage();
  void break_rule(int invariant, const std::string& how);
  // What must hold when the run is over or stands still for good.
  void judge_end();
  [[nodiscard]] bool is_old_in_use() const noexcept;
  // Somebody fills in a form, or restarts a program.
  [[nodiscard]] bool has_people() const noexcept;
  // Of those that the run was to replace.
  [[nodiscard]] bool is_any_old_accepted() const noexcept;
  // Every process of it lives and would present that value next, but for those written off.
  [[nodiscard]] bool is_consumer_on(int consumer, int value) const noexcept;
  [[nodiscard]] int new_value() const noexcept;  // staged by the run; 0: none
  // One of those that the run was to replace.
  [[nodiscard]] bool is_outgoing(int value) const noexcept;
  // The last events, for whoever reads of a failure.
  [[nodiscard]] std::string tail(std::size_t count) const;

 private:
  void place(Place where);
  void set_clock_right();
  void judge_broken_call(CallKind kind);
  [[nodiscard]] bool is_broken_now(const TrueWorkflow& workflow) const noexcept;
  void meet(const Fault& fault);
  void put_foreign(const Fault& fault);
  void tick(Instance& instance, int index);
  void reread(Instance& instance);
  TrueWorkflow& workflow_of(const std::string& name);
  [[nodiscard]] int would_present(const Instance& instance) const noexcept;
  enum class Asked { kEverybody, kWhoNeedsNobody };
  [[nodiscard]] std::string find_cut_off(Asked asked = Asked::kEverybody) const;
  [[nodiscard]] bool is_asked(int consumer, Asked asked) const noexcept;
  void judge_availability();
  void judge_standstill();
  void judge_intent(const Effect& effect);
  void judge_proof(const char* before);
  void judge_end_of_old(const char* how);
  void judge_write(const Effect& effect);
  void judge_restart(const TruePlace& place);
  void judge_stage(const Effect& effect);
  void judge_failure(const rotation::StepFailed& failed, Instant at);
  void judge_activation(const Effect& effect);
  void judge_revocation(const Effect& effect);
  void judge_wave_passed(const rotation::WavePassed& passed);
  void judge_reloaded(const std::string& consumer);
  void judge_closed(int active);
  void judge_stop(const rotation::RunParked& parked);
  void judge_event(const rotation::RunEvent& event);
  // judge_people.cc
  void note_words(const rotation::EventBody& body);
  void forget_words();
  void forget_word_of_form(const std::string& consumer);
  void judge_form(const rotation::IntentRecorded& intent);
  void judge_verdicts(const std::vector<rotation::Verdict>& verdicts);
  [[nodiscard]] std::string why_not(const rotation::Verdict& verdict, int consumer) const;
  [[nodiscard]] int count_seen(int consumer) const noexcept;
  void judge_workflow_call(const std::string& name);
  void judge_workflow_ran(const rotation::WorkflowRan& ran);
  void judge_workflows_tried();
  void judge_workflows_proven(const char* before);
  base::Result<int> stage(const Effect& effect);
  base::Result<int> activate(const Effect& effect);
  base::Result<int> undo(const Effect& effect);
  base::Result<int> write(const Effect& effect);
};

}  // namespace rekey::simulation

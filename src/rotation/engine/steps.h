// Each action of the machine as calls on issuer, sinks and probe: the only place that acts.
//
// Nothing here writes the journal: a step returns the event that tells its outcome, and the runner
// makes it durable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rotation/engine/runner.h"
#include "rotation/engine/secret_changes.h"
#include "rotation/engine/workflow_runner.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"

namespace rekey::rotation {

struct StepOutcome {
  std::optional<EventBody> event;        // nullopt: nothing yet, look again in a moment
  std::vector<KeptValue> values;         // to be sealed with the event
  std::string waiting_for;               // a sentence, where there is no event
  std::vector<std::string> consumers{};  // of whom evidence is missing then
  std::vector<EventBody> more{};         // that follow the event
};

class Steps {
 public:
  // The parts outlive it.
  Steps(RunnerParts& parts, std::string run_id) : parts_(parts), run_id_(std::move(run_id)) {}

  // An error is a failed attempt; where it had an intent, the outcome is unknown.
  [[nodiscard]] base::Result<StepOutcome> perform(const RunState& state, const Action& action);
  // "write the sink of shop", for messages.
  [[nodiscard]] static std::string name_of(const Action& action);
  // 1 s doubling to 60 s, less up to the half: as much as follows from `whose`, so that those who
  // fail together do not come back together.
  [[nodiscard]] static base::Duration backoff(int attempts, std::string_view whose);

  // As find_old_ended, by the issuer's clock.
  [[nodiscard]] std::optional<EventBody> find_end_of_old(const RunState& state,
                                                         const std::vector<IssuedSecret>& secrets);
  // OldSecretEnded, where that has come to pass; nullopt too while an effect's outcome is open.
  [[nodiscard]] base::Result<std::optional<EventBody>> look_at_old(const RunState& state);

 private:
  using Outcome = base::Result<StepOutcome>;
  Outcome act(const RunState& state, const Stage& stage);
  Outcome act(const RunState& state, const CheckSettled&);
  Outcome act(const RunState& state, const ProveStaged&);
  Outcome act(const RunState& state, const WriteSink& write);
  Outcome act(const RunState& state, const ReadBackSink& read_back);
  Outcome act(const RunState& state, const ProveConsumer& prove);
  Outcome act(const RunState& state, const ReloadConsumer& reload);
  Outcome act(const RunState& state, const WatchOld& watch);
  Outcome act(const RunState& state, const ReopenGate&);
  Outcome act(const RunState& state, const Activate&);
  Outcome act(const RunState& state, const Revoke& revoke);
  Outcome act(const RunState& state, const NoteLapsed&);
  Outcome act(const RunState& state, const ProveDead& prove);
  Outcome act(const RunState& state, const Look& look);
  Outcome act(const RunState& state, const Close&);

  // observe_steps.cc
  Outcome act(const RunState& state, const Observe&);
  Outcome act(const RunState& state, const ObserveUnused&);
  // What usage tells now, of whoever is asked about.
  [[nodiscard]] base::Result<Evidence> read_evidence(const RunState& state);
  // While somebody cannot be asked: UsageUnread, once, and only where that lasts.
  StepOutcome wait_for_usage(const RunState& state, std::string_view whom, const base::Error& why);
  // UsageReadAgain where that is over; `as_of` is of the first reading.
  [[nodiscard]] std::optional<EventBody> end_wait_for_usage(const RunState& state,
                                                            base::Instant as_of);
  // The places of whoever has moved, no more often than once a minute. As find_drifted; empty too
  // where one cannot be read now.
  [[nodiscard]] base::Result<std::vector<EventBody>> find_drifted_now_and_then(
      const RunState& state);

  // roll_back_steps.cc
  Outcome act(const RunState& state, const RestoreSink& restore);
  Outcome act(const RunState& state, const ProveRestored& prove);
  Outcome act(const RunState& state, const EndStaged& end);
  Outcome act(const RunState& state, const CloseAbandoned&);
  Outcome act(const RunState& state, const UndoActivation&);
  Outcome look_for_undone(const RunState& state);
  // What became of the secrets without this run: StagedSecretGone, SecretActivated or
  // OldSecretEnded. nullopt where they stand as they stood.
  [[nodiscard]] base::Result<std::optional<EventBody>> look_at_secrets(const RunState& state);
  // kConflict where somebody else's is active by now, which an activation would end.
  [[nodiscard]] base::Status check_nobody_elses(const RunState& state);
  // kConflict naming the secret that keeps this run from staging or makes its evidence worthless.
  [[nodiscard]] base::Status check_vacant(const RunState& state, const Stage& stage,
                                          const std::vector<IssuedSecret>& secrets);
  // The slot's secrets, where ours is ended in them and stays so while that is doubted; else those
  // that were listed last.
  [[nodiscard]] base::Result<std::vector<IssuedSecret>> list_until_sure(const RunState& state,
                                                                        base::Duration doubt);
  // Of a run that is given up: SinkRestored of a place of that consumer where somebody else's value
  // stands that is refused, and the run does not know it. It stays there.
  [[nodiscard]] base::Result<std::optional<EventBody>> find_left(const RunState& state,
                                                                 const std::string& consumer);
  [[nodiscard]] EventBody left_as_it_is(const RunConsumer& consumer, int sink,
                                        const SinkContent& content);
  // kConflict where the sink holds the value that was to be taken out of it.
  [[nodiscard]] base::Status prove_restored(const RunState& state, const std::string& consumer);

  // by_hand_steps.cc: sinks that only a person writes. Ok once the person's word is there; until
  // then the card is shown, and kNeedsPerson says how to go on.
  Outcome write_by_hand(const RunState& state, const RunConsumer& consumer);
  Outcome restore_by_hand(const RunState& state, const RunConsumer& consumer);
  [[nodiscard]] base::Status give_to_a_person(const RunState& state, const RunConsumer& consumer);

  // workflow_steps.cc
  Outcome act(const RunState& state, const RunWorkflow& run);
  Outcome look_for_workflow(const RunState& state, const std::string& name);
  [[nodiscard]] base::Result<std::unique_ptr<WorkflowRunner>> make_runner();

  // drift_steps.cc
  // True where `found` is a damaged copy of that value of the run, and is refused.
  [[nodiscard]] base::Result<bool> is_damaged(const base::Secret& found,
                                              const base::Fingerprint& written);
  // SinkDrifted where what was found is a damaged copy of the new value.
  [[nodiscard]] base::Result<std::optional<EventBody>> find_damage(const RunState& state,
                                                                   const RunConsumer& consumer,
                                                                   int sink,
                                                                   const base::Secret& found);
  // True for what this run or the plan knows of that sink, damaged or not; false: somebody else's.
  [[nodiscard]] base::Result<bool> is_of_this_run(const RunState& state,
                                                  const RunConsumer& consumer, int sink,
                                                  const base::Secret& found);
  Outcome look_for_damage(const RunState& state, const RunConsumer& consumer, int sink);
  // SinkDrifted for each place of it that holds the old value again, or a damaged copy of the new
  // one. kConflict where anything else stands there that is not the new value.
  [[nodiscard]] base::Result<std::vector<EventBody>> find_drifted(const RunState& state,
                                                                  const RunConsumer& consumer);
  // The same of every consumer whose places can be read.
  [[nodiscard]] base::Result<std::vector<EventBody>> find_drifted(const RunState& state);
  Outcome find_put_back(const RunState& state, const Evidence& evidence, RunParked parked);
  Outcome see_restored(const RunState& state, const RunConsumer& consumer, int sink,
                       const base::Secret& put_back);

  Outcome look_for_stage(const RunState& state);
  Outcome look_for_write(const RunState& state, const WriteSink& write);
  Outcome look_for_activation(const RunState& state);
  Outcome look_for_revocation(const std::string& secret_id);

  // kUnavailable where a sink holds what it held before it was written.
  [[nodiscard]] base::Status check_kept(const RunConsumer& consumer, int sink);
  [[nodiscard]] base::Result<SinkContent> read_sink(const RunConsumer& consumer, int sink);
  // kConflict where the sink holds anything but the new value.
  [[nodiscard]] base::Result<base::Secret> read_new_value(const RunState& state,
                                                          const RunConsumer& consumer, int sink);
  // The same of every sink that the consumer has: what they all hold.
  [[nodiscard]] base::Result<base::Secret> read_new_value(const RunState& state,
                                                          const RunConsumer& consumer);
  [[nodiscard]] base::Status prove(const base::Secret& value, const std::string& whose);
  [[nodiscard]] base::Result<std::vector<IssuedSecret>> list_slot(const RunState& state);

  // What a program that failed said at its end, without a value of this run.
  [[nodiscard]] std::string words_of_failed(const RunState& state,
                                            const platform::ProcessResult& result);

  // kRefused where an activation would leave less time than everybody's move may take.
  [[nodiscard]] base::Status check_overlap();
  // kTimeout where the gate was passed too long ago to act upon it.
  [[nodiscard]] base::Status check_evidence_fresh(const RunState& state);

  struct Unread {
    base::Duration from{};  // monotonic
    base::Instant since{};
  };

  RunnerParts& parts_;
  std::string run_id_;
  std::optional<Unread> unread_{};               // nobody could be asked, from the first time on
  std::optional<base::Duration> places_seen_{};  // monotonic: when they were looked at last
};

}  // namespace rekey::rotation

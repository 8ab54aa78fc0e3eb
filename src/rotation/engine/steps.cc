#include "rotation/engine/steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"
#include "rotation/drivers/program_words.h"
#include "rotation/engine/by_hand.h"
#include "rotation/engine/run_values.h"
#include "rotation/machine/guards.h"
#include "rotation/plan/plan.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Overloaded;
using base::Secret;

constexpr Duration kFirstBackoff = std::chrono::seconds{1};
constexpr Duration kWatchEvery = std::chrono::seconds{10};
constexpr Duration kSlice = std::chrono::seconds{1};  // the runner's own

// "the sink of shop", "sink 2 of shop"
template <typename A>
std::string sink_of(const A& action) {
  return action.sink == 0 ? fmt::format("the sink of {}", action.consumer)
                          : fmt::format("sink {} of {}", action.sink + 1, action.consumer);
}

// Where that value was found when the run began, or when its consumer joined.
std::string places_that_held(const RunState& state, const base::Fingerprint& value) {
  std::vector<std::string> places;
  for (const RunConsumer& consumer : state.consumers) {
    for (std::size_t i = 0; i < consumer.present_values.size(); ++i) {
      if (consumer.present_values[i] != value) continue;
      places.push_back(
          fmt::format("{} ({})", consumer.facts.name, consumer.facts.sinks[i].location));
    }
  }
  return fmt::format("{}", fmt::join(places, ", "));
}

StepOutcome done(EventBody event) {
  return {std::move(event), {}, {}};
}

StepOutcome all_of(std::vector<EventBody> events) {
  StepOutcome outcome = done(std::move(events.front()));
  outcome.more.assign(std::make_move_iterator(events.begin() + 1),
                      std::make_move_iterator(events.end()));
  return outcome;
}

// Other places in which a value stands that this run has not taken out there.
std::string where_else(const RunState& state, const base::Fingerprint& value) {
  std::vector<std::string> places;
  for (const RunConsumer& consumer : state.consumers) {
    for (std::size_t i = static_cast<std::size_t>(consumer.touched);
         i < consumer.present_values.size(); ++i) {
      if (consumer.facts.is_by_hand || consumer.present_values[i] != value) continue;
      places.push_back(fmt::format("the place of {} ({})", consumer.facts.name,
                                   consumer.facts.sinks[i].location));
    }
  }
  return places.empty() ? std::string("from a backup, or from who wrote there")
                        : fmt::format("it stands in {} too", fmt::join(places, " and "));
}

tl::unexpected<base::Error> refuse_foreign(const RunState& state, const WriteSink& write) {
  const RunConsumer* consumer = find_consumer(state, write.consumer);
  REKEY_ASSERT(consumer != nullptr);
  const auto at = static_cast<std::size_t>(write.sink);
  return base::fail(
      Code::kConflict,
      fmt::format("{} ({}) holds a value that the engine did not write; nothing was overwritten. "
                  "Put the old value back ({}), then start the run again; or give the run up "
                  "(`rekey run abort --reason TEXT`): every other place gets back what it held, "
                  "and this one stays as it is",
                  sink_of(write), consumer->facts.sinks[at].location,
                  where_else(state, consumer->present_values[at])));
}

bool is_earlier_value(const RunState& state, const base::Fingerprint& value) {
  const auto& earlier = state.earlier_values;
  return std::find(earlier.begin(), earlier.end(), value) != earlier.end();
}

const RunConsumer& consumer_in(const RunState& state, const std::string& name) {
  const RunConsumer* consumer = find_consumer(state, name);
  REKEY_ASSERT(consumer != nullptr);
  return *consumer;
}

}  // namespace

base::Result<StepOutcome> Steps::perform(const RunState& state, const Action& action) {
  return std::visit(
      [&](const auto& one) -> Outcome {
        if constexpr (requires { act(state, one); }) {
          return act(state, one);
        } else {
          return base::fail(Code::kInternal, "an action without an effect was to be performed");
        }
      },
      action);
}

std::string Steps::name_of(const Action& action) {
  return std::visit(
      Overloaded{
          [](const Stage&) -> std::string { return "stage a new secret"; },
          [](const CheckSettled&) -> std::string { return "see the staged secret settled"; },
          [](const ProveStaged&) -> std::string { return "prove the staged value"; },
          [](const WriteSink& a) { return fmt::format("write {}", sink_of(a)); },
          [](const ReadBackSink& a) { return fmt::format("read back {}", sink_of(a)); },
          [](const ProveConsumer& a) { return fmt::format("prove the value of {}", a.consumer); },
          [](const ReloadConsumer& a) { return fmt::format("reload {}", a.consumer); },
          [](const Observe&) -> std::string { return "observe usage"; },
          [](const Activate&) -> std::string { return "activate the new secret"; },
          [](const Revoke& a) { return fmt::format("revoke {}", a.secret_id); },
          [](const ProveDead&) -> std::string { return "prove the old value refused"; },
          [](const RestoreSink& a) { return fmt::format("put back the value of {}", a.consumer); },
          [](const ProveRestored& a) {
            return fmt::format("prove the value put back for {}", a.consumer);
          },
          [](const ObserveUnused&) -> std::string { return "see the staged secret unused"; },
          [](const UndoActivation&) -> std::string { return "undo the activation"; },
          [](const EndStaged& a) { return fmt::format("end the staged secret {}", a.secret_id); },
          [](const RunWorkflow& a) {
            return fmt::format("run the workflow {} with the {} secret", a.workflow,
                               a.is_on_new ? "new" : "old");
          },
          [](const Close&) -> std::string { return "see every sink as it was left"; },
          [](const CloseAbandoned&) -> std::string { return "see every sink as it was"; },
          [](const Look& a) {
            return fmt::format("look for the outcome of {} {}", rotation::name_of(a.intent.effect),
                               a.intent.subject);
          },
          [](const auto&) -> std::string { return "go on"; }},
      action);
}

Duration Steps::backoff(int attempts, std::string_view whose) {
  const Duration full = std::min(kFirstBackoff * (1 << std::min(attempts, 6)), kLongestBackoff);
  std::uint32_t hash = 2166136261U + static_cast<std::uint32_t>(attempts);
  for (const char c : whose) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return full - full * static_cast<int>(hash >> 24) / 512;
}

Steps::Outcome Steps::act(const RunState& state, const Stage& stage) {
  REKEY_TRY(const auto secrets, list_slot(state));
  if (auto back = find_back(state, secrets)) return done(*std::move(back));
  if (auto ended = find_end_of_old(state, secrets)) {
    return all_of({IntentDropped{Effect::kStage}, *std::move(ended)});  // nothing was asked for
  }
  REKEY_CHECK(holds(Guard::kSlotVacant, check_vacant(state, stage, secrets)));
  REKEY_CHECK(parts_.journal.check_turn());
  REKEY_TRY(StagedSecret staged, parts_.issuer.stage(state.plan.slot, run_id_, stage.replaces));
  const base::Fingerprint fingerprint = parts_.journal.fingerprint(staged.value);
  StepOutcome outcome = done(SecretStaged{staged.id, fingerprint, staged.expires_at});
  outcome.values.push_back({fingerprint, std::move(staged.value)});
  return outcome;
}

Steps::Outcome Steps::act(const RunState& state, const CheckSettled&) {
  REKEY_TRY(auto gone, look_at_secrets(state));
  if (gone) return done(*std::move(gone));
  REKEY_TRY(const auto secrets, list_slot(state));
  const IssuedSecret* ours = find_secret(secrets, state.secret_id);
  const bool is_settling = ours != nullptr && ours->state == SecretState::kSettling;
  if (!holds(Guard::kSettled, !is_settling)) {
    return base::fail(Code::kTooEarly, fmt::format("{} is still settling{}{}", state.secret_id,
                                                   ours->note.empty() ? "" : ": ", ours->note));
  }
  return done(SecretSettled{});
}

Steps::Outcome Steps::act(const RunState& state, const ProveStaged&) {
  REKEY_TRY(auto gone, look_at_secrets(state));
  if (gone) return done(*std::move(gone));
  REKEY_TRY(const Secret value, parts_.journal.value(run_id_, state.new_value));
  REKEY_CHECK(prove(value, state.secret_id));
  return done(StagedValueProven{});
}

Steps::Outcome Steps::act(const RunState& state, const WriteSink& write) {
  REKEY_TRY(auto gone, look_at_secrets(state));
  if (gone) return done(*std::move(gone));
  const RunConsumer& consumer = consumer_in(state, write.consumer);
  if (consumer.facts.is_by_hand) return write_by_hand(state, consumer);
  REKEY_TRY(const Secret value, parts_.journal.value(run_id_, state.new_value));
  const auto at = static_cast<std::size_t>(write.sink);
  REKEY_TRY(const auto sink, parts_.drivers.sink(consumer.facts.sinks[at]));
  REKEY_TRY(const SinkContent content, sink->read());
  if (!(content.value == value)) {
    // It may have ceased to work since the last consumer was moved.
    REKEY_CHECK(holds(Guard::kProvenBeforeWrite, prove(value, state.secret_id)));
    const base::Fingerprint found = parts_.journal.fingerprint(content.value);
    bool is_ours = found == consumer.present_values[at] || is_earlier_value(state, found);
    if (!is_ours) {
      REKEY_TRY(is_ours, is_damaged(content.value, state.new_value));
    }
    if (!holds(Guard::kForeignValueKept, is_ours)) return refuse_foreign(state, write);
    REKEY_CHECK(parts_.journal.check_turn());
    REKEY_CHECK(sink->write(content.value, value));
  }
  return done(SinkWritten{write.consumer, write.sink});
}

Steps::Outcome Steps::act(const RunState& state, const ReadBackSink& read_back) {
  const RunConsumer& consumer = consumer_in(state, read_back.consumer);
  REKEY_CHECK(check_kept(consumer, read_back.sink));
  const auto value = read_new_value(state, consumer, read_back.sink);
  if (!value && value.error().code == Code::kConflict) {
    return look_for_damage(state, consumer, read_back.sink);
  }
  if (!value) return tl::unexpected(value.error());
  return done(SinkReadBack{read_back.consumer, read_back.sink});
}

base::Status Steps::check_kept(const RunConsumer& consumer, int sink) {
  REKEY_TRY(const SinkContent content, read_sink(consumer, sink));
  const auto& before = consumer.present_values[static_cast<std::size_t>(sink)];
  if (parts_.journal.fingerprint(content.value) != before) return {};
  return base::fail(Code::kUnavailable,
                    fmt::format("{} still holds what it held before, though the write was "
                                "acknowledged; see that it keeps what is written. When the run is "
                                "started again, it is written anew",
                                consumer.facts.sinks[static_cast<std::size_t>(sink)].location));
}

Steps::Outcome Steps::act(const RunState& state, const ProveConsumer& prove_consumer) {
  REKEY_TRY(auto gone, look_at_secrets(state));
  if (gone) return done(*std::move(gone));
  const RunConsumer& consumer = consumer_in(state, prove_consumer.consumer);
  REKEY_TRY(auto drifted, find_drifted(state, consumer));
  if (!drifted.empty()) return all_of(std::move(drifted));
  REKEY_TRY(const Secret value, read_new_value(state, consumer));
  REKEY_CHECK(holds(Guard::kProvenWhereRead, prove(value, prove_consumer.consumer)));
  return done(ConsumerProven{prove_consumer.consumer});
}

Steps::Outcome Steps::act(const RunState& state, const ReloadConsumer& reload) {
  const RunConsumer& consumer = consumer_in(state, reload.consumer);
  if (is_to_be_restarted(consumer)) {
    return base::fail(
        Code::kNeedsPerson,
        fmt::format("{} reads its secret only at its start, and holds the {} one now: restart it, "
                    "say so with `rekey run attest {} --reason TEXT`, then start the run again",
                    reload.consumer, is_way_back(state) ? "earlier" : "new", reload.consumer));
  }
  const ReloadSpec& spec = consumer.facts.reload;
  // A restart would take from it what it still holds in memory.
  if (spec.is_by_engine() && consumer.left.empty()) {
    // It would have to be repeated where the issuer cannot be asked after it.
    REKEY_TRY(const UsageReport before, parts_.issuer.usage());
    static_cast<void>(before);
    REKEY_CHECK(parts_.journal.check_turn());
    REKEY_TRY(const auto result, parts_.drivers.run_reload(spec));
    if (result.exit_code != 0) {
      return base::fail(
          Code::kUnavailable,
          fmt::format("the reload command {} ended with exit code {}{}", spec.command.front(),
                      result.exit_code, words_of_failed(state, result)));
    }
  }
  REKEY_TRY(const UsageReport usage, parts_.issuer.usage());
  return done(ConsumerReloaded{reload.consumer, usage.as_of, !consumer.left.empty()});
}

// It may have printed what it reads. Without every value of the run none of its words is known to
// be harmless.
std::string Steps::words_of_failed(const RunState& state, const platform::ProcessResult& result) {
  const RunValues values = values_of(parts_.journal, run_id_, state);
  if (!values.are_all) return "; run it by hand to see why";
  const bool is_cut = result.output_tail.size() >= platform::kOutputTailBytes;
  return last_line_of(result.output_tail, is_cut, values.values);
}

// Few looks: whoever waits here waits for minutes.
Steps::Outcome Steps::act(const RunState& state, const WatchOld& watch) {
  auto changed = look_at_secrets(state);
  if (!changed && !is_worth_retrying(changed.error().code)) {
    return tl::unexpected(changed.error());
  }
  if (changed && *changed) return done(**std::move(changed));
  const Duration left = watch.until - parts_.clock.now() - kSlice;
  if (left > Duration{0}) parts_.clock.sleep_for(std::min(kWatchEvery - kSlice, left));
  return StepOutcome{{}, {}, watch.what};
}

Steps::Outcome Steps::act(const RunState&, const ReopenGate&) {
  return done(GateExpired{});
}

// Nobody has moved yet: all of them have to do so while both secrets work. That the old one ends
// soon by itself is no reason to wait.
base::Status Steps::check_overlap() {
  REKEY_TRY(const Descriptor descriptor, parts_.issuer.describe());
  if (!holds(Guard::kPolicyUnchanged, !descriptor.activation_ends_old)) {
    return base::fail(Code::kRefused,
                      "the issuer's policy has changed: activation would now end the old secret "
                      "before anybody moved; give it an overlap again");
  }
  const Duration moving = worst_case_of_moving(parts_.inventory);
  const bool is_long_enough =
      descriptor.activation_ends_old || !descriptor.overlap || *descriptor.overlap >= moving;
  if (!holds(Guard::kOverlapUnchanged, is_long_enough)) {
    return base::fail(
        Code::kRefused,
        fmt::format("the old secret would end {} after the activation, and moving everybody may "
                    "take {}: the issuer's policy has changed, or the inventory. Give it a longer "
                    "overlap again",
                    base::format_duration(*descriptor.overlap), base::format_duration(moving)));
  }
  return {};
}

// All that was looked at since may have taken long, or the machine have stood still.
base::Status Steps::check_evidence_fresh(const RunState& state) {
  if (is_gate_fresh(state, parts_.clock.now())) return {};
  return base::fail(Code::kTimeout,
                    "when everything else had been looked at, the evidence that nobody is left on "
                    "the old secret was too old to act upon: the issuer answers slowly, or this "
                    "machine stood still");
}

Steps::Outcome Steps::act(const RunState& state, const Activate&) {
  REKEY_TRY(auto gone, look_at_secrets(state));
  if (gone) return done(*std::move(gone));
  if (state.is_old_ended) REKEY_CHECK(check_nobody_elses(state));
  const bool is_first = !moves_before_activation(state);
  if (is_first) REKEY_CHECK(check_overlap());
  REKEY_TRY(const Secret value, parts_.journal.value(run_id_, state.new_value));
  REKEY_CHECK(holds(Guard::kProvenBeforeActivation, prove(value, state.secret_id)));
  const bool needs_evidence = !is_first && !state.is_old_ended;
  if (needs_evidence) REKEY_CHECK(holds(Guard::kFreshAtEffect, check_evidence_fresh(state)));
  REKEY_CHECK(parts_.journal.check_turn());
  REKEY_TRY(const Activation activation,
            parts_.issuer.activate(state.plan.slot, state.secret_id, !is_first,
                                   fmt::format("rotation {}: every consumer has moved", run_id_)));
  return done(SecretActivated{state.secret_id, activation.superseded_id.value_or(""),
                              activation.old_ends_at});
}

Steps::Outcome Steps::act(const RunState& state, const Revoke& revoke) {
  REKEY_TRY(const Secret value, parts_.journal.value(run_id_, state.new_value));
  REKEY_CHECK(holds(Guard::kProvenBeforeRevocation, prove(value, state.secret_id)));
  REKEY_CHECK(holds(Guard::kFreshAtEffect, check_evidence_fresh(state)));
  REKEY_CHECK(parts_.journal.check_turn());
  REKEY_CHECK(parts_.issuer.revoke(revoke.secret_id,
                                   fmt::format("rotation {}: every consumer has moved", run_id_)));
  return done(OldSecretEnded{"revoked"});
}

Steps::Outcome Steps::act(const RunState&, const NoteLapsed&) {
  return done(OldSecretEnded{"lapsed"});
}

Steps::Outcome Steps::act(const RunState& state, const ProveDead& prove) {
  REKEY_TRY(const Secret value, parts_.journal.value(run_id_, prove.value));
  REKEY_TRY(const ProbeResult result, parts_.probe.present(value));
  const bool is_dead = result.answer == ProbeAnswer::kRefused;
  if (holds(Guard::kDeathProven, is_dead)) return done(OldValueRefused{prove.value});
  if (result.answer == ProbeAnswer::kAccepted) {
    return base::fail(
        Code::kTooEarly,
        fmt::format("the old value {} is still accepted, which stood at {}. If that does not pass, "
                    "it may be of another slot than {}: see at the issuer to which one it belongs, "
                    "and end it there when nobody needs it any more; the run then goes on",
                    base::display(prove.value), places_that_held(state, prove.value),
                    state.plan.slot));
  }
  return base::fail(Code::kUnavailable,
                    fmt::format("the answer to the old value says nothing ({})", result.detail));
}

// The sealed values go with this event, so every sink is read once more before it: the old one may
// have ended long after the gate, and somebody may have changed one since.
Steps::Outcome Steps::act(const RunState& state, const Close&) {
  REKEY_TRY(auto changed, look_at_secrets(state));
  if (changed) return done(*std::move(changed));
  auto drifted = find_drifted(state);
  if (holds(Guard::kSinksAtClose, drifted && drifted->empty())) return done(RunClosed{});
  if (!drifted) return tl::unexpected(drifted.error());
  return all_of(*std::move(drifted));
}

Steps::Outcome Steps::act(const RunState& state, const Look& look) {
  switch (look.intent.effect) {
    case Effect::kStage:
      return look_for_stage(state);
    case Effect::kWrite:
      return look_for_write(state, WriteSink{look.intent.subject, look.intent.sink});
    // Nothing tells whether it ran; it may run twice.
    case Effect::kReload:
      return done(IntentDropped{Effect::kReload});
    case Effect::kActivate:
      return look_for_activation(state);
    case Effect::kRevoke:
      return look_for_revocation(look.intent.subject);
    case Effect::kRunWorkflow:
      return look_for_workflow(state, look.intent.subject);
    case Effect::kUndoActivation:
      return look_for_undone(state);
    // Both look at the world themselves before they act again.
    case Effect::kRestore:
    case Effect::kGiveUp:
      return done(IntentDropped{look.intent.effect});
  }
  return done(IntentDropped{look.intent.effect});
}

// A secret that was staged and whose value is not in the journal is ours and useless.
Steps::Outcome Steps::look_for_stage(const RunState& state) {
  REKEY_TRY(const auto secrets, list_slot(state));
  if (auto back = find_back(state, secrets)) return done(*std::move(back));
  for (const IssuedSecret& secret : secrets) {
    const bool is_waiting =
        secret.state == SecretState::kSettling || secret.state == SecretState::kStaged;
    const bool is_ours = is_waiting && secret.label == run_id_;
    if (holds(Guard::kLostValueGivenUp, !is_ours)) continue;
    REKEY_TRY(const Descriptor descriptor, parts_.issuer.describe());
    return done(
        StagedValueLost{secret.id, next_generation(secrets, descriptor.generation_interval)});
  }
  return done(IntentDropped{Effect::kStage});
}

Steps::Outcome Steps::look_for_write(const RunState& state, const WriteSink& write) {
  const RunConsumer& consumer = consumer_in(state, write.consumer);
  if (consumer.facts.is_by_hand) return act(state, write);
  REKEY_TRY(const SinkContent content, read_sink(consumer, write.sink));
  const base::Fingerprint found = parts_.journal.fingerprint(content.value);
  const bool is_written = holds(Guard::kWriteLooked, found == state.new_value);
  if (is_written) return done(SinkWritten{write.consumer, write.sink});
  const bool is_untouched = found == consumer.present_values[static_cast<std::size_t>(write.sink)];
  if (is_untouched || is_earlier_value(state, found)) {
    return done(IntentDropped{Effect::kWrite});
  }
  REKEY_TRY(auto damage, find_damage(state, consumer, write.sink, content.value));
  if (damage) return done(*std::move(damage));
  return refuse_foreign(state, write);
}

Steps::Outcome Steps::look_for_activation(const RunState& state) {
  REKEY_TRY(auto gone, look_at_secrets(state));
  if (gone) return done(*std::move(gone));
  REKEY_TRY(const auto secrets, list_slot(state));
  const IssuedSecret* ours = find_secret(secrets, state.secret_id);
  const bool is_active = ours != nullptr && ours->state == SecretState::kActive;
  if (!holds(Guard::kActivationLooked, is_active)) {
    return done(IntentDropped{Effect::kActivate});
  }
  return done(activation_in(secrets, state.secret_id));
}

Steps::Outcome Steps::look_for_revocation(const std::string& secret_id) {
  REKEY_TRY(const auto secrets, parts_.issuer.list_secrets());
  const IssuedSecret* old = find_secret(secrets, secret_id);
  const bool is_ended = old == nullptr || old->state == SecretState::kEnded;
  if (holds(Guard::kRevocationLooked, is_ended)) return done(OldSecretEnded{"revoked"});
  return done(IntentDropped{Effect::kRevoke});
}

base::Result<SinkContent> Steps::read_sink(const RunConsumer& consumer, int sink) {
  REKEY_TRY(const auto reader,
            parts_.drivers.sink_reader(consumer.facts.sinks[static_cast<std::size_t>(sink)]));
  return reader->read();
}

base::Result<Secret> Steps::read_new_value(const RunState& state, const RunConsumer& consumer,
                                           int sink) {
  REKEY_TRY(SinkContent content, read_sink(consumer, sink));
  const base::Fingerprint found = parts_.journal.fingerprint(content.value);
  if (!holds(Guard::kReadBack, found == state.new_value)) {
    return base::fail(
        Code::kConflict,
        fmt::format("{} ({}) does not hold the new value that was written: "
                    "somebody changed it. Nothing was overwritten; see who writes there, and put "
                    "back what it held before the run: when the run is started again, it writes "
                    "the new value anew",
                    sink_of(WriteSink{consumer.facts.name, sink}),
                    consumer.facts.sinks[static_cast<std::size_t>(sink)].location));
  }
  return std::move(content.value);
}

base::Result<Secret> Steps::read_new_value(const RunState& state, const RunConsumer& consumer) {
  const int last = static_cast<int>(consumer.facts.sinks.size()) - 1;
  for (int sink = 0; sink < last; ++sink) {
    REKEY_TRY(const Secret value, read_new_value(state, consumer, sink));
    static_cast<void>(value);
  }
  return read_new_value(state, consumer, last);
}

base::Status Steps::prove(const Secret& value, const std::string& whose) {
  REKEY_TRY(const ProbeResult result, parts_.probe.present(value));
  if (result.answer == ProbeAnswer::kAccepted) return {};
  const bool is_refused = result.answer == ProbeAnswer::kRefused;
  return base::fail(is_refused ? Code::kRefused : Code::kUnavailable,
                    fmt::format("a token request with the value of {} {} ({})", whose,
                                is_refused ? "was refused" : "got no clear answer", result.detail));
}

base::Result<std::vector<IssuedSecret>> Steps::list_slot(const RunState& state) {
  REKEY_TRY(auto secrets, parts_.issuer.list_secrets());
  std::erase_if(secrets,
                [&](const IssuedSecret& secret) { return secret.slot != state.plan.slot; });
  return secrets;
}

}  // namespace rekey::rotation

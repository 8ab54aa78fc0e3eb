// The steps of a run that undoes what it did, and its looks at what others did to its secrets.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "rotation/engine/steps.h"
#include "rotation/machine/guards.h"
#include "rotation/machine/roll_back.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using base::Secret;

StepOutcome done(EventBody event) {
  return {std::move(event), {}, {}};
}

bool is_left(const RunConsumer& consumer, int sink) {
  return std::find(consumer.left.begin(), consumer.left.end(), sink) != consumer.left.end();
}

bool is_waiting(const IssuedSecret& secret) {
  return secret.state == SecretState::kSettling || secret.state == SecretState::kStaged;
}

bool is_ended(const IssuedSecret* secret) {
  return secret == nullptr || secret->state == SecretState::kEnded;
}

bool is_in(const std::vector<IssuedSecret>& secrets, const std::string& id, SecretState state) {
  const IssuedSecret* found = find_secret(secrets, id);
  return found != nullptr && found->state == state;
}

// The old one is active again. What became of the new one since then is seen by the steps back.
bool is_undone(const RunState& state, const std::vector<IssuedSecret>& secrets) {
  return is_in(secrets, state.superseded_id, SecretState::kActive) &&
         !is_in(secrets, state.secret_id, SecretState::kActive);
}

// The issuer has judged, and it will not judge otherwise by being asked again.
bool is_final(Code code) {
  return code == Code::kRefused || code == Code::kConflict || code == Code::kNotFound ||
         code == Code::kUnsupported;
}

// What a sink held before, or, where that has ended and the run is given up, another of before the
// run that is accepted: nobody is given a dead value. kRefused where none is.
base::Result<Secret> find_way_back(RunnerParts& parts, const std::string& run_id,
                                   const RunState& state, const base::Fingerprint& before) {
  std::vector<base::Fingerprint> values{before};
  // A run that goes on expects to find what stood there when it was planned.
  for (const OldValue& old : state.abandon ? state.old_values : std::vector<OldValue>()) {
    if (old.value != before && old.value != state.new_value) values.push_back(old.value);
  }
  std::string why;
  for (const base::Fingerprint& one : values) {
    REKEY_TRY(Secret value, parts.journal.value(run_id, one));
    REKEY_TRY(const ProbeResult result, parts.probe.present(value));
    if (result.answer == ProbeAnswer::kUnclear) {
      return base::fail(Code::kUnavailable,
                        fmt::format("the answer to the old value {} says nothing ({})",
                                    base::display(one), result.detail));
    }
    const bool is_accepted = result.answer == ProbeAnswer::kAccepted;
    if (holds(Guard::kPresentStillAccepted, is_accepted)) return value;
    if (why.empty()) why = result.detail;
  }
  return base::fail(Code::kRefused, why);
}

EventBody undone_event(const RunState& state) {
  return ActivationUndone{state.secret_id, state.superseded_id};
}

StepOutcome refused_to_undo(const RunState& state, const std::string& why) {
  const std::string all =
      fmt::format("the activation of {} was to be undone, and {}", state.secret_id, why);
  return done(RunParked{say_abandon_refused(state, all), false, false, {}, true});
}

}  // namespace

base::Result<std::vector<IssuedSecret>> Steps::list_until_sure(const RunState& state,
                                                               Duration doubt) {
  constexpr int kLooks = 3;
  REKEY_TRY(auto secrets, list_slot(state));
  for (int look = 1; look < kLooks && doubt > Duration{0}; ++look) {
    if (!is_ended(find_secret(secrets, state.secret_id))) break;
    parts_.clock.sleep_for(doubt / (kLooks - 1));
    REKEY_TRY(secrets, list_slot(state));
  }
  return secrets;
}

base::Result<std::optional<EventBody>> Steps::look_at_secrets(const RunState& state) {
  const bool is_ours_open = is_staged_open(state);
  // Where people act the active one is known only by presenting it: the steps do that.
  const bool is_active_watched = state.is_activated && !state.plan.is_by_hand;
  if (!is_ours_open && state.is_old_ended && !is_active_watched) return std::nullopt;
  REKEY_TRY(const Descriptor descriptor, parts_.issuer.describe());
  const bool is_ours_asked = is_ours_open || state.is_activated;
  REKEY_TRY(const auto secrets,
            list_until_sure(state, is_ours_asked ? descriptor.doubt : Duration{0}));
  REKEY_TRY(auto change, find_change(state, secrets, parts_.issuer, parts_.clock.now()));
  if (change) return change;
  return find_who_held_it(state, secrets, parts_.journal, parts_.probe, parts_.clock.now());
}

std::optional<EventBody> Steps::find_end_of_old(const RunState& state,
                                                const std::vector<IssuedSecret>& secrets) {
  return find_end_by_issuer(state, secrets, parts_.issuer, parts_.clock.now());
}

base::Result<std::optional<EventBody>> Steps::look_at_old(const RunState& state) {
  if (state.is_old_ended || state.open_intent) return std::nullopt;
  REKEY_TRY(const auto secrets, list_slot(state));
  if (auto ended = find_end_of_old(state, secrets)) return ended;
  return find_who_held_it(state, secrets, parts_.journal, parts_.probe, parts_.clock.now());
}

base::Status Steps::check_nobody_elses(const RunState& state) {
  REKEY_TRY(const auto secrets, list_slot(state));
  const IssuedSecret* foreign = find_foreign(state, secrets);
  if (foreign == nullptr || foreign->state != SecretState::kActive) return {};
  return base::fail(
      Code::kConflict,
      fmt::format(
          "{} (label \"{}\") became active in slot {} after the old secret had ended; the "
          "activation would end it, and who uses it was never planned. See whose it is, and "
          "revoke it when nobody needs it, then start the run again",
          foreign->id, foreign->label, state.plan.slot));
}

base::Status Steps::check_vacant(const RunState& state, const Stage& stage,
                                 const std::vector<IssuedSecret>& secrets) {
  const IssuedSecret* foreign = find_foreign(state, secrets);
  if (foreign == nullptr || (stage.replaces && foreign->id == *stage.replaces)) return {};
  if (is_waiting(*foreign) && state.plan.is_by_hand) {
    return base::fail(
        Code::kConflict,
        fmt::format(
            "{} is accepted beside the present secret and is not of this run; nothing was "
            "asked for. See at the issuer whose it is; when every consumer holds the active one, "
            "start the run again, or give it up with `rekey rotate --abandon`",
            foreign->id));
  }
  if (is_waiting(*foreign)) {
    return base::fail(
        Code::kConflict,
        fmt::format(
            "{} is staged in slot {} under the label \"{}\" and is not of this run; nothing "
            "was replaced. Ask whose it is and revoke it (`rekey secret revoke {} {} --reason "
            "TEXT`), "
            "then start the run again; or give the run up with `rekey rotate --abandon`",
            foreign->id, state.plan.slot, foreign->label, state.plan.client_id, foreign->id));
  }
  return base::fail(
      Code::kConflict,
      fmt::format("{} (label \"{}\") became {} in slot {} while this run was open, and who uses it "
                  "was never planned; nothing was staged. Give the run up with `rekey rotate "
                  "--abandon --reason TEXT`, then begin a new one",
                  foreign->id, foreign->label, rotation::name_of(foreign->state), state.plan.slot));
}

Steps::Outcome Steps::act(const RunState& state, const RestoreSink& restore) {
  REKEY_TRY(auto changed, look_at_secrets(state));
  if (changed) return done(*std::move(changed));
  const RunConsumer* consumer = find_consumer(state, restore.consumer);
  REKEY_ASSERT(consumer != nullptr);
  if (consumer->facts.is_by_hand) return restore_by_hand(state, *consumer);
  const auto at = static_cast<std::size_t>(restore.sink);
  const base::Fingerprint before = consumer->present_values[at];
  REKEY_TRY(const auto sink, parts_.drivers.sink(consumer->facts.sinks[at]));
  REKEY_TRY(const SinkContent content, sink->read());
  REKEY_TRY(const bool is_ours, is_of_this_run(state, *consumer, restore.sink, content.value));
  if (!holds(Guard::kForeignKeptInRollBack, is_ours)) {
    // Somebody else's: it stays, and it is good where it is accepted.
    REKEY_TRY(const ProbeResult result, parts_.probe.present(content.value));
    if (result.answer == ProbeAnswer::kAccepted) {
      return done(
          SinkRestored{restore.consumer, restore.sink, parts_.journal.fingerprint(content.value)});
    }
    const bool is_refused = result.answer == ProbeAnswer::kRefused;
    if (is_refused && state.abandon) return done(left_as_it_is(*consumer, restore.sink, content));
    return base::fail(
        is_refused ? Code::kConflict : Code::kUnavailable,
        fmt::format("{} holds a value that the engine did not write and that is not accepted ({}); "
                    "nothing was overwritten. Put a value there that is accepted, then start the "
                    "run again; or give it up (`rekey run abort --reason TEXT`), which leaves that "
                    "place as it is",
                    sink->describe(), result.detail));
  }
  const auto back = find_way_back(parts_, run_id_, state, before);
  if (!back && back.error().code == Code::kRefused) {
    return base::fail(
        Code::kRefused,
        fmt::format("the value that {} had before is not accepted any more ({}), so it was not put "
                    "back. Put a value that is accepted into {} by hand, then start the run again",
                    restore.consumer, back.error().detail, sink->describe()));
  }
  if (!back) return tl::unexpected(back.error());
  if (!(*back == content.value)) {
    REKEY_CHECK(parts_.journal.check_turn());
    REKEY_CHECK(sink->write(content.value, *back));
  }
  return see_restored(state, *consumer, restore.sink, *back);
}

base::Status Steps::prove_restored(const RunState& state, const std::string& consumer) {
  const RunConsumer& known = *find_consumer(state, consumer);
  if (known.facts.is_by_hand) return {};
  for (int sink = 0; sink < known.touched; ++sink) {
    if (is_left(known, sink)) continue;
    REKEY_TRY(const SinkContent content, read_sink(known, sink));
    const base::Fingerprint found = parts_.journal.fingerprint(content.value);
    const base::Fingerprint before = known.present_values[static_cast<std::size_t>(sink)];
    if (found == state.new_value && found != before) {
      return base::fail(
          Code::kConflict,
          fmt::format("the sink of {} holds the new value again: somebody put it back. "
                      "Put an accepted value there, then start the run again",
                      consumer));
    }
    const base::Status proven = prove(content.value, consumer);
    if (proven) continue;
    const auto& place = known.facts.sinks[static_cast<std::size_t>(sink)].location;
    return tl::unexpected(base::with_context(
        found == before ? place : place + " holds another value than the one that was put back",
        proven.error()));
  }
  return {};
}

base::Result<std::optional<EventBody>> Steps::find_left(const RunState& state,
                                                        const std::string& name) {
  const RunConsumer& consumer = *find_consumer(state, name);
  if (!state.abandon || consumer.facts.is_by_hand) return std::nullopt;
  for (int sink = 0; sink < consumer.touched; ++sink) {
    if (is_left(consumer, sink)) continue;
    REKEY_TRY(const SinkContent content, read_sink(consumer, sink));
    REKEY_TRY(const bool is_ours, is_of_this_run(state, consumer, sink, content.value));
    if (is_ours) continue;
    REKEY_TRY(const ProbeResult result, parts_.probe.present(content.value));
    if (result.answer == ProbeAnswer::kRefused) return left_as_it_is(consumer, sink, content);
  }
  return std::nullopt;
}

EventBody Steps::left_as_it_is(const RunConsumer& consumer, int sink, const SinkContent& content) {
  return SinkRestored{consumer.facts.name, sink, parts_.journal.fingerprint(content.value), true};
}

Steps::Outcome Steps::act(const RunState& state, const ProveRestored& prove) {
  REKEY_TRY(auto changed, look_at_secrets(state));
  if (changed) return done(*std::move(changed));
  REKEY_TRY(auto left, find_left(state, prove.consumer));
  if (left) return done(*std::move(left));
  REKEY_CHECK(holds(Guard::kRestoredProven, prove_restored(state, prove.consumer)));
  const RunConsumer& consumer = *find_consumer(state, prove.consumer);
  return done(RestoredProven{prove.consumer, static_cast<int>(consumer.left.size())});
}

Steps::Outcome Steps::act(const RunState& state, const EndStaged& end) {
  REKEY_ASSERT(state.abandon.has_value());
  REKEY_TRY(const auto secrets, list_slot(state));
  const IssuedSecret* ours = find_secret(secrets, end.secret_id);
  const bool is_active = ours != nullptr && ours->state == SecretState::kActive;
  if (!holds(Guard::kActiveNotEnded, !is_active)) {
    return done(activation_in(secrets, end.secret_id));
  }
  if (auto ended = find_end_of_old(state, secrets)) return done(*std::move(ended));
  // One that was activated and superseded by somebody else ends by itself.
  if (ours != nullptr && is_waiting(*ours)) {
    if (ours->label != run_id_) {
      return base::fail(Code::kConflict,
                        fmt::format("{} is labelled \"{}\" and not by this run; it was not ended",
                                    ours->id, ours->label));
    }
    REKEY_CHECK(parts_.journal.check_turn());
    REKEY_CHECK(
        parts_.issuer.revoke(end.secret_id, fmt::format("rotation {}: given up by {}: {}", run_id_,
                                                        state.abandon->by, state.abandon->reason)));
  }
  return done(StagedSecretEnded{end.secret_id});
}

Steps::Outcome Steps::act(const RunState& state, const UndoActivation&) {
  REKEY_ASSERT(state.abandon && state.is_activated);
  REKEY_TRY(const Descriptor descriptor, parts_.issuer.describe());
  REKEY_TRY(const auto secrets, list_until_sure(state, descriptor.doubt));
  if (is_undone(state, secrets)) return done(undone_event(state));
  if (is_ended(find_secret(secrets, state.secret_id))) {
    // Nothing is left to undo: who still works with the old one gets it back.
    return done(tell_active_end(state, secrets, parts_.clock.now()));
  }
  if (state.active_end) {
    return refused_to_undo(state, state.secret_id + " is accepted again: give it up once more");
  }
  if (!is_in(secrets, state.secret_id, SecretState::kActive)) {
    return refused_to_undo(state, state.secret_id + " is not active any more");
  }
  if (!is_in(secrets, state.superseded_id, SecretState::kSuperseded)) {
    return refused_to_undo(state, fmt::format("the old secret {} has ended", state.superseded_id));
  }
  REKEY_CHECK(parts_.journal.check_turn());
  const auto undone =
      parts_.issuer.undo_activation(state.plan.slot, state.secret_id,
                                    fmt::format("rotation {}: given up by {}: {}", run_id_,
                                                state.abandon->by, state.abandon->reason));
  if (undone) return done(undone_event(state));
  if (is_final(undone.error().code)) {
    return refused_to_undo(
        state, fmt::format("the issuer refused that: {}. Where that is mended before {}, give the "
                           "run up once more",
                           undone.error().detail, base::format_instant(*state.old_ends_at)));
  }
  return tl::unexpected(undone.error());
}

Steps::Outcome Steps::look_for_undone(const RunState& state) {
  REKEY_TRY(const auto secrets, list_slot(state));
  if (is_undone(state, secrets)) return done(undone_event(state));
  return done(IntentDropped{Effect::kUndoActivation});
}

// The sealed values go with this event, so every sink is proven once more before it.
Steps::Outcome Steps::act(const RunState& state, const CloseAbandoned&) {
  REKEY_ASSERT(state.abandon.has_value());
  if (!state.plan.is_by_hand && is_any_touched(state)) {
    REKEY_TRY(const auto secrets, list_slot(state));
    if (auto ended = find_end_of_old(state, secrets)) return done(*std::move(ended));
  }
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.touched == 0) continue;
    REKEY_TRY(auto left, find_left(state, consumer.facts.name));
    if (!holds(Guard::kRestoredAtClose, !left)) return done(*std::move(left));
    REKEY_CHECK(holds(Guard::kRestoredAtClose, prove_restored(state, consumer.facts.name)));
  }
  return done(RunAbandoned{state.abandon->by, state.abandon->reason, places_left(state)});
}

}  // namespace rekey::rotation

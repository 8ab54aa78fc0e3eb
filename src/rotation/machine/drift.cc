#include "rotation/machine/drift.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

bool is_to_be_mended(const RunState& state, const Drift& drift) {
  return drift.is_damaged && !drift.is_restored && !drift.is_stuck && is_old_alive(state);
}

// Once the old secret has ended, whoever reads that place is cut off: it is written anew at once.
// The second time whoever puts the old value back has to be found first.
bool is_written_at_once(const RunState& state, const Drift& drift) {
  return !drift.is_damaged && !drift.is_stuck && !is_old_alive(state);
}

Drift* find_drift(RunState& state, const std::string& consumer, int sink) {
  const auto found = std::find_if(
      state.drifts.begin(), state.drifts.end(),
      [&](const Drift& drift) { return drift.consumer == consumer && drift.sink == sink; });
  return found == state.drifts.end() ? nullptr : &*found;
}

std::string place_of(const RunState& state, const Drift& drift) {
  const RunConsumer* consumer = find_consumer(state, drift.consumer);
  const auto at = static_cast<std::size_t>(drift.sink);
  if (consumer == nullptr || at >= consumer->facts.sinks.size()) return drift.consumer;
  return fmt::format("the place of {} ({})", drift.consumer, consumer->facts.sinks[at].location);
}

std::string describe(const RunState& state, const Drift& drift) {
  const std::string place = place_of(state, drift);
  if (!drift.is_damaged) {
    return fmt::format(
        "{} holds the old value again: somebody put it back after the run had written the new one. "
        "See who writes there (a deployment, a template, a sync job) and end that",
        place);
  }
  const std::string damaged = fmt::format(
      "{} damaged what the run wrote: the value that came out of it was refused", place);
  constexpr std::string_view kMend =
      "See what cuts off or alters a value there (a length limit, quotes, an encoding)";
  if (drift.is_restored) {
    return fmt::format(
        "{}. The value from before stands there again and is accepted; what read it meanwhile has "
        "to read it again. {}",
        damaged, kMend);
  }
  if (drift.is_stuck) {
    return fmt::format(
        "{}, and so did the value from before, which was put back: whoever reads it gets no token. "
        "Put one that is accepted there by hand. {}",
        damaged, kMend);
  }
  return fmt::format("{}, and no value from before is accepted any more. {}", damaged, kMend);
}

}  // namespace

std::string describe_drifts(const RunState& state) {
  std::string text;
  for (const Drift& drift : state.drifts) text += describe(state, drift) + ". ";
  return text +
         "Then start the run again: it writes the new value anew (`rekey run abort --reason TEXT` "
         "gives it up)";
}

std::optional<Action> next_for_drifts(const RunState& state) {
  if (state.drifts.empty() || state.abandon || state.phase == Phase::kRollingBack) {
    return std::nullopt;
  }
  for (const Drift& drift : state.drifts) {
    if (is_to_be_mended(state, drift)) return RestoreSink{drift.consumer, drift.sink};
  }
  const bool is_nothing_to_tell =
      std::all_of(state.drifts.begin(), state.drifts.end(),
                  [&](const Drift& drift) { return is_written_at_once(state, drift); });
  if (is_nothing_to_tell) return std::nullopt;
  return Park{{describe_drifts(state), false}};
}

void note_drift(RunState& state, const SinkDrifted& event) {
  if (event.is_damaged) state.earlier_values.push_back(event.value);
  if (Drift* known = find_drift(state, event.consumer, event.sink)) {
    // What was put back did not come out as it went in either, or somebody goes on putting it back.
    known->is_stuck = true;
  } else {
    state.drifts.push_back({event.consumer, event.sink, event.is_damaged});
  }
  for (RunConsumer& consumer : state.consumers) {
    if (consumer.facts.name != event.consumer) continue;
    const bool is_earlier = consumer.step == ConsumerStep::kPending && consumer.sink < event.sink;
    if (!is_earlier) consumer.sink = event.sink;
    consumer.step = ConsumerStep::kPending;
    consumer.reloaded_at.reset();
  }
  state.phase = Phase::kPropagating;
  state.gate_passed_at.reset();
}

bool note_drift_restored(RunState& state, const SinkRestored& event) {
  if (state.phase == Phase::kRollingBack) return false;
  Drift* drift = find_drift(state, event.consumer, event.sink);
  if (drift == nullptr) return false;
  drift->is_restored = true;
  return true;
}

}  // namespace rekey::rotation

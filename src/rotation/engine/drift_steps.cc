// The steps that find a place which does not hold what the run left there.
//
// What is overwritten is never somebody else's valid value (invariant 7): a damaged copy is told by
// its own text (damage.h), and the issuer has refused it. Everything else stays as it is.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "rotation/engine/steps.h"
#include "rotation/machine/damage.h"
#include "rotation/machine/guards.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

bool is_earlier_value(const RunState& state, const base::Fingerprint& value) {
  const auto& earlier = state.earlier_values;
  return std::find(earlier.begin(), earlier.end(), value) != earlier.end();
}

const std::string& location_of(const RunConsumer& consumer, int sink) {
  return consumer.facts.sinks[static_cast<std::size_t>(sink)].location;
}

}  // namespace

base::Result<bool> Steps::is_damaged(const Secret& found, const base::Fingerprint& written) {
  REKEY_TRY(const Secret value, parts_.journal.value(run_id_, written));
  if (!is_damaged_copy(found.reveal(), value.reveal())) return false;
  REKEY_TRY(const ProbeResult result, parts_.probe.present(found));
  if (result.answer == ProbeAnswer::kUnclear) {
    return base::fail(Code::kUnavailable,
                      fmt::format("whether the value that was found is accepted is not clear ({})",
                                  result.detail));
  }
  return result.answer == ProbeAnswer::kRefused;
}

base::Result<std::optional<EventBody>> Steps::find_damage(const RunState& state,
                                                          const RunConsumer& consumer, int sink,
                                                          const Secret& found) {
  REKEY_TRY(const bool is_ours, is_damaged(found, state.new_value));
  if (!holds(Guard::kForeignValueKept, is_ours)) return std::nullopt;
  return EventBody{SinkDrifted{consumer.facts.name, sink, parts_.journal.fingerprint(found), true}};
}

// What was written came out as something else.
Steps::Outcome Steps::look_for_damage(const RunState& state, const RunConsumer& consumer,
                                      int sink) {
  REKEY_TRY(const SinkContent content, read_sink(consumer, sink));
  REKEY_TRY(auto damage, find_damage(state, consumer, sink, content.value));
  if (damage) return StepOutcome{*std::move(damage), {}, {}};
  REKEY_TRY(const ProbeResult result, parts_.probe.present(content.value));
  const bool is_accepted = result.answer == ProbeAnswer::kAccepted;
  return base::fail(
      Code::kConflict,
      fmt::format(
          "{} does not hold the new value that was written just now, but another one, which "
          "is {} ({}): {}. Nothing was overwritten; put a value there that is accepted, and "
          "see who writes there, then start the run again",
          location_of(consumer, sink), is_accepted ? "accepted" : "not accepted", result.detail,
          is_accepted ? "somebody changed it"
                      : "somebody changed it, or the place alters what it is given"));
}

base::Result<std::vector<EventBody>> Steps::find_drifted(const RunState& state,
                                                         const RunConsumer& consumer) {
  std::vector<EventBody> drifted;
  for (int sink = 0; sink < static_cast<int>(consumer.facts.sinks.size()); ++sink) {
    REKEY_TRY(const SinkContent content, read_sink(consumer, sink));
    const base::Fingerprint found = parts_.journal.fingerprint(content.value);
    if (holds(Guard::kReadBack, found == state.new_value)) continue;
    const bool is_old = found == consumer.present_values[static_cast<std::size_t>(sink)] ||
                        is_earlier_value(state, found);
    if (is_old) {
      drifted.push_back(SinkDrifted{consumer.facts.name, sink, found, false});
      continue;
    }
    REKEY_TRY(auto damage, find_damage(state, consumer, sink, content.value));
    if (damage) {
      drifted.push_back(*std::move(damage));
      continue;
    }
    REKEY_TRY(const Secret value, read_new_value(state, consumer, sink));  // somebody else's
    static_cast<void>(value);
  }
  return drifted;
}

base::Result<std::vector<EventBody>> Steps::find_drifted(const RunState& state) {
  std::vector<EventBody> all;
  for (const RunConsumer& consumer : state.consumers) {
    if (consumer.facts.is_by_hand) continue;
    REKEY_TRY(auto drifted, find_drifted(state, consumer));
    std::move(drifted.begin(), drifted.end(), std::back_inserter(all));
  }
  return all;
}

// Where the place of a consumer that is seen on the old secret holds the old value, that is why.
base::Result<StepOutcome> Steps::find_put_back(const RunState& state, const Evidence& evidence,
                                               RunParked parked) {
  StepOutcome outcome;
  for (const Verdict& verdict : evidence.verdicts) {
    const RunConsumer* consumer = find_consumer(state, verdict.consumer);
    const bool is_asked = consumer != nullptr && !is_passing(verdict.kind) &&
                          !consumer->facts.is_by_hand && consumer->step == ConsumerStep::kReloaded;
    if (!is_asked) continue;
    for (int sink = 0; sink < static_cast<int>(consumer->facts.sinks.size()); ++sink) {
      const auto content = read_sink(*consumer, sink);
      if (!content) {
        parked.reason += fmt::format(". {} cannot be read now: {}", location_of(*consumer, sink),
                                     content.error().detail);
        continue;
      }
      const base::Fingerprint found = parts_.journal.fingerprint(content->value);
      if (found == state.new_value) continue;
      const bool is_old = found == consumer->present_values[static_cast<std::size_t>(sink)] ||
                          is_earlier_value(state, found);
      if (is_old) {
        outcome.more.push_back(SinkDrifted{consumer->facts.name, sink, found, false});
      } else {
        parked.reason +=
            fmt::format(". {} holds a value that this run did not write: somebody changed it",
                        location_of(*consumer, sink));
      }
    }
  }
  if (outcome.more.empty()) {
    outcome.event = std::move(parked);
  } else {
    outcome.event = std::move(outcome.more.front());
    outcome.more.erase(outcome.more.begin());
  }
  return outcome;
}

base::Result<bool> Steps::is_of_this_run(const RunState& state, const RunConsumer& consumer,
                                         int sink, const Secret& found) {
  const base::Fingerprint value = parts_.journal.fingerprint(found);
  const base::Fingerprint before = consumer.present_values[static_cast<std::size_t>(sink)];
  if (value == state.new_value || value == before || is_earlier_value(state, value)) return true;
  REKEY_TRY(const bool is_new_damaged, is_damaged(found, state.new_value));
  if (is_new_damaged) return true;
  return is_damaged(found, before);
}

Steps::Outcome Steps::see_restored(const RunState& state, const RunConsumer& consumer, int sink,
                                   const Secret& put_back) {
  const SinkRestored restored{consumer.facts.name, sink, parts_.journal.fingerprint(put_back)};
  // On the way back every sink is read and proven by a step of its own.
  if (state.phase == Phase::kRollingBack) return StepOutcome{restored, {}, {}};
  REKEY_TRY(const SinkContent content, read_sink(consumer, sink));
  const base::Fingerprint found = parts_.journal.fingerprint(content.value);
  if (found == consumer.present_values[static_cast<std::size_t>(sink)]) {
    return StepOutcome{restored, {}, {}};
  }
  REKEY_TRY(const bool is_ours, is_of_this_run(state, consumer, sink, content.value));
  if (is_ours) return StepOutcome{SinkDrifted{consumer.facts.name, sink, found, true}, {}, {}};
  return base::fail(
      Code::kConflict,
      fmt::format("{} does not hold the value that was put back just now: somebody "
                  "changed it. See that it holds one that is accepted, then start the "
                  "run again",
                  location_of(consumer, sink)));
}

}  // namespace rekey::rotation

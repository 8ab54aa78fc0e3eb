// The steps of a consumer whose sink only a person can write: a card, then that person's word.
#include <fmt/format.h>

#include "rotation/engine/by_hand.h"
#include "rotation/engine/steps.h"

namespace rekey::rotation {

using base::Code;
using base::Secret;

base::Status Steps::give_to_a_person(const RunState& state, const RunConsumer& consumer) {
  REKEY_TRY(const Card card, card_of_sink(state, consumer, parts_.drivers));
  // Nobody at this terminal is no failure of its own: the run waits either way.
  if (Administrator* person = parts_.drivers.administrator()) {
    static_cast<void>(person->show(card));
  }
  const std::string& name = consumer.facts.name;
  return base::fail(
      Code::kNeedsPerson,
      fmt::format("{} has to be put into {} by hand: `rekey run card` says what is to be done, "
                  "`rekey run value {}` hands the value out, and `rekey run attest {} --reason "
                  "TEXT` says that it is done; then start the run again",
                  is_way_back(state) ? "the secret that " + name + " had before"
                                     : "the new secret of " + name,
                  places_of(consumer.facts), name, name));
}

Steps::Outcome Steps::write_by_hand(const RunState& state, const RunConsumer& consumer) {
  if (consumer.attested_by) return StepOutcome{SinkWritten{consumer.facts.name}, {}, {}};
  return tl::unexpected(give_to_a_person(state, consumer).error());
}

// Nobody can look what stands there: the person is asked to put an accepted value back in any case.
Steps::Outcome Steps::restore_by_hand(const RunState& state, const RunConsumer& consumer) {
  if (consumer.attested_by) return StepOutcome{SinkRestored{consumer.facts.name}, {}, {}};
  REKEY_TRY(const Secret present, parts_.journal.value(run_id_, consumer.present_values.front()));
  REKEY_TRY(const ProbeResult result, parts_.probe.present(present));
  if (result.answer == ProbeAnswer::kUnclear) {
    return base::fail(Code::kUnavailable,
                      fmt::format("the answer to the value that {} had before says nothing ({})",
                                  consumer.facts.name, result.detail));
  }
  if (result.answer == ProbeAnswer::kRefused) {
    return base::fail(
        Code::kNeedsPerson,
        fmt::format("the value that {} had before is not accepted any more ({}). Put a value that "
                    "is accepted into {} by hand, say so with `rekey run attest {} --reason TEXT`, "
                    "then start the run again",
                    consumer.facts.name, result.detail, places_of(consumer.facts),
                    consumer.facts.name));
  }
  return tl::unexpected(give_to_a_person(state, consumer).error());
}

}  // namespace rekey::rotation

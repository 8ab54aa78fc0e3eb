#include "rotation/by_hand.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

using base::Code;
using base::fail;

tl::unexpected<base::Error> no_such(const RunState& state, const std::string& consumer) {
  return fail(Code::kNotFound, fmt::format("{} has no consumer {}", state.plan.run_id, consumer));
}

std::string standing(const RunState& state, const RunConsumer& consumer) {
  return fmt::format("{} is {} in {} ({})", consumer.facts.name, name_of(consumer.step),
                     state.plan.run_id, name_of(state.phase));
}

}  // namespace

bool is_way_back(const RunState& state) noexcept {
  return state.phase == Phase::kRollingBack;
}

const RunConsumer* find_hand_task(const RunState& state) noexcept {
  const auto found =
      std::find_if(state.consumers.begin(), state.consumers.end(), is_in_a_persons_hands);
  return found == state.consumers.end() ? nullptr : &*found;
}

base::Result<Card> card_of_sink(const RunState& state, const RunConsumer& consumer,
                                ReaderDrivers& drivers) {
  REKEY_TRY(const auto sink, drivers.sink_reader(consumer.facts.sinks.front()));
  auto card = sink->card({consumer.facts.name, state.plan.client_id, consumer.facts.owner,
                          consumer.facts.max_length, is_way_back(state), !is_old_alive(state)});
  if (card) return *std::move(card);
  return fail(Code::kInternal, fmt::format("{} asks for no person", sink->describe()));
}

base::Status check_hand_out(const RunState& state, const std::string& consumer) {
  const RunConsumer* known = find_consumer(state, consumer);
  if (known == nullptr) return no_such(state, consumer);
  if (!known->facts.is_by_hand) {
    return fail(Code::kRefused,
                fmt::format("the engine itself writes the sink of {} ({}); its value is handed to "
                            "nobody",
                            consumer, places_of(known->facts)));
  }
  if (known->touched > 0 && !(is_way_back(state) && known->attested_by)) return {};
  return fail(Code::kRefused,
              fmt::format("{}: nobody has to put a value there now", standing(state, *known)));
}

base::Status check_word(const RunState& state, const std::string& consumer) {
  const RunConsumer* known = find_consumer(state, consumer);
  if (known == nullptr) return no_such(state, consumer);
  if (is_in_a_persons_hands(*known) || is_to_be_restarted(*known)) return {};
  if (known->step == ConsumerStep::kReloaded && !state.is_activated) return {};
  return fail(
      Code::kRefused,
      fmt::format("{}: its word counts after it has got the new secret, and before the activation",
                  standing(state, *known)));
}

}  // namespace rekey::rotation

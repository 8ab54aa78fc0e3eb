#include "rotation/engine/by_hand.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

using base::Code;
using base::fail;

tl::unexpected<base::Error> no_such(const RunState& state, const std::string& consumer) {
  return tl::unexpected(unknown_consumer(state, consumer));
}

std::string standing(const RunState& state, const RunConsumer& consumer) {
  return fmt::format("{} is {} in {} ({})", consumer.facts.name, name_of(consumer.step),
                     state.plan.run_id, name_of(state.phase));
}

// What usage says of it where somebody, or nobody, answers for it.
Verdict verdict_with(const RunState& state, const std::string& consumer, const UsageReport& usage,
                     std::optional<std::string> attested_by) {
  Question question = question_of(state, {});
  std::erase_if(question.consumers, [&](const Expectation& one) { return one.name != consumer; });
  for (Expectation& one : question.consumers) {
    one.is_not_asked = false;
    one.attested_by = attested_by;
    one.waiver.reset();
  }
  return evaluate(usage, question).verdicts.front();
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
  if (known->step == ConsumerStep::kReloaded && do_words_count(state)) return {};
  return fail(Code::kRefused,
              fmt::format("{}: a word about it counts after it has got the new secret, and before "
                          "the old one has ended",
                          standing(state, *known)));
}

base::Result<std::string> weigh_word(const RunState& state, const std::string& consumer,
                                     const UsageReport& usage) {
  // What was done by hand is waited for, whatever is seen.
  if (find_consumer(state, consumer)->step != ConsumerStep::kReloaded) return std::string();
  const Verdict verdict = verdict_with(state, consumer, usage, "its owner");
  if (verdict.kind == VerdictKind::kAttested) return std::string();
  if (is_passing(verdict.kind)) {
    return fmt::format("the run does not need it: {}", verdict.reason);
  }
  return fail(Code::kRefused,
              fmt::format("a word about {} counts for nothing now, and was not kept: {}. Usage "
                          "stands above anybody's word: see what {} does; where it is right as it "
                          "is, `rekey run waive {} --reason TEXT` answers for it",
                          consumer, verdict.reason, consumer, consumer));
}

base::Status weigh_waiver(const RunState& state, const std::string& consumer,
                          const UsageReport& usage) {
  const Verdict verdict =
      verdict_with(state, consumer, usage, find_consumer(state, consumer)->attested_by);
  if (!is_passing(verdict.kind)) return {};
  return fail(Code::kRefused,
              fmt::format("{} needs no waiver, and none was kept: {}", consumer, verdict.reason));
}

}  // namespace rekey::rotation

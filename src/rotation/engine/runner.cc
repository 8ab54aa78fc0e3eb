#include "rotation/engine/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "rotation/drivers/memory.h"
#include "rotation/engine/run_values.h"
#include "rotation/engine/steps.h"
#include "rotation/machine/guards.h"

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::seconds;

constexpr Duration kSlice = seconds{1};

// The numbers below are the hops of "a step of a rotation" in docs/architecture.md.

// The consumer that an event speaks of, if it speaks of one.
std::string consumer_of(const EventBody& body) {
  return std::visit(
      [](const auto& event) -> std::string {
        if constexpr (requires { std::string(event.consumer); }) {
          return event.consumer;
        } else if constexpr (requires { event.consumer.name; }) {
          return event.consumer.name;
        } else {
          return {};
        }
      },
      body);
}

class Runner {
 public:
  Runner(RunnerParts& parts, std::string run_id)
      : parts_(parts), run_id_(std::move(run_id)), steps_(parts, run_id_) {}

  base::Result<RunState> run() {
    REKEY_CHECK(load());  // 1
    // Nobody watched while no engine was there: the patience begins anew.
    const bool was_watching = state_.observing_since && !state_.open_intent &&
                              (state_.phase == Phase::kObserving || state_.phase == Phase::kGate);
    REKEY_TRY(const bool is_asked, park_if_asked());  // before RunResumed, which answers that
    const bool is_to_go_on = state_.parked || state_.failure || was_watching;
    if (!is_asked && is_to_go_on) {
      REKEY_CHECK(record({RunResumed{parts_.person}}));
      REKEY_TRY(const bool is_news, notice_end_of_old());
      static_cast<void>(is_news);
    } else if (!is_asked && parts_.was_open) {
      REKEY_CHECK(record({RunResumed{parts_.person, true}}));
    }
    for (;;) {
      REKEY_TRY(const bool is_parked, park_if_asked());
      static_cast<void>(is_parked);
      const Action action = next(state_, parts_.clock.now());  // 2
      if (std::holds_alternative<Stop>(action)) return std::move(state_);
      if (const auto* wait = std::get_if<WaitUntil>(&action)) {
        REKEY_CHECK(wait_until(*wait));
      } else if (const auto* park = std::get_if<Park>(&action)) {
        REKEY_TRY(const bool is_news, notice_end_of_old());
        if (!is_news) REKEY_CHECK(record({park->why}));
      } else {
        REKEY_CHECK(carry_out_one(action));
      }
    }
  }

 private:
  // Also where the run has just stopped by itself: whoever asked has it parked.
  base::Result<bool> park_if_asked() {
    REKEY_TRY(const auto request, parts_.journal.park_request(run_id_));
    if (!request || (state_.parked && !state_.parked->by.empty())) return false;
    REKEY_CHECK(record({RunParked{request->reason, false, false, request->by}}));
    return true;
  }

  base::Status load() {
    REKEY_TRY(const std::vector<RunEvent> events, parts_.journal.load(run_id_));
    state_ = fold(events);
    version_ = static_cast<std::int64_t>(events.size());
    return {};
  }

  // Intent, effect, outcome: each durable before the next.
  base::Status carry_out_one(const Action& action) {
    const auto intent = intent_of(state_, action);
    if (!holds(Guard::kIntentFirst, !intent)) REKEY_CHECK(record({*intent}));  // 3
    if (state_.plan.is_by_hand) REKEY_CHECK(remind_issuer());
    if (std::holds_alternative<ReloadConsumer>(action)) parts_.reporter.on_lull();
    auto outcome = steps_.perform(state_, action);  // 4
    if (!outcome) {
      return record({StepFailed{
          steps_.name_of(action), outcome.error().code,
          tellable(parts_.journal, run_id_, state_, outcome.error().detail),
          parts_.clock.now() + steps_.backoff(std::max(state_.attempts, state_.failed_ends),
                                              state_.plan.client_id)}});
    }
    if (outcome->event) {
      std::vector<EventBody> bodies{*std::move(outcome->event)};
      std::move(outcome->more.begin(), outcome->more.end(), std::back_inserter(bodies));
      return record(std::move(bodies), outcome->values);  // 5
    }
    tell(outcome->waiting_for,
         parts_.clock.now() - state_.observing_since.value_or(parts_.clock.now()), Duration{0},
         std::move(outcome->consumers));
    parts_.clock.sleep_for(kSlice);
    return {};
  }

  // Before it stops, and when it is started again: what held it may hold nobody any more. Who
  // cannot be asked now is asked by the next step.
  base::Result<bool> notice_end_of_old() {
    if (state_.plan.is_by_hand) return false;
    auto found = steps_.look_at_old(state_);
    if (!found || !*found) return false;
    REKEY_CHECK(record({**std::move(found)}));
    return true;
  }

  // An issuer that tells nothing finds out by presenting what this run knows.
  base::Status remind_issuer() {
    REKEY_TRY(Memory memory, memory_of(parts_.journal, run_id_, state_));
    parts_.issuer.remember(std::move(memory));
    return {};
  }

  base::Status record(std::vector<EventBody> bodies, const std::vector<KeptValue>& values = {}) {
    std::vector<RunEvent> events;
    events.reserve(bodies.size());
    for (EventBody& body : bodies) events.push_back({parts_.clock.now(), std::move(body)});
    REKEY_CHECK(parts_.journal.append(run_id_, version_, events, values));
    for (const RunEvent& event : events) {
      state_ = apply(std::move(state_), event);  // 6
      ++version_;
      parts_.reporter.on_event({event.at, run_id_, std::string(name_of(event.body)),
                                std::string(name_of(shown_phase(state_))), consumer_of(event.body),
                                describe(event.body), is_news(event.body)});
    }
    return {};
  }

  // In slices, so that progress shows, a clock that was set is noticed, and so is who asks the run
  // to park.
  base::Status wait_until(const WaitUntil& wait) {
    const Instant begun_at = parts_.clock.now();
    Instant last = begun_at;
    for (Instant now = begun_at; now < wait.until; now = parts_.clock.now()) {
      if (now < last) return {};  // set back: the machine says anew what there is to wait for
      last = now;
      REKEY_TRY(const auto request, parts_.journal.park_request(run_id_));
      if (request) return {};
      tell(wait.what, std::max(now - begun_at, Duration{0}), wait.until - begun_at);
      parts_.clock.sleep_for(std::min<Duration>(kSlice, wait.until - now));
    }
    return {};
  }

  void tell(const std::string& what, Duration waited, Duration total,
            std::vector<std::string> consumers = {}) {
    parts_.reporter.on_progress({run_id_, std::string(name_of(shown_phase(state_))), what, waited,
                                 total, std::move(consumers)});
  }

  RunnerParts& parts_;
  std::string run_id_;
  Steps steps_;
  RunState state_;
  std::int64_t version_ = 0;
};

}  // namespace

base::Result<RunState> carry_out(RunnerParts& parts, const std::string& run_id) {
  return Runner(parts, run_id).run();
}

}  // namespace rekey::rotation

// A run that is told event by event, for the tests of the pure machine.
#pragma once

#include <gtest/gtest.h>

#include "rotation/machine/machine.h"

namespace rekey::rotation::told {

using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr Instant kStart{base::Duration{1'800'000'000'000}};

inline base::Fingerprint fingerprint(std::uint8_t byte) {
  base::Fingerprint made;
  made.digest.fill(byte);
  return made;
}

// A run of one consumer that reads per call, told event by event.
struct Told {
  RunState state;
  Instant now = kStart;

  explicit Told(Order order) {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.order = order;
    plan.outgoing = {"sec_1"};
    plan.proof = {1, seconds{0}};
    tell(plan);
    Consumer consumer;
    consumer.name = "shop";
    consumer.seen_as.user_agent = "shop";
    consumer.interval = seconds{5};
    tell(ConsumerDeclared{consumer, {fingerprint(1)}});
  }
  Told& tell(EventBody body) {
    state = apply(std::move(state), {now, std::move(body)});
    return *this;
  }
  Told& staged_and_proven() {
    return tell(IntentRecorded{Effect::kStage, "run-1"})
        .tell(SecretStaged{"sec_2", fingerprint(2), now + base::Days{180}})
        .tell(SecretSettled{})
        .tell(StagedValueProven{});
  }
  Told& moved() {
    return tell(IntentRecorded{Effect::kWrite, "shop"})
        .tell(SinkWritten{"shop"})
        .tell(SinkReadBack{"shop"})
        .tell(ConsumerProven{"shop"})
        .tell(ConsumerReloaded{"shop", now});
  }
  template <typename T>
  [[nodiscard]] bool wants() const {
    return std::holds_alternative<T>(next(state, now));
  }
};

}  // namespace rekey::rotation::told

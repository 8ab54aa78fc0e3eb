// When a run stops staging secrets and asks a person to look.
#include <gtest/gtest.h>

#include "rotation/machine/machine.h"

namespace rekey::rotation {
namespace {

base::Fingerprint fingerprint(std::uint8_t byte) {
  base::Fingerprint made;
  made.digest.fill(byte);
  return made;
}

// A run of one consumer, told event by event.
struct Told {
  RunState state;
  base::Instant now{base::Duration{1'800'000'000'000}};

  Told() {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.outgoing = {"sec_1"};
    plan.proof = {1, base::Duration{0}};
    tell(plan);
    Consumer consumer;
    consumer.name = "shop";
    consumer.seen_as.user_agent = "shop";
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
  template <typename T>
  [[nodiscard]] bool wants() const {
    return std::holds_alternative<T>(next(state, now));
  }
};

TEST(StagingBounds, WhatIsNeverAcceptedIsStagedTwiceAndThenAPersonLooks) {
  Told run;
  const auto stage_in_vain = [&] {
    ASSERT_TRUE(run.wants<Stage>());
    run.tell(IntentRecorded{Effect::kStage, "run-1"});
    run.tell(SecretStaged{"sec_2", fingerprint(2), run.now + base::Days{180}});
    run.tell(StagedSecretGone{"sec_2", "it is refused", std::nullopt, false});
  };
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kMostStagedInVain; ++i) stage_in_vain();
    const Action action = next(run.state, run.now);
    ASSERT_TRUE(std::holds_alternative<Park>(action));
    const RunParked why = std::get<Park>(action).why;
    EXPECT_FALSE(why.is_waiting) << "something has to be mended";
    EXPECT_NE(why.reason.find("2 secrets were staged"), std::string::npos) << why.reason;
    run.tell(RunResumed{});
    EXPECT_TRUE(run.wants<Park>()) << "nobody was told yet";
    run.tell(why).tell(RunResumed{"anna"});
  }
  stage_in_vain();
  run.staged_and_proven().tell(StagedSecretGone{"sec_2", "revoked", std::nullopt, false});
  stage_in_vain();
  EXPECT_TRUE(run.wants<Stage>()) << "the one between them was accepted";
}

TEST(StagingBounds, NothingIsStagedWhileNobodyCanTellWhetherTheLastOneHasEnded) {
  Told run;
  run.state.plan.is_by_hand = true;
  run.staged_and_proven();
  const StagedSecretGone refused{"sec_2", "both are refused", std::nullopt, true, true};
  run.tell(refused);
  Action action = next(run.state, run.now);
  ASSERT_TRUE(std::holds_alternative<Park>(action));
  EXPECT_NE(std::get<Park>(action).why.reason.find("nobody can tell"), std::string::npos);
  run.tell(std::get<Park>(action).why).tell(RunResumed{"anna"});
  EXPECT_TRUE(run.wants<Stage>()) << "a person has looked";
  run.tell(StagedSecretBack{"sec_2"}).tell(SecretSettled{}).tell(StagedValueProven{});
  run.tell(refused).tell(StagedSecretBack{"sec_2"});
  EXPECT_FALSE(run.state.is_end_doubtful);
}

}  // namespace
}  // namespace rekey::rotation

// What the explorer and the simulator found, each by the name of what went wrong.
#include <gtest/gtest.h>

#include <string>

#include "simulation/scenarios.h"
#include "simulation/simulate.h"

namespace rekey::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Scenario scenario_of(const std::string& name) {
  for (std::vector<Scenario>& some : std::vector{main_scenarios(), odd_scenarios()}) {
    for (Scenario& one : some) {
      if (one.name == name) return std::move(one);
    }
  }
  ADD_FAILURE() << "there is no scenario " << name;
  return main_scenarios().front();
}

struct Played {
  World world;
  Ending ending;
};

Played play_with(const std::string& name, const Fault& fault = {}) {
  const Scenario scenario = scenario_of(name);
  World world = scenario.world;
  if (fault.kind != FaultKind::kNone) world.faults.push_back(fault);
  const Ending ending = play_and_judge(scenario, world);
  EXPECT_EQ(world.broken, "") << describe(fault) << "\n" << world.tail(20);
  return {std::move(world), ending};
}

template <typename Event>
int count(const World& world) {
  int found = 0;
  for (const auto& event : world.events)
    found += std::holds_alternative<Event>(event->body) ? 1 : 0;
  return found;
}

// The call or place right before the first event of that kind in a run without any fault.
template <typename Event>
int place_before(const std::string& name) {
  const Scenario scenario = scenario_of(name);
  for (int place = 1;; ++place) {
    World world = scenario.world;
    struct Stop final : Observer {
      int at = 0;
      void on_place(World& seen, Place) override {
        if (seen.places_passed >= at) throw Enough{};
      }
    } stop;
    stop.at = place;
    world.observer = &stop;
    try {
      static_cast<void>(play(scenario, world));
      return 0;
    } catch (const Enough&) {
      if (count<Event>(world) > 0) return place - 1;
    }
  }
}

TEST(Simulation, EqualSeedsGiveEqualTraces) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Simulated first = simulate(seed);
    EXPECT_FALSE(first.trace.empty());
    EXPECT_EQ(first.trace, simulate(seed).trace) << "seed " << seed;
  }
}

TEST(Simulation, AWriteThatWasAcknowledgedAndForgottenIsMadeAgain) {
  bool was_forgotten = false;
  for (int call = 20; call < 40; ++call) {
    const Played played = play_with("ends-old", {FaultKind::kForgets, call, 0, {}});
    EXPECT_EQ(played.ending, Ending::kClosed);
    was_forgotten = was_forgotten || played.world.parks > 0;
  }
  EXPECT_TRUE(was_forgotten) << "it parks once, and is written anew when a person starts it again";
}

TEST(Simulation, AClockThatIsSetBackHoldsNoWaveUpBeyondTheOverlap) {
  const int place = place_before<rotation::WavePassed>("short-overlap");
  const Played played =
      play_with("short-overlap", {FaultKind::kClockJumps, place - 1, 0, -minutes{5}});
  EXPECT_EQ(played.ending, Ending::kClosed);
  EXPECT_EQ(played.world.parks, 0);
}

TEST(Simulation, ALostValueLeavesTheIssuersLeastTimeToBeWaitedFor) {
  const int place = place_before<rotation::SecretStaged>("one-slot");
  const Played played = play_with("one-slot", {FaultKind::kRestart, place, 0, seconds{1}});
  EXPECT_EQ(played.ending, Ending::kClosed);
  EXPECT_EQ(count<rotation::StagedValueLost>(played.world), 1);
  EXPECT_EQ(count<rotation::StepFailed>(played.world), 0) << "it is not asked for too early";
}

TEST(Simulation, ASecretThatCeasedToWorkIsWrittenNoFurther) {
  const int place = place_before<rotation::WavePassed>("ends-old");
  const Played played = play_with("ends-old", {FaultKind::kStale, place, 0, minutes{1}});
  EXPECT_EQ(played.ending, Ending::kClosed);
  EXPECT_GT(count<rotation::StepFailed>(played.world), 0);
}

TEST(Simulation, ASinkThatWasChangedAfterTheGateStopsTheRunBeforeItCloses) {
  const int place = place_before<rotation::OldSecretEnded>("short-overlap");
  const Played played = play_with("short-overlap", {FaultKind::kForeignWrite, place, 3, {}});
  EXPECT_EQ(played.ending, Ending::kClosed);
  EXPECT_GT(played.world.parks, 0);
}

// A person does it wrong and says that it is done: the gate waits until it is mended.
TEST(Simulation, AWordThatIsNotTrueOpensNoGateWhereUsageIsTold) {
  for (const char* name : {"mistyped", "form-not-filled-in", "half-restarted", "not-restarted"}) {
    SCOPED_TRACE(name);
    const Played played = play_with(name);
    EXPECT_EQ(played.ending, Ending::kClosed);
    EXPECT_EQ(count<rotation::ConsumerAttested>(played.world), 1);
    EXPECT_EQ(played.world.parks, 2) << "for the deed, and because nothing is seen of it";
  }
}

TEST(Simulation, AProgramThatDoesNotComeBackIsMendedAndOneThatIsWrittenOffIsWaived) {
  const Played lost = play_with("does-not-come-back");
  EXPECT_EQ(lost.ending, Ending::kClosed);
  EXPECT_EQ(count<rotation::ConsumerWaived>(lost.world), 0);
  for (const char* name : {"written-off", "written-off-overlap"}) {
    const Played waived = play_with(name);
    EXPECT_EQ(waived.ending, Ending::kClosed);
    EXPECT_EQ(count<rotation::ConsumerWaived>(waived.world), 1);
  }
}

TEST(Simulation, AWorkflowThatTheRotationBreaksStopsItAndOneThatWasBrokenBeforeDoesNot) {
  EXPECT_EQ(play_with("workflow-broken-before").world.parks, 0);
  for (const char* name : {"workflow-broken", "workflow-broken-overlap"}) {
    const Played played = play_with(name);
    EXPECT_EQ(played.ending, Ending::kClosed);
    EXPECT_EQ(played.world.parks, 1);
    EXPECT_GE(count<rotation::WorkflowRan>(played.world), 3);
  }
}

TEST(Simulation, ARunWithFormsAndRestartsByHandAndWorkflowsNeedsAPersonForThoseAlone) {
  for (const char* name : {"people", "people-overlap", "people-one-slot"}) {
    const Played played = play_with(name);
    EXPECT_EQ(played.ending, Ending::kClosed) << name;
    EXPECT_LE(count<rotation::StepFailed>(played.world),
              count<rotation::ConsumerAttested>(played.world))
        << name << ": one for each word that is waited for, and for nothing else";
  }
}

}  // namespace
}  // namespace rekey::simulation

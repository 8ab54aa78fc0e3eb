// Whole runs that lose their turn, whose issuer changes its policy, answers slowly or refuses one
// call for good.
#include <gtest/gtest.h>

#include "rotation/engine/engine_scene_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

// What another system holds: every file, and every secret's state.
struct Outside {
  std::map<std::string, std::string> files;
  std::vector<SecretState> secrets;
  friend bool operator==(const Outside&, const Outside&) = default;
};

Outside look_outside(const Scene& scene) {
  Outside seen{scene.world.files.content, {}};
  for (const FakeSecret& one : scene.world.secrets) seen.secrets.push_back(one.facts.state);
  return seen;
}

// Another engine takes the runs over while that token request, counted from 1, is on its way.
// False where there is no such request.
bool changes_nothing_after_probe(Scene& scene, int number) {
  std::optional<Outside> before;
  int probes = 0;
  scene.world.on_probe = [&] {
    if (++probes != number) return;
    scene.journal.is_taken_over = true;
    before = look_outside(scene);
  };
  const auto outcome = scene.rotate_once();
  if (!before) return false;
  EXPECT_FALSE(outcome) << number << ": it gives way";
  EXPECT_EQ(*before, look_outside(scene)) << "after token request " << number;
  return true;
}

TEST(EngineBounds, AnEngineThatLostItsTurnInATokenRequestChangesNothingAfterIt) {
  for (const Descriptor& rules : {ends_old(), with_overlap(base::Days{7})}) {
    int tried = 0;
    for (bool is_there = true; is_there;) {
      Scene scene(rules);
      is_there = changes_nothing_after_probe(scene, tried + 1);
      if (is_there) ++tried;
    }
    EXPECT_GT(tried, 8) << "each of its token requests was tried";
  }
}

TEST(EngineBounds, AnOverlapThatWasCutShortAfterThePlanLetsNobodyActivateFirst) {
  Scene scene(with_overlap(base::Days{7}));
  scene.inventory.approvals = 1;
  const auto waiting = scene.rotate_once();
  ASSERT_TRUE(waiting);
  ASSERT_EQ(waiting->ending, Ending::kParked) << waiting->message;
  const std::string run = scene.journal.runs.begin()->first;
  const RunState state = fold(scene.journal.runs[run]);
  ASSERT_EQ(state.plan.order, Order::kActivateFirst);
  ASSERT_TRUE(scene.journal.append(
      run, static_cast<std::int64_t>(scene.journal.runs[run].size()),
      {{scene.world.now(), RunApproved{"mary", "looks right", digest_of(state)}}}, {}));

  scene.world.descriptor.overlap = seconds{1};
  const auto parked = scene.rotate_once();
  ASSERT_TRUE(parked);
  EXPECT_EQ(parked->ending, Ending::kParked);
  EXPECT_NE(parked->message.find("the old secret would end 1s after the activation"),
            std::string::npos)
      << parked->message;
  EXPECT_EQ(scene.world.secrets[0].facts.state, SecretState::kActive);

  scene.world.descriptor.overlap = base::Days{7};
  scene.expect_good_end(scene.rotate_to_the_end());
}

// Each token request takes longer than evidence holds, until somebody mends the issuer.
TEST(EngineBounds, EvidenceThatGrewOldOnTheWayEndsNothing) {
  for (const Descriptor& rules : {ends_old(), with_overlap(base::Days{7})}) {
    Scene scene(rules);
    bool is_slow = false;
    scene.world.on_probe = [&] {
      if (is_slow) scene.world.sleep_for(2 * kGateFreshness);
    };
    const std::string gate = "gate_passed";
    scene.reporter.on_notice = [&](const RunNotice& notice) { is_slow |= notice.event == gate; };
    const auto parked = scene.rotate_once();
    ASSERT_TRUE(parked) << parked.error().detail;
    EXPECT_EQ(parked->ending, Ending::kParked) << "it is told to somebody";
    EXPECT_NE(parked->message.find("too old to act upon"), std::string::npos) << parked->message;
    EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
    scene.world.on_probe = nullptr;
    scene.expect_good_end(scene.rotate_to_the_end());
  }
}

TEST(EngineBounds, AnActivationThatIsRefusedForGoodIsTriedEightTimesAndTold) {
  Scene scene(ends_old());
  int asked = 0;
  scene.world.on_activate = [&]() -> base::Status {
    ++asked;
    return base::fail(Code::kIo, "the authority's disk is full");
  };
  const auto begun_at = scene.world.now();
  const auto parked = scene.rotate_once();
  ASSERT_TRUE(parked) << parked.error().detail;
  EXPECT_EQ(parked->ending, Ending::kParked);
  EXPECT_EQ(asked, kMaxAttempts);
  EXPECT_NE(parked->message.find("the authority's disk is full"), std::string::npos);
  EXPECT_GT(scene.world.now() - begun_at, minutes{1}) << "less and less often";
  scene.world.on_activate = nullptr;
  scene.expect_good_end(scene.rotate_to_the_end());
}

}  // namespace
}  // namespace rekey::rotation

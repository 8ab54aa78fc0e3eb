// Bad hours at Marketing Cloud: refusals that pass, an activation that comes too early or past the
// rules. What a run makes of them must not cut off anybody who follows it.
#include <gtest/gtest.h>

#include <string>

#include "rotation/issuers/setup_scene_test_support.h"

namespace rekey::rotation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class MarketingCloudWayOut : public fakes::SetupScene {
 protected:
  // Everybody holds the staged secret, and the run waits for a word about per-call.
  void wait_for_the_word() {
    will_generate();
    ASSERT_EQ(run().ending, Ending::kParked);
    staged_ = held_by("per-call");
    ASSERT_NE(staged_, setup_.active());
  }
  [[nodiscard]] RunState state() {
    return peek_open_run(files_, loaded().state_folder, std::string(fakes::SetupFake::kClientId),
                         "-")
        .value()
        ->state;
  }
  std::string staged_;
};

TEST_F(MarketingCloudWayOut, APackageThatWasDisabledForAWhileCostsNobodyTheStagedSecret) {
  wait_for_the_word();
  setup_.disable();
  clock_.advance(minutes{10});
  ASSERT_TRUE(look());
  EXPECT_TRUE(state().is_old_gone);
  setup_.enable();
  clock_.advance(minutes{10});
  run();
  EXPECT_TRUE(listener_.heard("is accepted again: the run goes on with it"));
  EXPECT_EQ(held_by("per-call"), staged_);
  EXPECT_EQ(administrator_.requests.size(), 1u) << "nobody was asked to generate another";
  ASSERT_TRUE(attest("per-call"));
  will_activate();
  const Outcome done = run();
  EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
  expect_everybody_works();
}

TEST_F(MarketingCloudWayOut, AfterADisabledPackageARunCanStillBeGivenUp) {
  const std::string old = setup_.active();
  wait_for_the_word();
  setup_.disable();
  clock_.advance(minutes{10});
  ASSERT_TRUE(look());
  setup_.enable();
  clock_.advance(minutes{10});
  run();
  EngineParts parts = parts_of("anna");
  const auto outcome = abandon(path_, {"anna", "another week"}, parts, listener_);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kAbandoned) << outcome->message;
  EXPECT_EQ(held_by("per-call"), old);
  EXPECT_EQ(held_by("at-start"), old);
}

TEST_F(MarketingCloudWayOut, AFewStrayRefusalsChangeNothing) {
  wait_for_the_word();
  clock_.advance(minutes{10});
  setup_.refuse_next(4);
  look();
  EXPECT_FALSE(state().is_old_gone);
  EXPECT_FALSE(state().secret_id.empty());
  EXPECT_EQ(held_by("per-call"), staged_);
  expect_everybody_works();
}

TEST_F(MarketingCloudWayOut, OnceTheOldSecretHasEndedNobodyWaitsForAnothersRestart) {
  more_consumers_ =
      "- name: crm\n  sink: {kind: manual, where: Settings, field: Client Secret}\n"
      "  seen_as: {user_agent: crm}\n  interval: 20m\n  reload: per_call\n";
  administrator_.values.emplace_back([this] {
    const std::string value = setup_.generate();
    clock_.advance(minutes{6});
    setup_.activate();
    return value;
  });
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  const auto at = [this](std::string_view part) {
    const auto found = std::find_if(
        listener_.messages.begin(), listener_.messages.end(),
        [&](const std::string& message) { return message.find(part) != std::string::npos; });
    return found - listener_.messages.begin();
  };
  EXPECT_LT(at("wrote the new value for per-call"), at("wrote the new value for at-start"));
  EXPECT_LT(at("wrote the new value for at-start"), at("about to reload at-start"));
  EXPECT_LT(at("about to reload at-start"), at("about to write the new value for crm"));
  EXPECT_LT(at("about to write the new value for crm"),
            static_cast<std::ptrdiff_t>(listener_.messages.size()));
}

TEST_F(MarketingCloudWayOut, AnActivationPastApprovalAndWindowIsWrittenDownAsThat) {
  more_ = "  approvals: 1\n  window: wed 10:00-12:00\n";
  wait_for_the_word();
  clock_.set(base::parse_instant("2026-11-25T10:00:00Z").value());
  run();  // in the window at-start is restarted
  ASSERT_TRUE(attest("per-call"));
  run();
  clock_.advance(std::chrono::hours{3});
  setup_.activate();
  clock_.advance(minutes{10});
  const Outcome done = run();
  EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
  const Inventory inventory = loaded();
  const auto last =
      peek_last_rotation(files_, inventory.state_folder, inventory.client_id, inventory.slot);
  ASSERT_TRUE(last && *last && (*last)->early_cut);
  EXPECT_TRUE((*last)->early_cut->consumers.empty());
  EXPECT_EQ((*last)->early_cut->missing_approvals, 1);
  EXPECT_TRUE((*last)->early_cut->is_outside_window);
}

TEST_F(MarketingCloudWayOut, AnActivationRightBehindTheGateIsSeenBeforeAnApprovalIsAskedFor) {
  more_ = "  approvals: 1\n";
  wait_for_the_word();
  ASSERT_TRUE(attest("per-call"));
  EXPECT_NE(run().message.find("approval of a second person"), std::string::npos);
  setup_.activate();
  EXPECT_EQ(run().ending, Ending::kClosed);
}

TEST_F(MarketingCloudWayOut, TheEndIsCountedFromWhenTheSecretWasAskedFor) {
  run();  // shows the card; somebody takes it away
  static_cast<void>(setup_.generate());
  const std::string value = setup_.generate();
  clock_.advance(hours{72});
  administrator_.values.emplace_back([value] { return value; });
  run();
  EXPECT_EQ(base::format_instant(state().expires_at), "2027-05-23T09:00:00Z");
}

}  // namespace
}  // namespace rekey::rotation

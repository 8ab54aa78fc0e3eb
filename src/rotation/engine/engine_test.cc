#include "rotation/engine/engine.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "platform/faulty_files.h"
#include "rotation/engine/engine_scene_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

TEST(Engine, MovesEveryConsumerAndEndsTheOldSecretWithoutOneRefusedRequest) {
  for (const Descriptor& rules : all_rules()) {
    Scene scene(rules);
    scene.expect_good_end(scene.rotate_once());
  }
}

TEST(Engine, ActivatesFirstOnlyWhereAnOverlapIsLongEnoughToMoveIn) {
  const auto order_under = [](const Descriptor& rules) {
    Scene scene(rules);
    EXPECT_TRUE(scene.rotate_once());
    return std::get<RunPlanned>(scene.journal.runs.begin()->second.front().body).order;
  };
  EXPECT_EQ(order_under(ends_old()), Order::kPropagateFirst);
  EXPECT_EQ(order_under(with_overlap(seconds{1})), Order::kPropagateFirst);
  EXPECT_EQ(order_under(with_overlap(base::Days{7})), Order::kActivateFirst);
}

TEST(Engine, KilledAtAnyPlaceItGoesOnAndBreaksNothing) {
  for (const Descriptor& rules : all_rules()) {
    Scene calm(rules);
    calm.expect_good_end(calm.rotate_once());
    ASSERT_GT(calm.world.places, 30);
    for (int place = 1; place <= calm.world.places; ++place) {
      Scene scene(rules);
      scene.world.crash_at = {place};
      SCOPED_TRACE(place);
      scene.expect_good_end(scene.rotate_to_the_end());
    }
  }
}

TEST(Engine, KilledAtAnyPlaceItMovesEverySinkWaveByWave) {
  const std::string vault = "/vault/nightly.env";
  const auto in_waves = [&](Scene& scene) {
    scene.world.files.content[vault] = "CLIENT_SECRET=old-value-1\n";
    scene.inventory.waves = {{"canary", seconds{3}}, {"rest", {}}};
    scene.inventory.consumers[1].wave = 1;
    scene.inventory.consumers[1].sinks.push_back(file_spec(vault, "dotenv", "CLIENT_SECRET"));
  };
  for (const Descriptor& rules : all_rules()) {
    Scene calm(rules);
    in_waves(calm);
    calm.expect_good_end(calm.rotate_once());
    for (int place = 1; place <= calm.world.places; ++place) {
      Scene scene(rules);
      in_waves(scene);
      scene.world.crash_at = {place};
      SCOPED_TRACE(place);
      scene.expect_good_end(scene.rotate_to_the_end());
      EXPECT_NE(scene.world.accepted(scene.world.value_in(vault)), nullptr);
    }
  }
}

RC_GTEST_PROP(Engine, KilledAgainAndAgainItStillEndsWell, ()) {
  const auto rules = *rc::gen::elementOf(all_rules());
  Scene scene(rules);
  scene.world.crash_at = *rc::gen::container<std::set<int>>(12, rc::gen::inRange(1, 140));
  const auto outcome = scene.rotate_to_the_end();
  RC_ASSERT(outcome.has_value());
  RC_ASSERT(outcome->ending == Ending::kClosed);
  RC_ASSERT(scene.world.broken.empty());
  RC_ASSERT(scene.refused() == 0);
  RC_ASSERT(scene.world.accepted("old-value-1") == nullptr);
}

TEST(Engine, AValueLostBetweenStagingAndTheJournalIsGivenUpAndNeverActivated) {
  Scene calm(ends_old());
  ASSERT_TRUE(calm.rotate_once());
  bool was_lost = false;
  for (int place = 1; place <= calm.world.places; ++place) {
    Scene scene(ends_old());
    scene.world.crash_at = {place};
    ASSERT_TRUE(scene.rotate_to_the_end());
    if (scene.world.secrets.size() == 3) {
      was_lost = true;
      EXPECT_EQ(scene.world.secrets[1].facts.state, SecretState::kEnded);
      EXPECT_FALSE(scene.world.secrets[1].facts.activated_at);
      EXPECT_EQ(scene.world.secrets[2].facts.state, SecretState::kActive);
    }
  }
  EXPECT_TRUE(was_lost);
}

TEST(Engine, AFileSystemThatFailsAtAnyCallParksOrRetriesAndLosesNothing) {
  for (const auto moment :
       {platform::Fault::Moment::kBeforeEffect, platform::Fault::Moment::kAfterEffect}) {
    for (int call = 1; call <= 16; ++call) {
      Scene scene(ends_old());
      platform::FaultyFiles faulty(scene.world.files);
      scene.world.sink_files = &faulty;
      // The plan's own reads are not under test: a plan that cannot read a sink begins nothing.
      if (const auto planned = make_plan({scene.inventory, *scene.drivers.issuer({}).value(),
                                          scene.drivers, scene.world.now()});
          planned) {
        faulty.plan({faulty.calls() + call, moment, platform::Fault::Kind::kError});
      }
      SCOPED_TRACE(call);
      scene.expect_good_end(scene.rotate_to_the_end());
    }
  }
}

TEST(Engine, TheGateNamesAConsumerThatWasLeftOutAndGoesOnWhenItIsAdded) {
  for (const Descriptor& rules : {ends_old(), with_overlap(base::Days{7})}) {
    Scene scene(rules);
    scene.world.add_client("forgotten", true, false);
    scene.world.tick();
    const auto first = scene.rotate_once();
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_EQ(first->ending, Ending::kParked);
    EXPECT_NE(first->message.find("10.0.0.1"), std::string::npos) << first->message;
    EXPECT_NE(first->message.find("forgotten/1.0"), std::string::npos) << first->message;
    EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
    scene.declare("forgotten");
    scene.expect_good_end(scene.rotate_once());
    EXPECT_NE(scene.world.value_in("/apps/forgotten/.env"), "old-value-1");
  }
}

TEST(Engine, AWaiverLetsUnclaimedUseGoAndIsJournalled) {
  Scene scene(ends_old());
  scene.world.add_client("stranger", true, false);
  scene.world.tick();
  SeenAs stranger;
  stranger.user_agent = "stranger/*";
  scene.inventory.waivers.push_back({stranger, "R. Meyer", "switched off next week"});
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed);
  bool is_noted = false;
  for (const RunEvent& event : scene.journal.runs.begin()->second) {
    const auto* gate = std::get_if<GatePassed>(&event.body);
    if (gate != nullptr) is_noted = gate->waived.size() == 1 && gate->waived[0].by == "R. Meyer";
  }
  EXPECT_TRUE(is_noted);
}

TEST(Engine, AConsumerThatNeverReloadsParksTheRunWithTheOldSecretAlive) {
  Scene scene(ends_old());
  scene.inventory.consumers[1].reload = {};  // nightly reads at start, and says that it does not
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("nightly"), std::string::npos) << outcome->message;
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
  scene.inventory.consumers[1].reload = {{"nightly"}, seconds{2}};
  scene.world.clients[1].held = scene.world.value_in(scene.world.clients[1].path);
  scene.expect_good_end(scene.rotate_once());
}

TEST(Engine, AForeignChangeOfASinkIsNeverOverwritten) {
  Scene scene(ends_old());
  scene.world.crash_at = {14};  // after the plan, before the first write
  EXPECT_THROW(static_cast<void>(scene.rotate_once()), Crash);
  ASSERT_EQ(scene.world.value_in("/apps/shop/.env"), "old-value-1");
  scene.world.clients[0].is_declared = false;  // its owner broke it
  scene.world.files.content["/apps/shop/.env"] = "CLIENT_SECRET=somebody-elses\n";
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_EQ(scene.world.files.content["/apps/shop/.env"], "CLIENT_SECRET=somebody-elses\n");
  for (const char* part :
       {"the sink of shop (/apps/shop/.env, CLIENT_SECRET) holds a value that the engine did not",
        "it stands in the place of nightly (/apps/nightly/.env, CLIENT_SECRET) too",
        "`rekey run abort --reason TEXT`"}) {
    EXPECT_NE(outcome->message.find(part), std::string::npos) << outcome->message;
  }
}

TEST(Engine, AStagedSecretOfSomebodyElseStopsThePlan) {
  Scene scene(ends_old());
  FakeIssuer issuer(scene.world, scene.journal);
  ASSERT_TRUE(issuer.stage("-", "by hand", std::nullopt));
  const auto outcome = scene.rotate_once();
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().detail.find("by hand"), std::string::npos) << outcome.error().detail;
  EXPECT_TRUE(scene.journal.runs.empty());
}

TEST(Engine, ARunDoesNotBeginWhenTooLittleTimeIsLeft) {
  Scene scene(ends_old());
  scene.world.secrets[0].facts.ends_at = scene.world.now() + seconds{10};
  const auto outcome = scene.rotate_once();
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().detail.find("too late to begin"), std::string::npos);
}

TEST(Engine, AllProblemsOfAPlanAreToldAtOnce) {
  Scene scene(ends_old());
  scene.world.files.content.erase("/apps/shop/.env");
  scene.world.files.content["/apps/nightly/.env"] = "CLIENT_SECRET=of-another-tenant\n";
  const auto outcome = scene.rotate_once();
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().detail.find("shop"), std::string::npos) << outcome.error().detail;
  EXPECT_NE(outcome.error().detail.find("nightly"), std::string::npos) << outcome.error().detail;
  EXPECT_EQ(outcome.error().detail.find("of-another-tenant"), std::string::npos);
}

FakeSecret& add_secret_of_slot_b(Scene& scene) {
  for (FakeSecret& secret : scene.world.secrets) secret.facts.shown_prefix = "SFMC_1p000000";
  FakeSecret other = scene.world.secrets[0];
  other.facts.id = "sec_of_b";
  other.facts.slot = "bbbbbb";
  other.facts.shown_prefix = "";
  other.value = "value-of-b";
  scene.world.secrets.push_back(other);
  return scene.world.secrets.back();
}

TEST(Engine, AConsumerThatHoldsAnotherSlotsSecretCannotJoin) {
  Scene scene(ends_old());
  const Consumer late = scene.inventory.consumers[1];
  scene.inventory.consumers.pop_back();
  scene.world.crash_at = {20};
  EXPECT_THROW(static_cast<void>(scene.rotate_once()), Crash);
  scene.inventory.consumers.push_back(late);
  add_secret_of_slot_b(scene);
  scene.world.files.content["/apps/nightly/.env"] = "CLIENT_SECRET=value-of-b\n";
  const auto outcome = scene.rotate_once();
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().detail.find("is of slot bbbbbb instead of -"), std::string::npos)
      << outcome.error().detail;
  EXPECT_EQ(scene.world.files.content["/apps/nightly/.env"], "CLIENT_SECRET=value-of-b\n");
}

// Where nothing tells the slots apart, it is found at the end alone.
TEST(Engine, AnOldValueThatLivesOnIsNamedWithThePlaceThatHeldIt) {
  Scene scene(ends_old());
  FakeSecret& other = add_secret_of_slot_b(scene);
  other.facts.state = SecretState::kSuperseded;
  other.facts.shown_prefix.reset();
  scene.world.secrets[0].facts.shown_prefix.reset();
  scene.world.files.content["/apps/shop/.env"] = "# shop\nCLIENT_SECRET=value-of-b\nOTHER=1\n";
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("which stood at shop (/apps/shop/.env, CLIENT_SECRET)"),
            std::string::npos)
      << outcome->message;
  EXPECT_NE(outcome->message.find("may be of another slot than -"), std::string::npos);
}

TEST(Engine, AConsumerOfAnOpenRunCanNeitherVanishNorMove) {
  Scene scene(ends_old());
  scene.world.crash_at = {20};
  EXPECT_THROW(static_cast<void>(scene.rotate_once()), Crash);
  const std::vector<Consumer> all = scene.inventory.consumers;
  scene.inventory.consumers.pop_back();
  const auto vanished = scene.rotate_once();
  ASSERT_FALSE(vanished);
  EXPECT_NE(vanished.error().detail.find("nightly"), std::string::npos);
  scene.inventory.consumers = all;
  scene.inventory.consumers[0].sinks.front().set("path", "/apps/elsewhere/.env");
  EXPECT_FALSE(scene.rotate_once());
  scene.inventory.consumers = all;
  scene.expect_good_end(scene.rotate_once());
}

void end_staged_from_outside(Scene& scene) {
  for (FakeSecret& secret : scene.world.secrets) {
    if (secret.facts.state == SecretState::kStaged) secret.facts.state = SecretState::kEnded;
  }
}

TEST(Engine, AStagedSecretThatIsGoneIsRolledBackAndStagedAnewWhereverItIsFound) {
  for (const char* event :
       {"secret_staged", "secret_settled", "sink_written", "consumer_reloaded"}) {
    SCOPED_TRACE(event);
    Scene scene(ends_old());
    run_until(scene, event);
    end_staged_from_outside(scene);
    scene.world.broken.clear();  // what the outsider did
    const int places = scene.world.places;
    const auto outcome = scene.rotate_once();
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_EQ(scene.world.accepted("old-value-1"), nullptr);
    EXPECT_NE(scene.world.accepted(scene.world.value_in("/apps/shop/.env")), nullptr);
    EXPECT_GT(scene.world.places, places);
    EXPECT_TRUE(scene.journal.kept.empty());
  }
}

TEST(Engine, AForeignSecretInTheSlotParksByNameAndTheRunGoesOnWhenItIsRevoked) {
  Scene scene(ends_old());
  run_until(scene, "consumer_reloaded");
  end_staged_from_outside(scene);
  FakeIssuer issuer(scene.world, scene.journal);
  ASSERT_TRUE(issuer.stage("-", "by hand", std::nullopt));
  const auto parked = scene.rotate_once();
  ASSERT_TRUE(parked) << parked.error().detail;
  EXPECT_EQ(parked->ending, Ending::kParked);
  EXPECT_NE(parked->message.find("by hand"), std::string::npos) << parked->message;
  EXPECT_EQ(scene.world.value_in("/apps/shop/.env"), "old-value-1");
  ASSERT_TRUE(issuer.revoke("sec_3", "not needed"));
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
}

TEST(Engine, ASecretThatBecameActiveBesideTheRunIsNeverEndedByIt) {
  Scene scene(with_overlap(base::Days{7}));
  run_until(scene, "secret_staged");
  end_staged_from_outside(scene);
  FakeIssuer issuer(scene.world, scene.journal);
  const auto foreign = issuer.stage("-", "by hand", std::nullopt);
  ASSERT_TRUE(foreign);
  scene.world.secrets.back().facts.state = SecretState::kActive;
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("--abandon"), std::string::npos) << outcome->message;
  EXPECT_EQ(scene.world.secrets.back().facts.state, SecretState::kActive);
}

TEST(Engine, AForeignValueIsKeptWhileRollingBack) {
  Scene scene(ends_old());
  run_until(scene, "consumer_reloaded");
  end_staged_from_outside(scene);
  scene.world.clients[0].is_declared = false;  // its owner broke it
  scene.world.files.content["/apps/shop/.env"] = "CLIENT_SECRET=somebody-elses\n";
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("nothing was overwritten"), std::string::npos);
  EXPECT_EQ(scene.world.files.content["/apps/shop/.env"], "CLIENT_SECRET=somebody-elses\n");
  EXPECT_FALSE(scene.journal.kept.empty());
}

TEST(Engine, EveryPathOfAnInventoryIsWholeAndTheSameHoweverItIsNamed) {
  Scene scene(ends_old());
  const std::string here = std::filesystem::current_path().string();
  const std::string text = R"(version: 1
issuer: {kind: rekey, credential: admin.json}
integration: {client_id: abcdefghijklmnopqrstuvwx}
consumers:
  - name: shop
    sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}
    reload: {command: [./reload.sh]}
    seen_as: {user_agent: "shop/*"}
    interval: 20m
)";
  for (const std::string& name : {std::string("rekey.yaml"), std::string("./x/../rekey.yaml"),
                                  here + "/rekey.yaml", here + "/./rekey.yaml"}) {
    SCOPED_TRACE(name);
    scene.world.files.content[name] = text;
    const auto inventory = load_inventory(name, scene.parts);
    ASSERT_TRUE(inventory) << inventory.error().detail;
    EXPECT_EQ(inventory->path, here + "/rekey.yaml");
    EXPECT_EQ(inventory->issuer.text("credential"), here + "/admin.json");
    EXPECT_EQ(inventory->state_folder, here + "/.rekey");
    EXPECT_EQ(inventory->consumers[0].sinks.front().text("path"), here + "/shop/.env");
    EXPECT_EQ(inventory->consumers[0].reload.command.front(), here + "/reload.sh");
  }
}

TEST(Engine, ItTellsEveryEventAndWhatItWaitsFor) {
  Scene scene(ends_old());
  ASSERT_TRUE(scene.rotate_once());
  EXPECT_EQ(scene.reporter.notices.size(), scene.journal.runs.begin()->second.size());
  EXPECT_EQ(scene.reporter.notices.back().event, "run_closed");
  const bool has_settle =
      std::any_of(scene.reporter.waits.begin(), scene.reporter.waits.end(), [](const Progress& p) {
        return describe(p) == "waiting for the settle time of sec_2, 1s of 3s";
      });
  EXPECT_TRUE(has_settle);
  for (const RunNotice& notice : scene.reporter.notices) {
    EXPECT_EQ(to_json_line(notice).find("value-"), std::string::npos) << to_json_line(notice);
  }
}

TEST(Engine, WhatAPersonParkedStaysSoUntilSomebodyResumesIt) {
  Scene scene(ends_old());
  scene.inventory.approvals = 1;
  scene.parts.person = "ann";
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kParked);
  auto& events = scene.journal.runs.begin()->second;
  const std::string run_id = scene.journal.runs.begin()->first;
  const auto tell = [&](EventBody body) {
    ASSERT_TRUE(scene.journal.append(run_id, static_cast<std::int64_t>(events.size()),
                                     {{scene.world.now(), std::move(body)}}, {}));
  };
  tell(RunApproved{"omar", "change 1", digest_of(fold(events))});
  tell(RunParked{"the shop is closed", false, false, "omar"});
  const auto count = events.size();
  const auto stopped = scene.rotate_once();
  ASSERT_TRUE(stopped) << stopped.error().detail;
  EXPECT_EQ(stopped->ending, Ending::kParked);
  EXPECT_NE(stopped->message.find("parked by omar: the shop is closed"), std::string::npos);
  EXPECT_EQ(events.size(), count) << "nothing was written, and nothing done";
  const auto outcome = resume_in(scene.inventory, scene.journal, scene.parts, scene.reporter);
  scene.expect_good_end(outcome);
}

TEST(Engine, ApprovalsThatAreTakenOutOfTheInventoryAreStillAskedForByTheOpenRun) {
  Scene scene(ends_old());
  scene.inventory.approvals = 1;
  scene.parts.person = "ann";
  ASSERT_EQ(scene.rotate_once()->ending, Ending::kParked);
  scene.inventory.approvals = 0;
  const auto outcome = scene.rotate_once();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_NE(outcome->message.find("approval of a second person"), std::string::npos);
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
  scene.inventory.approvals = 2;
  scene.parts.person = "bob";
  EXPECT_EQ(scene.rotate_once()->ending, Ending::kParked);
  const auto& events = scene.journal.runs.begin()->second;
  const auto declared = std::find_if(events.begin(), events.end(), [](const RunEvent& event) {
    return std::holds_alternative<RulesDeclared>(event.body);
  });
  ASSERT_NE(declared, events.end());
  EXPECT_EQ(std::get<RulesDeclared>(declared->body).by, "bob");
  EXPECT_EQ(fold(events).plan.rules.approvals, 2);
}

TEST(Engine, ARunOfAnotherIssuerAsksNobodyAndGoesOnWhenItIsPutBack) {
  Scene scene(ends_old());
  scene.inventory.issuer = {"rekey", {{"server", "https://one.example"}}, "https://one.example"};
  kill_at(scene, 20);
  const auto events = scene.journal.runs.begin()->second.size();
  const int places = scene.world.places;
  scene.inventory.issuer = {"rekey", {{"server", "https://two.example"}}, "https://two.example"};
  for (const auto& refused :
       {scene.rotate_once(), resume_in(scene.inventory, scene.journal, scene.parts, scene.reporter),
        abandon_in(scene.inventory, scene.journal, {"ann", "why"}, scene.parts, scene.reporter)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kRefused);
    EXPECT_NE(refused.error().detail.find("https://one.example"), std::string::npos);
  }
  EXPECT_EQ(scene.journal.runs.begin()->second.size(), events);
  EXPECT_EQ(scene.world.places, places) << "nobody was asked";
  scene.inventory.issuer = {"rekey", {{"server", "https://one.example"}}, "https://one.example"};
  scene.expect_good_end(scene.rotate_to_the_end());
}

TEST(Engine, NothingIsBegunWhereARunWasToGoOn) {
  Scene scene(ends_old());
  const auto outcome = resume_in(scene.inventory, scene.journal, scene.parts, scene.reporter);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, base::Code::kNotFound);
  EXPECT_TRUE(scene.journal.runs.empty());
}

TEST(Engine, WhoBeginsARunIsNotTheOnlyOneWhoMayApproveIt) {
  Scene scene(ends_old());
  scene.parts.person = "ann";
  scene.inventory.approvals = 1;
  scene.inventory.approvers = {"ann"};
  const auto refused = scene.rotate_once();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("let somebody else begin it"), std::string::npos)
      << refused.error().detail;
  EXPECT_EQ(scene.world.secrets.size(), 1u) << "nothing was staged";
  scene.inventory.approvers = {"ann", "bob"};
  EXPECT_TRUE(scene.rotate_once());
}

// With --yes nobody is shown the plan before the run begins.
TEST(Engine, TellsWhatThePlanWarnsOfWhereNobodyWasShownIt) {
  const auto warnings_of = [](const std::string& shown_plan) {
    Scene scene(ends_old());
    scene.world.add_client("cron", true, false);
    scene.world.sleep_for(seconds{3});
    scene.parts.shown_plan = shown_plan;
    kill_after(scene, [](const RunNotice& notice) { return notice.event == "secret_staged"; });
    std::vector<std::string> warnings;
    for (const RunNotice& notice : scene.reporter.notices) {
      if (notice.event == "plan_warning") warnings.push_back(notice.message);
    }
    const auto& events = scene.journal.runs.begin()->second;
    const auto accepted = std::find_if(events.begin(), events.end(), [](const RunEvent& event) {
      return std::holds_alternative<PlanAccepted>(event.body);
    });
    return std::pair(warnings, std::get<PlanAccepted>(accepted->body).plan_digest);
  };
  const auto [told, digest] = warnings_of("");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told.front().find("warning: nobody here claims"), std::string::npos) << told.front();
  EXPECT_NE(told.front().find("cron/1.0"), std::string::npos) << told.front();
  EXPECT_TRUE(warnings_of(digest).first.empty()) << "who was shown the plan has read them";
}

}  // namespace
}  // namespace rekey::rotation

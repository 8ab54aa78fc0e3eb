// Whole runs against Marketing Cloud's rules, with people who do the right thing, or something
// else.
#include "rotation/issuers/marketing_cloud.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rotation/issuers/setup_scene_test_support.h"

namespace rekey::rotation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class MarketingCloud : public fakes::SetupScene {};

TEST_F(MarketingCloud, APersonAtEachStepLeadsToTheEnd) {
  const std::string old = setup_.active();
  will_generate();
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_NE(waiting.message.find("per-call"), std::string::npos) << waiting.message;
  EXPECT_EQ(waiting.message.find("at-start"), std::string::npos) << "its restart was evidence";
  expect_everybody_works();
  EXPECT_TRUE(setup_.accepts(old));
  EXPECT_EQ(setup_.last_account(), "500000002");
  ASSERT_TRUE(attest("per-call"));
  will_activate();
  const Outcome done = run();
  EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
  expect_everybody_works();
  EXPECT_FALSE(setup_.accepts(old));
  EXPECT_TRUE(listener_.heard("omar attests that it uses the new secret"));
  // 180 days from the generation, not from the activation.
  const Inventory known = loaded();
  ASSERT_TRUE(known.expires_at);
  EXPECT_EQ(base::format_instant(*known.expires_at), "2027-05-23T09:00:00Z");
}

TEST_F(MarketingCloud, AFormIsFilledInByAPersonWhoseWordIsAllThatThereIs) {
  more_consumers_ =
      "- name: crm\n  sink: {kind: manual, where: Settings, field: Client Secret}\n"
      "  seen_as: {user_agent: crm}\n  interval: 20m\n  reload: per_call\n";
  will_generate();
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_NE(waiting.message.find("`rekey run value crm`"), std::string::npos) << waiting.message;
  EXPECT_EQ(administrator_.cards.back().title, "Put the new client secret of crm into its form");
  EngineParts parts = parts_of("omar");
  for (const std::string other : {"per-call", "nobody"}) {
    EXPECT_FALSE(hand_out(loaded(), other, "omar", "descriptor", parts)) << other;
  }
  const auto value = hand_out(loaded(), "crm", "omar", "descriptor", parts);
  ASSERT_TRUE(value) << value.error().detail;
  EXPECT_EQ(value->reveal(), held_by("per-call"));
  ASSERT_TRUE(attest("per-call"));
  ASSERT_TRUE(attest("crm"));
  will_activate();
  const Outcome done = run();
  EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
  EXPECT_TRUE(
      listener_.heard("crm: omar attests that it was put there by hand and is used; "
                      "nothing but this word says so"));
  EXPECT_EQ(hand_out(loaded(), "crm", "omar", "descriptor", parts).error().code,
            base::Code::kNotFound);
}

TEST_F(MarketingCloud, TheCardsNameThePackageAndWhenToStop) {
  run();
  ASSERT_EQ(administrator_.cards.size(), 1u);
  const Card& card = administrator_.cards.front();
  EXPECT_FALSE(card.stops.empty() || card.way_back.empty());
  std::string text = card.title + card.why;
  for (const auto& [name, value] : card.facts) text += name + value;
  for (const std::string& step : card.steps) text += step;
  for (const std::string_view part :
       {"Installed Packages", "Order sync", "abcdefghijklmnopqrstuvwx", "500000002",
        "after 5 minutes", "lives 180 days", "Staged Secret", "run-20261124-"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(MarketingCloud, WhoIsAskedForAValueIsToldForWhichRunAndWhatItLooksLike) {
  run();
  ASSERT_EQ(administrator_.requests.size(), 1u);
  const ValueRequest& request = administrator_.requests.front();
  EXPECT_EQ(request.client_id, fakes::SetupFake::kClientId);
  EXPECT_EQ(request.run_id,
            peek_open_run(files_, loaded().state_folder, request.client_id, "-").value()->run_id);
  EXPECT_EQ(request.lengths, std::vector<std::size_t>{64});
  EXPECT_EQ(request.characters, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
}

TEST_F(MarketingCloud, WhatCannotBeTheNewSecretIsNotTakenAndSaidWhy) {
  administrator_.values.emplace_back([this] { return setup_.active(); });
  administrator_.values.emplace_back([this] { return setup_.generate().substr(0, 50); });
  administrator_.values.emplace_back([] { return std::string(fakes::SetupFake::kClientId); });
  administrator_.values.emplace_back([this] { return setup_.generate().substr(0, 63) + "!"; });
  will_generate();
  run();
  ASSERT_EQ(administrator_.refusals.size(), 4u);
  EXPECT_NE(administrator_.refusals[0].find("that is the present secret"), std::string::npos);
  EXPECT_NE(administrator_.refusals[1].find("has 50 characters"), std::string::npos);
  EXPECT_NE(administrator_.refusals[2].find("client id"), std::string::npos);
  EXPECT_NE(administrator_.refusals[3].find("character 64"), std::string::npos);
  for (const std::string& refusal : administrator_.refusals) {
    EXPECT_EQ(refusal.find("canary"), std::string::npos) << refusal;
  }
  EXPECT_TRUE(attest("per-call"));
}

TEST_F(MarketingCloud, AValueOfAnotherPackageIsToldApartAndAskedForAgain) {
  administrator_.values.emplace_back([this] {
    static_cast<void>(setup_.generate());
    return setup_.value_of_another_package();
  });
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_TRUE(listener_.heard("generated in another package")) << waiting.message;
  expect_everybody_works();
  will_generate();
  run();
  EXPECT_TRUE(attest("per-call")) << "the right one has been moved everywhere";
  expect_everybody_works();
}

TEST_F(MarketingCloud, AStagedSecretThatSomebodyReplacedIsTakenOutOfEverySinkAgain) {
  will_generate();
  run();
  static_cast<void>(setup_.generate());
  clock_.advance(minutes{10});
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_TRUE(listener_.heard("somebody generated again"));
  EXPECT_EQ(held_by("per-call"), setup_.active());
  EXPECT_EQ(held_by("at-start"), setup_.active());
}

TEST_F(MarketingCloud, AnActivationBeforeEverybodyMovedIsNoticedAndTheRestMovedAtOnce) {
  // Activated while nobody has the new secret yet: the moment it can be, before the engine looks.
  will_generate();
  administrator_.values.front() = [this] {
    const std::string value = setup_.generate();
    setup_.activate();
    return value;
  };
  const Outcome done = run();
  EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
  EXPECT_TRUE(listener_.heard("somebody activated"));
  expect_everybody_works();
}

TEST_F(MarketingCloud, AnActivationWhileAnAttestationIsAwaitedIsNoticed) {
  will_generate();
  run();
  setup_.activate();
  const Outcome done = run();
  EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
  EXPECT_TRUE(listener_.heard("somebody activated"));
  expect_everybody_works();
}

TEST_F(MarketingCloud, ALookBetweenTwoRunsChangesNothingWhereNobodyActed) {
  EXPECT_FALSE(look()) << "no run is open";
  run();
  EXPECT_FALSE(look()) << "nothing is staged";
  will_generate();
  run();
  const auto before = peek_open_run(files_, loaded().state_folder, loaded().client_id, "-").value();
  const int asked = setup_.asked();
  EXPECT_FALSE(look());
  EXPECT_EQ(setup_.asked() - asked, 2) << "the old value and the staged one, once each";
  const auto after = peek_open_run(files_, loaded().state_folder, loaded().client_id, "-").value();
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->last_event_at, before->last_event_at);
}

TEST_F(MarketingCloud, ALookNoticesAnActivationThatComesTooEarlyAndSaysWhomItCutsOff) {
  will_generate();
  run();
  setup_.activate();
  clock_.advance(minutes{7});
  const auto outcome = look();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  EXPECT_TRUE(listener_.heard("somebody activated"));
  const Inventory inventory = loaded();
  const auto last =
      peek_last_rotation(files_, inventory.state_folder, inventory.client_id, inventory.slot);
  ASSERT_TRUE(last && *last && (*last)->early_cut);
  EXPECT_EQ((*last)->early_cut->consumers, std::vector<std::string>{"per-call"});
  EXPECT_FALSE(look());
}

TEST_F(MarketingCloud, ALookNoticesTheActivationThatWasWaitedFor) {
  will_generate();
  run();
  ASSERT_TRUE(attest("per-call"));
  run();
  clock_.advance(hours{24});
  EXPECT_FALSE(look());
  setup_.activate();
  const auto outcome = look();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
  const Inventory inventory = loaded();
  const auto last =
      peek_last_rotation(files_, inventory.state_folder, inventory.client_id, inventory.slot);
  ASSERT_TRUE(last && *last);
  EXPECT_FALSE((*last)->early_cut) << "the gate had let the old secret go";
}

TEST_F(MarketingCloud, ALookNoticesThatNobodyGetsATokenAnyMore) {
  will_generate();
  run();
  clock_.advance(minutes{10});
  setup_.disable();
  const auto outcome = look();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->ending, Ending::kParked);
  EXPECT_TRUE(listener_.heard("both refused"));
}

TEST_F(MarketingCloud, WhereAnotherSecretWasGeneratedAndActivatedTheWayOutIsANewOne) {
  will_generate();
  run();
  static_cast<void>(setup_.generate());
  clock_.advance(minutes{10});
  setup_.activate();
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_TRUE(listener_.heard("both refused"));
  ASSERT_FALSE(administrator_.cards.empty());
  EXPECT_NE(administrator_.cards.back().why.find("NO KNOWN SECRET IS ACCEPTED"), std::string::npos);
  will_generate();
  run();
  expect_everybody_works();
}

TEST_F(MarketingCloud, AnApprovalHasToBeSomebodyElses) {
  more_ = "  approvals: 1\n";
  will_generate();
  run("anna");
  ASSERT_TRUE(attest("per-call"));
  const Outcome waiting = run("anna");
  EXPECT_NE(waiting.message.find("approval of a second person beside anna"), std::string::npos)
      << waiting.message;
  EXPECT_EQ(approve("anna").error().code, base::Code::kRefused);
  EXPECT_EQ(approve("omar", "another").error().code, base::Code::kConflict);
  ASSERT_TRUE(approve("omar"));
  will_activate();
  EXPECT_EQ(run("anna").ending, Ending::kClosed);
}

TEST_F(MarketingCloud, OnlyThoseWhoAreNamedMayApproveAndWhenTheyLike) {
  more_ = "  approvals: 1\n  approvers: [cleo]\n";
  run("anna");
  EXPECT_EQ(approve("omar").error().code, base::Code::kRefused);
  ASSERT_TRUE(approve("cleo")) << "nothing is staged yet";
  will_generate();
  run("anna");
  ASSERT_TRUE(attest("per-call"));
  will_activate();
  EXPECT_EQ(run("anna").ending, Ending::kClosed);
}

TEST_F(MarketingCloud, TheActivationWaitsForItsWindow) {
  more_ = "  window: wed 10:00-12:00\n";
  will_generate();
  run();
  ASSERT_TRUE(attest("per-call"));
  will_activate();
  const Outcome waiting = run();
  EXPECT_NE(waiting.message.find("2026-11-25T10:00:00Z"), std::string::npos) << waiting.message;
  clock_.set(base::parse_instant("2026-11-25T09:50:00Z").value());
  EXPECT_EQ(run().ending, Ending::kClosed);
  EXPECT_GE(clock_.now(), base::parse_instant("2026-11-25T10:00:00Z").value());
}

TEST_F(MarketingCloud, WhoWalksAwayFindsThePlaceAgainTheNextDay) {
  EXPECT_EQ(run().ending, Ending::kParked);
  clock_.advance(hours{24});
  will_generate();
  EXPECT_EQ(run().ending, Ending::kParked);
  ASSERT_TRUE(attest("per-call"));
  clock_.advance(hours{24});
  const Outcome waiting = run();
  EXPECT_NE(waiting.message.find("nobody is there to activate"), std::string::npos);
  clock_.advance(hours{24});
  will_activate();
  EXPECT_EQ(run().ending, Ending::kClosed);
}

TEST_F(MarketingCloud, AnActivationThatNobodyMakesIsGivenUpAfterAWhile) {
  will_generate();
  run();
  ASSERT_TRUE(attest("per-call"));
  administrator_.acts.emplace_back([] {});
  const int asked = setup_.asked();
  const Outcome waiting = run();
  EXPECT_NE(waiting.message.find("was not activated in 30m"), std::string::npos) << waiting.message;
  EXPECT_LT(setup_.asked() - asked, 100) << "the tries are few and spaced";
  expect_everybody_works();
}

TEST_F(MarketingCloud, AnAttestationBeforeTheWriteOrOfNobodyIsRefused) {
  run();
  EXPECT_EQ(attest("per-call").error().code, base::Code::kRefused);
  EXPECT_EQ(attest("nobody").error().code, base::Code::kInvalidArgument);
}

TEST_F(MarketingCloud, ARunThatIsGivenUpPutsTheSinksBackAndSaysWhatStays) {
  const std::string old = setup_.active();
  will_generate();
  run();
  EngineParts parts = parts_of("anna");
  const auto outcome = abandon(path_, {"anna", "wrong package"}, parts, listener_);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->ending, Ending::kAbandoned);
  EXPECT_NE(outcome->message.find("cannot be discarded"), std::string::npos) << outcome->message;
  EXPECT_EQ(held_by("per-call"), old);
  EXPECT_EQ(held_by("at-start"), old);
}

TEST_F(MarketingCloud, AValueOfAnEarlierRunIsNotTaken) {
  const std::string before = setup_.active();
  will_generate();
  run();
  ASSERT_TRUE(attest("per-call"));
  will_activate();
  ASSERT_EQ(run().ending, Ending::kClosed);
  clock_.advance(hours{1});
  administrator_.values.emplace_back([&] { return before; });
  run();
  ASSERT_FALSE(administrator_.refusals.empty());
  EXPECT_NE(administrator_.refusals.back().find("earlier rotation"), std::string::npos);
}

TEST_F(MarketingCloud, AFieldTooShortForTheNewSecretStopsThePlan) {
  write_inventory();
  std::string text = inventory();
  text.replace(text.find("interval: 20m"), 13, "interval: 20m\n  max_length: 50");
  static_cast<void>(files_.remove(path_));
  ASSERT_TRUE(files_.create(path_, text, 0600));
  EngineParts parts = parts_of("anna");
  const auto plan = plan_from_file(path_, parts);
  ASSERT_TRUE(plan) << plan.error().detail;
  ASSERT_EQ(plan->problems.size(), 1u);
  EXPECT_NE(plan->problems.front().find("holds 50 characters and a new secret has 64"),
            std::string::npos);
}

TEST_F(MarketingCloud, APlanThatMeetsTwoWorkingValuesSeesASecretThatIsNotItsOwn) {
  const std::string theirs = setup_.generate();
  clock_.advance(minutes{6});
  ASSERT_TRUE(files_.replace(file_of("per-call"), "SECRET=" + theirs + "\n", 0600));
  const auto outcome = try_run();
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().detail.find("consumers hold different secrets"), std::string::npos)
      << outcome.error().detail;
}

}  // namespace
}  // namespace rekey::rotation

// A refusal is told apart by what else was accepted, and nothing is done on a guess.
#include "rotation/issuers/marketing_cloud_refusal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rotation/issuers/setup_scene_test_support.h"

namespace rekey::rotation {
namespace {

using std::chrono::minutes;

constexpr std::string_view kUnknownClientText =
    "Invalid client ID. Use the client ID in Marketing Cloud Installed Packages.";

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

std::vector<Sibling> many(std::size_t count) {
  std::vector<Sibling> siblings;
  for (std::size_t i = 0; i < count; ++i) {
    siblings.push_back({"P" + std::to_string(i), "c" + std::to_string(i), "marketing-cloud", ""});
  }
  return siblings;
}

TEST(FindOwner, AsksUntilOneAccepts) {
  const Owner owner = find_owner(many(5), [](const Sibling& sibling) {
    return ProbeResult{sibling.name == "P2" ? ProbeAnswer::kAccepted : ProbeAnswer::kRefused, ""};
  });
  ASSERT_TRUE(owner.found);
  EXPECT_EQ(owner.found->name, "P2");
  EXPECT_EQ(owner.asked, 2u);
}

TEST(FindOwner, AsksAFewAndSaysHowManyItLeftOut) {
  const Owner owner = find_owner(many(kMostSiblingsAsked + 7), [](const Sibling&) {
    return ProbeResult{ProbeAnswer::kRefused, ""};
  });
  EXPECT_FALSE(owner.found);
  EXPECT_EQ(owner.asked, kMostSiblingsAsked);
  EXPECT_EQ(owner.left_out, 7u);
}

TEST(FindOwner, AnAnswerThatSaysNothingEndsIt) {
  int asked = 0;
  const Owner limited = find_owner(many(4), [&](const Sibling&) {
    return ProbeResult{++asked == 2 ? ProbeAnswer::kUnclear : ProbeAnswer::kRefused, ""};
  });
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(limited.asked, 1u);
  EXPECT_EQ(limited.left_out, 3u);
  const Owner away = find_owner(many(4), [](const Sibling&) -> base::Result<ProbeResult> {
    return base::fail(base::Code::kUnavailable, "nobody there");
  });
  EXPECT_EQ(away.left_out, 4u);
}

TEST(FindOwner, AClientThatMayNotAskHereIsPassedOver) {
  const Owner owner = find_owner(many(3), [&](const Sibling& sibling) {
    if (sibling.name == "P2") return ProbeResult{ProbeAnswer::kAccepted, ""};
    return ProbeResult{ProbeAnswer::kUnclear, "", ToldCause::kGrantNotAllowed};
  });
  ASSERT_TRUE(owner.found);
  EXPECT_EQ(owner.found->name, "P2");
}

TEST(SiblingsAt, AreThoseOfTheSameTenant) {
  std::vector<Sibling> siblings = many(4);
  siblings[0].issuer_location = "https://mc1.auth.marketingcloudapis.com";
  siblings[1].issuer_location = "https://mc2.auth.marketingcloudapis.com/";
  siblings[2].issuer_location = "https://MC1.auth.marketingcloudapis.com/";
  siblings[3].issuer_location = "http://127.0.0.1:8080/";
  const auto found = siblings_at("https://mc1.auth.marketingcloudapis.com/", siblings);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name + found[1].name, "P0P2");
  EXPECT_TRUE(siblings_at("http://127.0.0.1:8081/", siblings).empty());
}

TEST(StagedRefusal, AValueShorterThanOneCanBeIsFirstOfAllIncomplete) {
  const std::string cut = explain(StagedRefusal{"Order sync", "status 401", false, 24, 64, {}});
  expect_parts(cut, {"order: the copy was incomplete (it has 24 characters"});
  const std::string whole = explain(StagedRefusal{"Order sync", "status 401", false, 64, 64, {}});
  expect_parts(whole, {"order: it was generated in another package or tenant; somebody"});
  EXPECT_EQ(whole.find("incomplete"), std::string::npos) << whole;
}

TEST(StagedRefusal, OthersThatRefuseItMakeThemLessLikely) {
  const std::string text =
      explain(StagedRefusal{"Order sync", "status 401", false, 64, 64, {{}, 3, 2}});
  expect_parts(text, {"and 3 other packages of the inventory refuse it too, 2 more were not asked",
                      "order: somebody generated again",
                      "in another package than those, or in another tenant"});
}

TEST(ClientRefusal, SaysWhatThePersonHasToMend) {
  ClientRefusal refusal{ToldCause::kUnknownClient, "Order sync", "abc", "mc1", "status 401"};
  expect_parts(explain(refusal), {"mc1 knows no client id abc", "Order sync was deleted"});
  refusal.cause = ToldCause::kLegacyPackage;
  expect_parts(explain(refusal), {"Order sync (abc) is a legacy package"});
  refusal.cause = ToldCause::kGrantNotAllowed;
  expect_parts(explain(refusal), {"not of the type Server-to-Server"});
}

class MarketingCloudRefusal : public fakes::SetupScene {
 protected:
  void expect_nothing_ended() {
    EXPECT_FALSE(listener_.heard("is gone"));
    expect_everybody_works();
  }
  // What a driver made anew says, which knows the present secret and `value` as staged.
  base::Result<std::vector<IssuedSecret>> list_with(const std::string& value,
                                                    base::Duration settled_for) {
    auto issuer = drivers_.issuer_reader(loaded()).value();
    Memory memory;
    memory.secrets.push_back({"", "", base::Secret(setup_.active()), {}, {}});
    memory.secrets.push_back({"mce-1", "run-1", base::Secret(value), clock_.now() - settled_for,
                              clock_.now() + base::Days{180}});
    issuer->remember(std::move(memory));
    return issuer->list_secrets();
  }
};

TEST_F(MarketingCloudRefusal, AValueOfAnotherPackageOfTheInventoryIsToldByItsName) {
  const std::string news = add_package("Newsletter", 'n');
  const std::string loyalty = add_package("Loyalty", 'l');
  add_package("Never asked", 'z');
  administrator_.values.emplace_back([&] { return setup_.generate_in(loyalty); });
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_TRUE(listener_.heard("it is a secret of Loyalty (" + loyalty + ")"));
  EXPECT_TRUE(listener_.heard("and not of Order sync, which refuses it"));
  EXPECT_TRUE(listener_.heard("`rekey rotate -i " + loyalty + "`"));
  EXPECT_EQ(setup_.asked_elsewhere(), (std::vector<std::string>{news, loyalty}));
  EXPECT_EQ(held_by("per-call"), setup_.active()) << "it was written nowhere";
  will_generate();
  run();
  EXPECT_TRUE(attest("per-call")) << "the right one has been moved everywhere";
  expect_everybody_works();
  EXPECT_EQ(setup_.asked_elsewhere().size(), 2u);
}

TEST_F(MarketingCloudRefusal, WithNothingAcceptedAValueOfAnotherPackageIsToldTooAndSoFoundSooner) {
  const std::string loyalty = add_package("Loyalty", 'l');
  static_cast<void>(setup_.generate());
  clock_.advance(minutes{10});
  setup_.activate();
  administrator_.values.emplace_back([&] { return setup_.generate_in(loyalty); });
  EXPECT_EQ(run().ending, Ending::kParked);
  EXPECT_TRUE(listener_.heard("it is a secret of Loyalty"));
}

TEST_F(MarketingCloudRefusal, OtherPackagesAreAskedOnceAboutOneStagedSecret) {
  add_package("Newsletter", 'n');
  add_package("Loyalty", 'l');
  write_inventory();
  for (int time = 0; time < 2; ++time) {
    const auto secrets = list_with(setup_.value_of_another_package(), minutes{10});
    ASSERT_TRUE(secrets) << secrets.error().detail;
    expect_parts(secrets->back().note, {"2 other packages of the inventory refuse it too"});
    EXPECT_EQ(setup_.asked_elsewhere().size(), 2u);
  }
}

TEST_F(MarketingCloudRefusal, NobodyElseIsAskedAboutASecretThatMaySettleYet) {
  add_package("Newsletter", 'n');
  write_inventory();
  for (const base::Duration settled_for : {base::Duration{-minutes{1}}, base::Duration{1}}) {
    const auto secrets = list_with(setup_.value_of_another_package(), settled_for);
    ASSERT_TRUE(secrets) << secrets.error().detail;
    EXPECT_EQ(secrets->back().state, SecretState::kSettling);
  }
  EXPECT_TRUE(setup_.asked_elsewhere().empty());
}

TEST_F(MarketingCloudRefusal, WhatOthersDoNotSayChangesNothing) {
  add_package("Newsletter", 'n');
  add_package("Loyalty", 'l');
  write_inventory();
  setup_.answer_others_with(429);
  const auto secrets = list_with(setup_.value_of_another_package(), minutes{10});
  ASSERT_TRUE(secrets) << secrets.error().detail;
  EXPECT_EQ(secrets->back().state, SecretState::kEnded);
  expect_parts(secrets->back().note, {"it was generated in another package or tenant"});
  EXPECT_EQ(setup_.asked_elsewhere().size(), 1u) << "who is asked too often is left alone";
}

TEST_F(MarketingCloudRefusal, WhatHasWorkedBeforeWasReplacedAndIsNobodyElses) {
  add_package("Newsletter", 'n');
  will_generate();
  run();
  static_cast<void>(setup_.generate());
  clock_.advance(minutes{10});
  run();
  EXPECT_TRUE(listener_.heard("It was accepted before, so it was the right one: somebody"));
  EXPECT_TRUE(setup_.asked_elsewhere().empty());
}

TEST_F(MarketingCloudRefusal, ABusinessUnitThatIsNotEnabledIsNoReasonToMoveAnybody) {
  will_generate();
  run();
  const std::string held = held_by("per-call");
  setup_.close_units();
  clock_.advance(minutes{10});
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  expect_parts(waiting.message, {"business unit 500000002 is not enabled for Order sync",
                                 "with the present secret", "Access tab"});
  expect_nothing_ended();
  EXPECT_EQ(held_by("per-call"), held);
  setup_.open_units();
  ASSERT_TRUE(attest("per-call"));
  will_activate();
  EXPECT_EQ(run().ending, Ending::kClosed);
}

TEST_F(MarketingCloudRefusal, NoRunIsBegunWhereTheBusinessUnitIsNotEnabled) {
  setup_.close_units();
  const auto outcome = try_run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, base::Code::kNeedsPerson);
  expect_parts(outcome.error().detail, {"business unit 500000002 is not enabled"});
  EXPECT_TRUE(administrator_.cards.empty());
}

TEST_F(MarketingCloudRefusal, AnActivationIsSeenThroughABusinessUnitThatIsNotEnabled) {
  will_generate();
  run();
  clock_.advance(minutes{10});
  setup_.activate();
  setup_.close_units();
  const Outcome waiting = run();
  expect_parts(waiting.message, {"with the staged secret", "that one has ended"});
}

TEST_F(MarketingCloudRefusal, AnActivationThatIsWaitedForIsNotTakenForABusinessUnit) {
  will_generate();
  run();
  ASSERT_TRUE(attest("per-call"));
  administrator_.acts.emplace_back([this] { setup_.close_units(); });
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  expect_parts(waiting.message, {"business unit 500000002 is not enabled for Order sync"});
  setup_.open_units();
  will_activate();
  EXPECT_EQ(run().ending, Ending::kClosed);
}

TEST_F(MarketingCloudRefusal, ALookSaysOnceThatTheBusinessUnitIsNotEnabled) {
  will_generate();
  run();
  setup_.close_units();
  clock_.advance(minutes{10});
  const auto outcome = look();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->ending, Ending::kParked);
  expect_parts(outcome->message, {"business unit 500000002 is not enabled"});
  clock_.advance(minutes{10});
  EXPECT_FALSE(look()) << "the run says it already";
  expect_nothing_ended();
}

TEST_F(MarketingCloudRefusal, WhatIsRefusedWithoutABusinessUnitTooHasAnotherCause) {
  will_generate();
  run();
  clock_.advance(minutes{10});
  setup_.disable();
  run();
  EXPECT_TRUE(listener_.heard("for business unit 500000002 and without one"));
  EXPECT_FALSE(listener_.heard("Access tab"));
}

TEST_F(MarketingCloudRefusal, APackageThatIsNotKnownAnyMoreIsNoReasonToMoveAnybody) {
  will_generate();
  run();
  const std::string held = held_by("per-call");
  clock_.advance(minutes{10});
  setup_.remove(std::string(kUnknownClientText));
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  expect_parts(waiting.message, {"knows no client id " + std::string(fakes::SetupFake::kClientId),
                                 "Order sync was deleted"});
  EXPECT_FALSE(listener_.heard("is gone"));
  EXPECT_EQ(held_by("per-call"), held);
}

}  // namespace
}  // namespace rekey::rotation

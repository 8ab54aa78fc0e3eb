// What a plan makes of places that hold the secret: covered, let be, or in its way.
#include "rotation/plan/plan_search.h"

#include <gtest/gtest.h>

#include "rotation/engine/fakes_test_support.h"
#include "rotation/plan/covered.h"
#include "rotation/plan/fake_search_test_support.h"

namespace rekey::rotation {
namespace {

using namespace fakes;
using std::chrono::minutes;

// Bytes of the file that the only consumer's sink is.
constexpr std::string_view kFile = "# shop\nCLIENT_SECRET=old-value-1\nOTHER=1\n";

FoundPlace in_file(std::string path, std::size_t begin, std::size_t end) {
  FoundPlace place;
  place.path = std::move(path);
  place.begin = begin;
  place.end = end;
  place.where = place.path + ":2";
  return place;
}
FoundPlace of_the_sink() {
  const std::size_t at = kFile.find("old-value-1");
  return in_file("/apps/shop/.env", at, at + 11);
}

struct Desk {
  World world{{minutes{5}, Duration{0}, true, 2, minutes{5}, minutes{5}}};
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  FakeIssuer issuer{world, journal};
  FakeSearch search;
  Inventory inventory;

  Desk() {
    inventory.client_id = "client";
    inventory.discovery.roots = {"/code"};
    world.add_client("shop", true);
    Consumer consumer;
    consumer.name = "shop";
    consumer.sinks = {file_spec(world.clients[0].path, "dotenv", "CLIENT_SECRET")};
    consumer.seen_as.user_agent = "shop/*";
    consumer.interval = minutes{1};
    inventory.consumers.push_back(consumer);
  }
  Plan plan() { return make_plan({inventory, issuer, drivers, world.now(), &search}).value(); }
};

TEST(PlanSearch, WhatConsumersHoldIsLookedForBelowTheRoots) {
  Desk desk;
  desk.search.report.places = {of_the_sink()};
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable()) << plan.problems.front();
  EXPECT_EQ(desk.search.asked, std::vector<std::vector<std::string>>{{"/code"}});
  EXPECT_EQ(desk.search.looked_for, std::vector<std::string>{"old-value-1"});
  ASSERT_TRUE(plan.search);
  EXPECT_TRUE(plan.search->uncovered.empty());
}

TEST(PlanSearch, AnUncoveredPlaceIsAProblemThatNamesIt) {
  Desk desk;
  desk.search.report.places = {of_the_sink(), in_file("/code/k8s.yaml", 30, 46)};
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_NE(plan.problems.front().find("/code/k8s.yaml:2 holds the secret"), std::string::npos);
  EXPECT_NE(render_text(plan).find("1 that no consumer covers"), std::string::npos);
}

TEST(PlanSearch, OfManyPlacesTheFirstAreToldAndTheRestCounted) {
  Desk desk;
  for (int i = 0; i < 25; ++i) {
    desk.search.report.places.push_back(in_file(fmt::format("/code/{:02}", i), 0, 9));
  }
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 11u);
  EXPECT_NE(plan.problems.back().find("15 places more"), std::string::npos);
}

TEST(PlanSearch, AnotherPlaceOfTheSameFileIsNotTheSinks) {
  Desk desk;
  const FoundPlace sink = of_the_sink();
  FoundPlace member = sink;
  member.is_file = false;  // of an archive of that name
  for (const FoundPlace& place :
       {in_file(sink.path, 0, 5), in_file(sink.path, sink.begin, sink.end + 9), member}) {
    desk.search.report.places = {place};
    EXPECT_EQ(desk.plan().problems.size(), 1u);
  }
}

TEST(PlanSearch, APlaceThatSomebodyAnswersForIsPartOfWhatIsApproved) {
  Desk desk;
  desk.search.report.places = {of_the_sink()};
  const std::string before = desk.plan().digest;
  desk.inventory.discovery.not_consumers = {{"/code/docs", "R. Meyer", "the manual's example"},
                                            {"/code/old", "R. Meyer", "an archive"}};
  EXPECT_EQ(desk.plan().digest, before) << "nothing was found there";
  const auto& warnings = desk.plan().warnings;
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings.back().find("/code/old of not_consumers lets nothing be for this integration: "
                                 "nothing is there; mend its path, or take the entry out, unless "
                                 "another integration needs it"),
            std::string::npos);
  desk.search.report.places.push_back(in_file("/code/docs/a.env", 0, 11));
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable());
  EXPECT_NE(plan.digest, before);
  EXPECT_EQ(plan.warnings.size(), 1u);
  ASSERT_EQ(plan.rules.not_consumers.size(), 1u);
  EXPECT_EQ(plan.rules.not_consumers[0].path, "/code/docs");
  EXPECT_NE(render_text(plan).find("R. Meyer answers for it (the manual's example)"),
            std::string::npos);
  desk.search.report.places.back().path = "/code/docs-of-others/a.env";
  EXPECT_FALSE(desk.plan().is_runnable());
}

TEST(PlanSearch, WhatOnlyThePastOfARepositoryHoldsStopsNothing) {
  Desk desk;
  desk.search.report.places = {in_file("/code/.env", 0, 11)};
  desk.search.report.places[0].is_file = false;
  desk.search.report.places[0].is_exposed = true;
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable());
  EXPECT_EQ(plan.search->exposed.size(), 1u);
}

TEST(PlanSearch, WhatCouldNotBeReadIsAWarning) {
  Desk desk;
  desk.search.report.not_read = {"/code/a: Permission denied"};
  desk.search.report.not_read_count = 3;
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable());
  EXPECT_FALSE(plan.search->is_complete);
  EXPECT_NE(plan.warnings.back().find("/code/a: Permission denied; and 2 more"), std::string::npos)
      << plan.warnings.back();
}

TEST(PlanSearch, ARootThatIsNotThereIsAProblem) {
  Desk desk;
  desk.search.is_away = true;
  const Plan plan = desk.plan();
  ASSERT_EQ(plan.problems.size(), 1u);
  EXPECT_NE(plan.problems.front().find("/code: no such file; mend its roots"), std::string::npos);
}

TEST(PlanSearch, WhereNothingIsAcceptedAnyMoreAnUncoveredPlaceHoldsNobodyUp) {
  Desk desk;
  desk.world.clients[0].is_declared = false;  // it is cut off already
  desk.world.sleep_for(base::Days{181});
  desk.search.report.places = {in_file("/code/k8s.yaml", 0, 11)};
  const Plan plan = desk.plan();
  EXPECT_TRUE(plan.is_runnable()) << plan.problems.front();
  EXPECT_EQ(plan.search->uncovered.size(), 1u);
}

TEST(PlanSearch, WithoutRootsNobodyIsAskedAndThePlanSaysSo) {
  Desk desk;
  desk.inventory.discovery.roots.clear();
  const Plan plan = desk.plan();
  EXPECT_TRUE(desk.search.asked.empty());
  EXPECT_NE(render_text(plan).find("no roots are declared"), std::string::npos);
}

}  // namespace
}  // namespace rekey::rotation

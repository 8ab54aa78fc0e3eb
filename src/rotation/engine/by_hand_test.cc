// Whole runs with a consumer whose secret stands in a form: people who fill it in, or do not, or do
// it wrong.
#include "rotation/engine/by_hand.h"

#include <gtest/gtest.h>

#include "rotation/engine/engine.h"
#include "rotation/engine/fakes_test_support.h"
#include "rotation/sinks/manual.h"

namespace rekey::rotation {
namespace {

using namespace fakes;

const std::string kForm = "the form";  // what it holds is in World::elsewhere

struct Scene {
  World world;
  MemoryJournal journal{world};
  FakeDrivers drivers{world, journal};
  EngineParts parts{world, world.files, drivers};
  RecordingReporter reporter;
  Inventory inventory;

  explicit Scene(Duration overlap = {}) : world({seconds{3}, overlap, overlap == Duration{}, 3}) {
    inventory.client_id = "client";
    inventory.proof = {3, seconds{2}};
    world.add_client("shop", true);
    world.add_client("crm", true);
    world.clients[1].path = kForm;
    world.elsewhere[kForm] = "old-value-1";
    Consumer shop;
    shop.name = "shop";
    shop.sinks = {file_spec(world.clients[0].path, "dotenv", "CLIENT_SECRET")};
    Consumer crm;
    crm.name = "crm";
    crm.sinks = {make_spec(manual_sink().kind, {{"where", "Settings"}, {"field", "Secret"}})};
    crm.is_by_hand = true;
    // The form first: the run comes to it before anything else has moved.
    for (Consumer* one : {&crm, &shop}) {
      one->seen_as.user_agent = one->name + "/*";
      one->interval = seconds{2};
      inventory.consumers.push_back(*one);
    }
  }

  base::Result<Outcome> rotate_once() { return rotate_in(inventory, journal, parts, reporter); }
  base::Result<Outcome> give_up() {
    return abandon_in(inventory, journal, {"ann", "not today"}, parts, reporter);
  }
  // The open one, else the first: a kill right behind the end of a run begins another.
  std::string run_id() {
    return journal.find_open_run("", "").value().value_or(journal.runs.begin()->first);
  }
  RunState state() {
    RunState folded;
    for (const RunEvent& event : journal.runs[run_id()]) {
      folded = apply(std::move(folded), event);
    }
    return folded;
  }
  // What attest() does, over this journal.
  void attest() {
    ASSERT_TRUE(check_word(state(), "crm"));
    ASSERT_TRUE(journal.append(
        run_id(), static_cast<std::int64_t>(journal.runs[run_id()].size()),
        {{world.now(), ConsumerAttested{"crm", "omar", "saved", is_way_back(state())}}}, {}));
  }
  // Does what the card asks for, where one is open.
  void act() {
    if (journal.runs.empty()) return;
    const RunState now = state();
    const RunConsumer* task = find_hand_task(now);
    if (task == nullptr) return;
    ASSERT_TRUE(check_hand_out(now, "crm"));
    world.elsewhere[kForm] =
        journal.kept[is_way_back(now) ? task->present_values.front() : now.new_value];
    attest();
  }
  base::Result<Outcome> rotate_to_the_end() {
    for (int start = 0; start < 60; ++start) {
      try {
        auto outcome = rotate_once();
        if (!outcome || outcome->ending != Ending::kParked) return outcome;
        act();
      } catch (const Crash&) {
      }
      world.sleep_for(seconds{1});
    }
    return base::fail(Code::kTimeout, "the run does not end");
  }
  template <typename Event>
  [[nodiscard]] int count_of_crm() const {
    int count = 0;
    for (const RunEvent& event : journal.runs.begin()->second) {
      const auto* body = std::get_if<Event>(&event.body);
      if (body != nullptr && body->consumer == "crm") ++count;
    }
    return count;
  }
  void expect_good_end(const base::Result<Outcome>& outcome) {
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(outcome->ending, Ending::kClosed) << outcome->message;
    EXPECT_TRUE(world.broken.empty()) << world.broken.front();
    EXPECT_EQ(world.clients[0].refused + world.clients[1].refused, 0);
    EXPECT_EQ(world.accepted("old-value-1"), nullptr);
    EXPECT_NE(world.accepted(world.elsewhere[kForm]), nullptr);
  }
};

TEST(ByHand, TheRunWaitsForTheWordAndThenForTheIssuerToSeeTheNewSecretInUse) {
  for (const Duration overlap : {Duration{}, Duration{base::Days{7}}}) {
    Scene scene(overlap);
    const auto waiting = scene.rotate_once();
    ASSERT_TRUE(waiting) << waiting.error().detail;
    EXPECT_EQ(waiting->ending, Ending::kParked);
    EXPECT_TRUE(scene.state().parked->is_waiting);
    for (const std::string_view part : {"Settings, field Secret", "`rekey run card`",
                                        "`rekey run value crm`", "`rekey run attest crm"}) {
      EXPECT_NE(waiting->message.find(part), std::string::npos) << waiting->message;
    }
    // Nothing is activated whatever else happens: a start without the word only asks again.
    EXPECT_EQ(scene.rotate_once()->ending, Ending::kParked);
    scene.act();
    scene.expect_good_end(scene.rotate_once());
    // No event claims what nobody can know.
    EXPECT_EQ(scene.count_of_crm<SinkReadBack>(), 0);
    EXPECT_EQ(scene.count_of_crm<ConsumerProven>(), 0);
    EXPECT_EQ(scene.count_of_crm<SinkWritten>(), 1);
    for (const RunEvent& event : scene.journal.runs.begin()->second) {
      const auto* gate = std::get_if<GatePassed>(&event.body);
      if (gate == nullptr) continue;
      EXPECT_EQ(gate->verdicts.front().kind, VerdictKind::kSeenOnNew);
    }
  }
}

TEST(ByHand, KilledAtAnyPlaceItGoesOnAndBreaksNothing) {
  Scene calm;
  calm.expect_good_end(calm.rotate_to_the_end());
  ASSERT_GT(calm.world.places, 20);
  for (int place = 1; place <= calm.world.places; ++place) {
    Scene scene;
    scene.world.crash_at = {place};
    SCOPED_TRACE(place);
    scene.expect_good_end(scene.rotate_to_the_end());
  }
}

TEST(ByHand, AWordWithoutTheDeedKeepsTheGateShut) {
  Scene scene;
  ASSERT_TRUE(scene.rotate_once());
  scene.attest();
  const auto stuck = scene.rotate_once();
  ASSERT_TRUE(stuck) << stuck.error().detail;
  EXPECT_EQ(stuck->ending, Ending::kParked);
  EXPECT_NE(stuck->message.find("crm: "), std::string::npos) << stuck->message;
  EXPECT_NE(stuck->message.find("cannot be read back"), std::string::npos) << stuck->message;
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr);
  // The value can be taken out again, and the form mended.
  ASSERT_TRUE(check_hand_out(scene.state(), "crm"));
  scene.world.elsewhere[kForm] = scene.journal.kept[scene.state().new_value];
  scene.expect_good_end(scene.rotate_once());
}

TEST(ByHand, AFormThatWasTriedBeforeTheWordNeedNotBeSeenAgain) {
  Scene scene;
  ASSERT_TRUE(scene.rotate_once());
  scene.world.elsewhere[kForm] = scene.journal.kept[scene.state().new_value];
  scene.world.sleep_for(seconds{5});
  // A job of once a day: until it runs again, nothing more is seen of it.
  scene.world.clients.pop_back();
  scene.attest();
  const auto ended = scene.rotate_once();
  ASSERT_TRUE(ended) << ended.error().detail;
  EXPECT_EQ(ended->ending, Ending::kClosed) << ended->message;
}

TEST(ByHand, WhereTheOldSecretHasEndedTheCardSaysThatItIsUrgent) {
  Scene scene;
  scene.world.secrets[0].facts.state = SecretState::kEnded;
  ASSERT_TRUE(scene.rotate_once());
  const RunState state = scene.state();
  const RunConsumer* task = find_hand_task(state);
  ASSERT_NE(task, nullptr);
  const Card card = card_of_sink(state, *task, scene.drivers).value();
  EXPECT_EQ(card.why.find("IT IS URGENT"), 0u) << card.why;
  scene.act();
  EXPECT_EQ(scene.rotate_once()->ending, Ending::kClosed);
}

TEST(ByHand, ThatAFormIsFilledInIsNoWordOfTheRestartBehindIt) {
  Scene scene;
  scene.inventory.consumers[0].reload.reads_at_start = true;
  scene.inventory.consumers[0].reload.by_itself = ReloadForm::kPerson;
  ASSERT_TRUE(scene.rotate_once());
  scene.act();
  const auto waiting = scene.rotate_once();
  ASSERT_TRUE(waiting) << waiting.error().detail;
  EXPECT_EQ(waiting->ending, Ending::kParked);
  EXPECT_NE(waiting->message.find("restart it"), std::string::npos) << waiting->message;
  EXPECT_EQ(scene.count_of_crm<ConsumerReloaded>(), 0);
  scene.attest();
  scene.expect_good_end(scene.rotate_once());
}

TEST(ByHand, AMistypedValueIsNeverTakenForSilence) {
  Scene scene;
  ASSERT_TRUE(scene.rotate_once());
  scene.world.elsewhere[kForm] = "new-value-";
  scene.attest();
  const auto stuck = scene.rotate_once();
  ASSERT_TRUE(stuck) << stuck.error().detail;
  EXPECT_EQ(stuck->ending, Ending::kParked);
  EXPECT_NE(scene.world.accepted("old-value-1"), nullptr) << "nothing was activated";
}

TEST(ByHand, ARunThatIsGivenUpAsksForTheEarlierValue) {
  Scene scene;
  ASSERT_TRUE(scene.rotate_once());
  scene.act();
  ASSERT_NE(scene.world.elsewhere[kForm], "old-value-1");
  const auto waiting = scene.give_up();
  ASSERT_TRUE(waiting) << waiting.error().detail;
  EXPECT_EQ(waiting->ending, Ending::kParked);
  EXPECT_NE(waiting->message.find("the secret that crm had before"), std::string::npos)
      << waiting->message;
  const RunState rolling = scene.state();
  const Card card = card_of_sink(rolling, *find_hand_task(rolling), scene.drivers).value();
  EXPECT_EQ(card.title, "Put the earlier client secret of crm into its form");
  scene.act();
  EXPECT_EQ(scene.world.elsewhere[kForm], "old-value-1");
  const auto ended = scene.rotate_to_the_end();
  ASSERT_TRUE(ended) << ended.error().detail;
  EXPECT_EQ(ended->ending, Ending::kAbandoned) << ended->message;
  EXPECT_TRUE(scene.world.broken.empty());
  EXPECT_EQ(scene.world.accepted("new-value-2"), nullptr);
}

TEST(ByHand, AStagedSecretThatEndsWhileThePersonIsAwayIsTakenBackAndStagedAnew) {
  Scene scene;
  ASSERT_TRUE(scene.rotate_once());
  scene.world.secrets[1].facts.state = SecretState::kEnded;
  const auto waiting = scene.rotate_once();
  ASSERT_TRUE(waiting) << waiting.error().detail;
  EXPECT_TRUE(is_way_back(scene.state()));
  scene.expect_good_end(scene.rotate_to_the_end());
  EXPECT_EQ(scene.world.elsewhere[kForm], "new-value-3");
}

TEST(ByHand, ThePlanNamesThePersonsTaskAndMovesBeforeTheActivation) {
  Scene scene(base::Days{7});
  const auto plan = make_plan(
      {scene.inventory, *scene.drivers.issuer({}).value(), scene.drivers, scene.world.now()});
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_TRUE(plan->is_runnable()) << plan->problems.front();
  EXPECT_EQ(plan->order, Order::kPropagateFirst);
  EXPECT_NE(render_text(*plan).find("crm: a person puts it into Settings, field Secret by hand"),
            std::string::npos)
      << render_text(*plan);
}

TEST(ByHand, WhereNobodyHoldsThePresentValueNothingBegins) {
  Scene scene;
  scene.inventory.consumers.pop_back();
  const auto refused = scene.rotate_once();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("could neither be put back nor be proven dead"),
            std::string::npos)
      << refused.error().detail;
}

TEST(ByHand, NobodyIsAskedBeforeTheRunHasComeToTheForm) {
  Scene scene;
  ASSERT_TRUE(scene.rotate_once());
  RunState state = scene.state();
  state.consumers.front().touched = 0;
  EXPECT_EQ(find_hand_task(state), nullptr);
  EXPECT_EQ(check_word(state, "crm").error().code, Code::kRefused);
  EXPECT_EQ(check_hand_out(state, "crm").error().code, Code::kRefused);
  EXPECT_EQ(check_hand_out(state, "shop").error().code, Code::kRefused);
  EXPECT_EQ(check_hand_out(state, "nobody").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::rotation

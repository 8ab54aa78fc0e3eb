#include "rotation/report/explain.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "rotation/machine/action_text.h"

namespace rekey::rotation {
namespace {

using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant kNow = base::parse_instant("2026-11-24T09:00:00Z").value();  // a Tuesday

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

base::Fingerprint fingerprint(std::uint8_t byte) {
  base::Fingerprint made;
  made.digest.fill(byte);
  return made;
}

// A run of two consumers, told event by event.
struct Told {
  RunState state;
  Surroundings around{kNow, false, kNow + base::Days{3}};

  explicit Told(Order order = Order::kPropagateFirst, bool is_by_hand = false, int approvals = 0) {
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.order = order;
    plan.activation_ends_old = order == Order::kPropagateFirst;
    plan.outgoing = {"sec_1"};
    plan.proof = {1, base::Duration{}};
    plan.settle = minutes{5};
    plan.is_by_hand = is_by_hand;
    plan.rules.approvals = approvals;
    plan.requested_by = "ann";
    tell(plan);
    for (const char* name : {"shop", "crm"}) {
      Consumer consumer;
      consumer.name = name;
      consumer.seen_as.user_agent = name;
      consumer.interval = seconds{5};
      tell(ConsumerDeclared{consumer, {fingerprint(1)}});
    }
  }
  Told& tell(EventBody body) {
    state = apply(std::move(state), {kNow, std::move(body)});
    return *this;
  }
  Told& staged() {
    return tell(IntentRecorded{Effect::kStage, "run-1"})
        .tell(SecretStaged{"sec_2", fingerprint(2), kNow + base::Days{180}});
  }
  Told& proven() { return staged().tell(SecretSettled{}).tell(StagedValueProven{}); }
  Told& moved(const std::string& name) {
    return tell(IntentRecorded{Effect::kWrite, name})
        .tell(SinkWritten{name})
        .tell(SinkReadBack{name})
        .tell(ConsumerProven{name})
        .tell(ConsumerReloaded{name, kNow});
  }
  Told& activated(std::optional<Instant> old_ends_at) {
    return tell(IntentRecorded{Effect::kActivate, "sec_2"})
        .tell(SecretActivated{"sec_2", old_ends_at ? "sec_1" : "", old_ends_at});
  }
  Told& gate() { return proven().moved("shop").moved("crm").tell(GatePassed{{}, {}, kNow}); }
  [[nodiscard]] Explanation text() const { return explain(state, around); }
};

// A run in each of its phases, as it comes to them.
std::vector<std::pair<Phase, Told>> one_of_each_phase() {
  Told asked;
  asked.tell(IntentRecorded{Effect::kStage, "run-1"});
  Told activating;
  activating.gate().tell(IntentRecorded{Effect::kActivate, "sec_2"});
  Told retired;
  retired.gate().activated(std::nullopt).tell(OldValueRefused{fingerprint(1)});
  Told closed = retired;
  closed.tell(RunClosed{});
  Told back;
  back.proven().moved("shop").tell(AbandonRequested{"ann", "the wrong one"});
  return {{Phase::kPlanned, Told()},
          {Phase::kApproved, Told().tell(PlanAccepted{"ann", "digest"})},
          {Phase::kStaging, asked},
          {Phase::kStaged, Told().staged()},
          {Phase::kSettled, Told().proven()},
          {Phase::kPropagating, Told().proven().moved("shop")},
          {Phase::kObserving, Told().proven().moved("shop").moved("crm")},
          {Phase::kGate, Told().gate()},
          {Phase::kActivating, activating},
          {Phase::kActivated, Told(Order::kActivateFirst).proven().activated(kNow + base::Days{7})},
          {Phase::kRetiring, Told().gate().activated(std::nullopt).tell(OldSecretEnded{"lapsed"})},
          {Phase::kRetired, retired},
          {Phase::kRollingBack, back},
          {Phase::kClosed, closed}};
}

TEST(Explain, HasSomethingToSayInEveryPhase) {
  for (const auto& [phase, told] : one_of_each_phase()) {
    ASSERT_EQ(told.state.phase, phase) << name_of(phase);
    const Explanation text = told.text();
    EXPECT_FALSE(text.stands.empty()) << name_of(phase);
    EXPECT_FALSE(text.old_secret.empty()) << name_of(phase);
    const bool is_over = phase == Phase::kClosed;
    for (const std::string* part : {&text.waits_for, &text.unblocks, &text.next, &text.giving_up}) {
      EXPECT_EQ(part->empty(), is_over) << name_of(phase);
    }
  }
}

TEST(Explain, TheSameStandsWhileAnEngineWorksButNobodyIsAsked) {
  for (auto& [phase, told] : one_of_each_phase()) {
    const std::string still = told.text().stands;
    told.around.is_worked_on = true;
    EXPECT_EQ(told.text().stands, still) << name_of(phase);
    EXPECT_TRUE(told.text().unblocks.empty()) << name_of(phase);
  }
}

template <std::size_t... Index>
std::vector<Action> one_of_each_action(std::index_sequence<Index...>) {
  return {Action(std::in_place_index<Index>)...};
}

TEST(Explain, EveryActionAndEveryStepHasASentenceOfItsOwn) {
  const RunState state = Told().state;
  std::set<std::string> said;
  std::size_t silent = 0;
  for (const Action& action :
       one_of_each_action(std::make_index_sequence<std::variant_size_v<AnyAction>>())) {
    const std::string text = say_action(state, action);
    if (text.empty()) {
      EXPECT_TRUE(std::holds_alternative<Stop>(action)) << "action " << action.index();
      ++silent;
    }
    said.insert(text);
  }
  EXPECT_EQ(silent, 1u);
  EXPECT_EQ(said.size(), std::variant_size_v<AnyAction>);
  std::set<std::string> steps;
  for (int step = 0; step <= static_cast<int>(ConsumerStep::kRestoreProven); ++step) {
    const std::string text = say_step(static_cast<ConsumerStep>(step));
    EXPECT_FALSE(text.empty()) << step;
    steps.insert(text);
  }
  EXPECT_EQ(steps.size(), static_cast<std::size_t>(ConsumerStep::kRestoreProven) + 1);
}

// What an open run may wait for, and the words that must be said of it, and by whom it goes on.
struct Wait {
  const char* name;
  Told told;
  bool is_worked_on;
  std::vector<std::string> waits_for;
  std::vector<std::string> unblocks;
};

Told parked(Told told) {
  const Action action = next(told.state, kNow);
  const auto* park = std::get_if<Park>(&action);
  EXPECT_NE(park, nullptr);
  if (park != nullptr) told.tell(park->why);
  return told;
}

Told with_rules(Told told, const RunRules& rules) {
  return told.tell(RulesDeclared{rules});
}

std::vector<Wait> every_wait() {
  RunRules freeze;
  freeze.freezes = {parse_freeze("2026-11-20..2026-11-30").value()};
  RunRules window;
  window.window = parse_window("wed 22:00-23:00").value();
  RunRules two;
  two.approvals = 2;
  two.approvers = {"omar", "cleo"};
  RunRules waves;
  waves.waves = {{"canary", minutes{10}}, {"all", {}}};
  const auto gate = [](const RunRules& rules) {
    return with_rules(Told().gate(), rules).tell(GatePassed{{}, {}, kNow});
  };
  Told held = with_rules(Told(), waves);
  held.state.consumers[1].facts.wave = 1;
  held.proven().moved("shop");
  const Told asked = parked(gate(two));
  const std::string digest = digest_of(asked.state);
  Told hand(Order::kPropagateFirst, true);
  hand.proven().moved("shop").moved("crm");
  hand.tell(GatePassed{{}, {}, kNow}).tell(IntentRecorded{Effect::kActivate, "sec_2"});
  Told pressed = hand;
  pressed.tell(StepFailed{"activate", base::Code::kNeedsPerson, "press Activate", kNow});
  Told generating(Order::kPropagateFirst, true);
  generating.tell(IntentRecorded{Effect::kStage, "run-1"});
  return {
      {"a freeze before staging",
       parked(with_rules(Told(), freeze)),
       false,
       {"2026-11-20..2026-11-30", "2026-12-01T00:00:00Z"},
       {"2026-12-01T00:00:00Z"}},
      {"a freeze before the activation",
       parked(gate(freeze)),
       false,
       {"2026-12-01T00:00:00Z"},
       {"2026-12-01T00:00:00Z", "start `rekey rotate` then"}},
      {"the window",
       parked(gate(window)),
       false,
       {"wed 22:00-23:00", "opens at 2026-11-25T22:00:00Z"},
       {"opens at 2026-11-25T22:00:00Z"}},
      {"two approvals",
       asked,
       false,
       {"the approval of others beside ann for the activation: 0 of 2 are there"},
       {"--by omar --reason TEXT`, or --by cleo", "--plan " + digest}},
      {"the hold of a wave", held, true, {"wave canary is watched until 2026-11-24T09:10:00Z"}, {}},
      {"the hold of a wave, and nobody at work",
       held,
       false,
       {"nobody works on it now", "wave canary is watched until 2026-11-24T09:10:00Z"},
       {"rekey rotate"}},
      {"a person at the issuer who activates",
       hand,
       true,
       {"the activation of sec_2 at the issuer, by a person"},
       {}},
      {"the same, parked", parked(pressed), false, {"press Activate"}, {"rekey rotate"}},
      {"a person at the issuer who generates",
       generating,
       true,
       {"a new secret, which a person"},
       {}},
  };
}

TEST(Explain, WhatIsWaitedForNamesWhoOrWhenAndWhatUnblocksIt) {
  for (Wait& wait : every_wait()) {
    wait.told.around.is_worked_on = wait.is_worked_on;
    const Explanation text = wait.told.text();
    for (const std::string& part : wait.waits_for) {
      EXPECT_TRUE(has(text.waits_for, part)) << wait.name << ": " << text.waits_for;
    }
    for (const std::string& part : wait.unblocks) {
      EXPECT_TRUE(has(text.unblocks, part)) << wait.name << ": " << text.unblocks;
    }
    EXPECT_FALSE(text.stands.empty()) << wait.name;
    EXPECT_FALSE(text.next.empty()) << wait.name;
  }
}

TEST(Explain, BeforeTheActivationTheOldSecretWorksAndTheWayBackIsOpen) {
  const Explanation text = Told().proven().moved("shop").text();
  EXPECT_TRUE(has(text.stands, "1 of 2 consumers")) << text.stands;
  EXPECT_TRUE(has(text.next, "written for crm")) << text.next;
  EXPECT_TRUE(has(text.next, "the activation (it ends the old secret)")) << text.next;
  EXPECT_TRUE(has(text.old_secret, "works until 2026-11-27")) << text.old_secret;
  EXPECT_TRUE(has(text.giving_up, "puts back what shop held")) << text.giving_up;
  EXPECT_TRUE(has(text.giving_up, "ends sec_2 once nobody uses it")) << text.giving_up;
  EXPECT_TRUE(has(Told().staged().text().giving_up, "touches no consumer"));
}

TEST(Explain, NamesTheWaveThatMoves) {
  Told told;
  told.state.plan.rules.waves = {{"canary", {}}, {"all", {}}};
  told.state.consumers[1].facts.wave = 1;
  told.proven().moved("shop");
  ASSERT_EQ(told.state.phase, Phase::kObserving);
  const Explanation text = told.text();
  EXPECT_TRUE(has(text.stands, "wave canary (1 of 2): 1 of 2 consumers")) << text.stands;
  EXPECT_TRUE(has(text.next, "wave by wave")) << text.next;
}

TEST(Explain, BehindTheActivationThereIsNoWayBackAndTheOverlapIsTold) {
  const Explanation text =
      Told(Order::kActivateFirst).proven().activated(kNow + base::Days{7}).text();
  EXPECT_TRUE(has(text.old_secret, "works until 2026-12-01")) << text.old_secret;
  EXPECT_TRUE(has(text.giving_up, "cannot be given up")) << text.giving_up;
  EXPECT_TRUE(has(text.next, "written for shop")) << text.next;
  EXPECT_FALSE(has(text.next, "the activation;")) << text.next;
  const Explanation ended = Told().gate().activated(std::nullopt).text();
  EXPECT_TRUE(has(ended.old_secret, "it has ended; 0 of 1")) << ended.old_secret;
}

TEST(Explain, WithinTheOverlapGivingUpUndoesTheActivationAndSaysUntilWhen) {
  Told told(Order::kActivateFirst);
  told.state.plan.can_undo_activation = true;
  told.proven();
  EXPECT_TRUE(has(told.text().next, "the activation can be undone")) << told.text().next;
  told.activated(kNow + base::Days{7});
  const std::string text = told.text().giving_up;
  EXPECT_TRUE(has(text, "(until 2026-12-01T09:00:00Z) undoes the activation")) << text;
  told.tell(AbandonRequested{"ann", "the wrong one"});
  EXPECT_TRUE(has(told.text().giving_up, "it is being given up already, by ann"));
  EXPECT_TRUE(has(told.text().next, "the old secret is active again")) << told.text().next;
}

TEST(Explain, TheLastStepBeforeTheEndOfTheOldOneIsNamed) {
  const Explanation text = Told().gate().text();
  EXPECT_TRUE(has(text.next, "ends the old one: no way back after it")) << text.next;
  Told activating;
  activating.gate().tell(IntentRecorded{Effect::kActivate, "sec_2"});
  EXPECT_TRUE(has(activating.text().next, "took place")) << activating.text().next;
  EXPECT_TRUE(has(activating.text().giving_up, "first it is looked"))
      << activating.text().giving_up;
}

TEST(Explain, WhatIsWaitedForSaysUntilWhen) {
  Told told;
  told.staged();
  told.around.is_worked_on = true;
  EXPECT_TRUE(has(told.text().waits_for, "settle time of sec_2, until 2026-11-24T09:05:00Z"))
      << told.text().waits_for;
  told.around.is_worked_on = false;
  EXPECT_TRUE(has(told.text().waits_for, "nobody works on it now")) << told.text().waits_for;
}

TEST(Explain, ARunThatNeedsAnApprovalSaysWhoseAndHow) {
  Told told(Order::kPropagateFirst, false, 1);
  told.gate();
  const Action action = next(told.state, kNow);
  ASSERT_TRUE(std::holds_alternative<Park>(action));
  told.tell(std::get<Park>(action).why);
  const Explanation text = told.text();
  EXPECT_TRUE(has(text.waits_for, "approval of a second person")) << text.waits_for;
  EXPECT_TRUE(has(text.unblocks, "rekey run approve")) << text.unblocks;
  EXPECT_TRUE(has(text.next, "looks anew")) << text.next;
  told.tell(RunApproved{"omar", "change 1"});
  EXPECT_TRUE(has(told.text().waits_for, "every approval is there")) << told.text().waits_for;
  EXPECT_TRUE(has(told.text().unblocks, "it activates")) << told.text().unblocks;
}

TEST(Explain, ByHandItSaysWhoHasToDoWhat) {
  const Told planned(Order::kPropagateFirst, true);
  EXPECT_TRUE(has(planned.text().unblocks, "rekey run card")) << planned.text().unblocks;
  Told moved(Order::kPropagateFirst, true);
  moved.proven().moved("shop").moved("crm");
  EXPECT_TRUE(has(moved.text().unblocks, "rekey run attest")) << moved.text().unblocks;
  EXPECT_TRUE(has(moved.text().giving_up, "cannot be discarded")) << moved.text().giving_up;
}

TEST(Explain, WhatAPersonParkedSaysWhoAndHowItGoesOn) {
  Told told;
  told.proven().moved("shop").tell(RunParked{"the shop is closed", false, false, "omar"});
  const Explanation text = told.text();
  EXPECT_TRUE(has(text.waits_for, "parked by omar: the shop is closed")) << text.waits_for;
  EXPECT_TRUE(has(text.unblocks, "rekey run resume")) << text.unblocks;
  EXPECT_TRUE(has(text.next, "written for crm")) << text.next;
}

TEST(Explain, AFailureSaysWhatToMend) {
  Told told;
  told.proven().tell(RunParked{"write the sink of shop failed: no space", false, false});
  EXPECT_TRUE(has(told.text().waits_for, "no space"));
  EXPECT_TRUE(has(told.text().unblocks, "mend what is named")) << told.text().unblocks;
}

TEST(Explain, WhatIsMissingForAnApprovalStandsThereOnce) {
  RunRules one;
  one.approvals = 1;
  const Told asked = parked(with_rules(Told().gate(), one).tell(GatePassed{{}, {}, kNow}));
  const Explanation text = asked.text();
  EXPECT_FALSE(has(text.waits_for, "rekey run approve")) << text.waits_for;
  EXPECT_TRUE(has(text.unblocks, "rekey run approve")) << text.unblocks;
  EXPECT_FALSE(has(text.next, "rekey run approve")) << text.next;
  EXPECT_TRUE(has(text.next, "the approval of the activation (0 of 1 is there); the activation"))
      << text.next;
}

TEST(Explain, WhatIsStillToComeNamesWorkflowsAndAnApprovalThatIsGiven) {
  RunRules one;
  one.approvals = 1;
  Told told = with_rules(Told().proven().moved("shop"), one);
  told.tell(WorkflowsDeclared{{{"orders", "one test order", "0123456789abcdef"}}});
  told.tell(RunApproved{"omar", "seen", digest_of(told.state)});
  EXPECT_TRUE(has(told.text().next,
                  "evidence that nobody is left on the old secret; the workflow orders with the "
                  "new secret; the approval of the activation (1 of 1 is there); the activation"))
      << told.text().next;
}

TEST(Explain, AfterAWaiverNobodyIsToldToWaiveOrToMendAnyMore) {
  Told told;
  told.proven().moved("shop").moved("crm");
  told.tell(RunParked{"the gate stays shut: crm is silent; `rekey run waive crm --reason TEXT`"});
  EXPECT_TRUE(has(told.text().unblocks, "mend what is named"));
  told.tell(ConsumerWaived{"crm", "eve", "switched off"});
  EXPECT_TRUE(has(told.text().waits_for,
                  "crm is waived by eve, since it stopped: start `rekey "
                  "rotate` again"))
      << told.text().waits_for;
  EXPECT_FALSE(has(told.text().unblocks, "mend")) << told.text().unblocks;
  EXPECT_EQ(waits_for(told.state, kNow), "a start");
  told.tell(RunResumed{"eve"}).tell(RunParked{"the gate stays shut: shop is silent"});
  EXPECT_TRUE(has(told.text().waits_for, "shop is silent"));
}

TEST(Explain, WhileUsageCannotBeReadItSaysSinceWhen) {
  Told told;
  told.proven().moved("shop").moved("crm");
  told.tell(UsageUnread{kNow - minutes{2}, "connection refused"});
  told.around.is_worked_on = true;
  for (const std::string& part : {told.text().stands, told.text().waits_for}) {
    EXPECT_TRUE(
        has(part, "usage could not be read since 2026-11-24T08:58:00Z (connection refused)"))
        << part;
  }
  told.tell(UsageReadAgain{kNow, minutes{2}});
  EXPECT_FALSE(has(told.text().stands, "could not be read")) << told.text().stands;
}

TEST(Explain, AnOutageSaysThatNothingOldIsLeft) {
  Told told;
  told.proven().tell(StagedSecretGone{"sec_2", "both are refused", std::nullopt, true});
  EXPECT_TRUE(has(told.text().old_secret, "it is refused")) << told.text().old_secret;
  EXPECT_TRUE(has(told.text().stands, "the way out")) << told.text().stands;
}

TEST(Explain, WhereNobodyCanTellWhetherSecretsHaveEndedThatIsSaid) {
  Told told;
  told.proven().tell(StagedSecretGone{"sec_2", "both are refused", std::nullopt, true, true});
  EXPECT_TRUE(has(told.text().old_secret, "nobody can tell")) << told.text().old_secret;
  EXPECT_TRUE(has(told.text().stands, "before a person has looked")) << told.text().stands;
}

TEST(Explain, ARunThatGoesBackSaysWhyAndWhoIsLeft) {
  Told told;
  told.proven().moved("shop").tell(AbandonRequested{"ann", "the wrong one"});
  const Explanation text = told.text();
  EXPECT_TRUE(has(text.stands, "ann gave it up (the wrong one)")) << text.stands;
  EXPECT_TRUE(has(text.stands, "the sinks of shop")) << text.stands;
  EXPECT_TRUE(has(text.next, "shop gets back what it held")) << text.next;
  EXPECT_TRUE(has(text.giving_up, "already, by ann")) << text.giving_up;
}

TEST(Explain, AnOldSecretThatEndedTooEarlyIsToldAndThereIsOnlyAWayForward) {
  Told told;
  told.proven().tell(OldSecretEnded{"sec_1 expired", true});
  const Explanation text = explain(told.state, told.around);
  EXPECT_TRUE(has(text.old_secret, "before every consumer had moved (sec_1 expired)"))
      << text.old_secret;
  EXPECT_TRUE(has(text.giving_up, "would be cut off. `rekey run resume`")) << text.giving_up;
  EXPECT_TRUE(has(text.next, "the activation; the proof that it is refused")) << text.next;
}

TEST(Explain, ARunWhoseOwnSecretHasEndedNamesWhoIsCutOffAndTheWayOut) {
  for (const bool is_old_ended : {false, true}) {
    Told run(Order::kActivateFirst);
    run.proven().activated(kNow + base::Days{7}).moved("shop");
    if (is_old_ended) run.tell(OldSecretEnded{"sec_1 was revoked", true});
    run.tell(ActiveSecretEnded{"sec_2", "somebody ended it", is_old_ended});
    run.tell(std::get<Park>(next(run.state, kNow)).why);
    const Explanation text = run.text();
    EXPECT_TRUE(has(text.stands, "sec_2, the secret that it has activated, is not accepted"))
        << text.stands;
    EXPECT_TRUE(has(text.waits_for, "Cut off: shop.")) << text.waits_for;
    EXPECT_TRUE(has(text.unblocks, "`rekey run abort --reason TEXT` leads out")) << text.unblocks;
    EXPECT_TRUE(has(text.next, "as long as it is not, it stops")) << text.next;
    EXPECT_TRUE(has(text.giving_up, is_old_ended
                                        ? "closes the run as it stands"
                                        : "(while the old secret works) puts back what shop held"))
        << text.giving_up;
    EXPECT_EQ(has(text.old_secret, "it works until"), !is_old_ended) << text.old_secret;
  }
}

TEST(Explain, TakesTheEndOfTheOldSecretFromThePlanWhereTheIssuerToldIt) {
  Told run;
  EXPECT_TRUE(has(run.text().old_secret, "it works until 2026-11-27T09:00:00Z"));
  run.state.plan.outgoing_ends_at = kNow + base::Days{5};
  EXPECT_TRUE(has(run.text().old_secret, "it works until 2026-11-29T09:00:00Z"));
  run.state.plan.outgoing_ends_at.reset();
  run.around.old_expires_at.reset();
  EXPECT_TRUE(has(run.text().old_secret, "the inventory does not say"));
}

}  // namespace
}  // namespace rekey::rotation

// Whole runs against an issuer that Rekey has no driver of its own for, with programs and with
// people.
#include "rotation/issuers/generic_oauth2.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "rotation/issuers/oauth2_scene_test_support.h"

namespace rekey::rotation {
namespace {

class GenericOAuth2 : public fakes::OAuth2Scene {
 protected:
  // Two secrets side by side; the old one is deleted.
  void be_additive() {
    issuer_ = "\n  auth_style: basic\n  overlap: until_expiry\n  activates: at_staging" +
              command("stage_command") + command("revoke_command");
  }
  // A person makes and activates, which ends the old one.
  void be_by_hand() {
    issuer_ =
        "\n  auth_style: body\n  overlap: 0\n  settle: 5m\n  secret_length: 40\n"
        "  where: Applications > Order sync > Secrets\n  notes: Tick the box beside it.";
  }
  void will_make(const std::string& name) {
    administrator_.values.emplace_back([this, name] { return made_ = fake_.add(name); });
  }
  // The run waits for the word of the consumer that is not restarted.
  void run_until_word() {
    const Outcome waiting = run();
    EXPECT_EQ(waiting.ending, Ending::kParked);
    EXPECT_NE(waiting.message.find("per-call"), std::string::npos) << waiting.message;
    expect_everybody_works();
    EXPECT_TRUE(fake_.accepts(old_));
    EXPECT_NE(held_by("per-call"), old_);
    attest("per-call");
  }
  [[nodiscard]] RunState state() {
    const Inventory inventory = loaded();
    const auto open =
        peek_open_run(files_, inventory.state_folder, inventory.client_id, inventory.slot);
    EXPECT_TRUE(open && *open);
    return (*open)->state;
  }
  void approve(const std::string& by) {
    EngineParts all = parts();
    const auto count = rotation::approve(loaded(), {by, "change 1"}, digest_of(state()), all);
    EXPECT_TRUE(count) << count.error().detail;
  }
  // How often the program was asked to.
  [[nodiscard]] std::size_t count_asked(std::string_view verb) {
    const std::string told = requests();
    const std::string wanted = fmt::format(R"("verb":"{}")", verb);
    std::size_t count = 0;
    for (auto at = told.find(wanted); at != std::string::npos; at = told.find(wanted, at + 1)) {
      ++count;
    }
    return count;
  }
  // It makes secrets that never work, and says that it has ended those that it is to end.
  void make_secrets_that_never_work() {
    const std::string body = fmt::format(
        "#!/bin/sh\nrequest=$(cat)\nprintf '%s\\n' \"$request\" >> {0}/requests\n"
        "case \"$request\" in *'\"verb\":\"stage\"'*) "
        "printf 'canary-dead-%028d' \"$(wc -l < {0}/requests)\" >&4;; esac\nprintf '{{}}'\n",
        folder_.path());
    ASSERT_TRUE(files_.replace(program_, body, 0700));
  }
  void expect_stopped_for(std::string_view why) {
    const Outcome stopped = run();
    EXPECT_EQ(stopped.ending, Ending::kParked);
    EXPECT_FALSE(stopped.is_waiting);
    EXPECT_NE(stopped.message.find(why), std::string::npos) << stopped.message;
  }
  void expect_end() {
    const Outcome done = run();
    EXPECT_EQ(done.ending, Ending::kClosed) << done.message;
    expect_everybody_works();
    EXPECT_FALSE(fake_.accepts(old_));
  }

  std::string made_;
};

TEST_F(GenericOAuth2, ProgramsStageASecondSecretAndEndTheOldOne) {
  be_additive();
  issuer_ += "\n  scope: read write";
  run_until_word();
  expect_end();
  EXPECT_EQ(fake_.values().size(), 1u);
  EXPECT_TRUE(fake_.last().is_basic);
  EXPECT_EQ(fake_.last().scope, "read write");
  const std::string asked = requests();
  EXPECT_EQ(asked.find("canary"), std::string::npos);
  EXPECT_NE(asked.find(R"({"protocol":1,"verb":"stage","client_id":"Order-Sync.client~1",)"),
            std::string::npos)
      << asked;
  EXPECT_NE(asked.find(R"("verb":"revoke")"), std::string::npos);
  EXPECT_TRUE(administrator_.cards.empty());
}

TEST_F(GenericOAuth2, AnEndThatNobodyToldIsNotInvented) {
  be_additive();
  more_ = "  generated_at: 2026-06-01\n  expires_at: 2026-12-24\n";
  run_until_word();
  expect_end();
  EXPECT_FALSE(loaded().expires_at);
  more_ = "  generated_at: 2026-11-24\n  expires_at: 2027-05-24\n";
  write_inventory();
  ASSERT_TRUE(loaded().expires_at);
  EXPECT_EQ(base::format_instant(*loaded().expires_at), "2027-05-24T00:00:00Z");
}

TEST_F(GenericOAuth2, RekeyMakesTheValueAndTheProgramStoresIt) {
  issuer_ =
      "\n  auth_style: body\n  overlap: 0\n  value: ours\n  secret_length: 32\n"
      "  secret_alphabet: A-Za-z0-9~\n  ttl: 90d" +
      command("stage_command") + command("activate_command");
  run_until_word();
  const std::string value = held_by("per-call");
  EXPECT_EQ(value.size(), 32u);
  EXPECT_EQ(requests().find(value), std::string::npos);
  expect_end();
  EXPECT_FALSE(fake_.last().is_basic);
  EXPECT_NE(requests().find(R"("verb":"activate")"), std::string::npos);
  ASSERT_TRUE(loaded().expires_at);
  EXPECT_EQ(base::format_instant(*loaded().expires_at), "2027-02-22T09:00:00Z");
}

TEST_F(GenericOAuth2, APersonMakesAndActivates) {
  be_by_hand();
  will_make("second");
  run_until_word();
  EXPECT_EQ(held_by("at-start"), made_);
  const Card staging = administrator_.cards.front();
  EXPECT_NE(staging.steps.front().find("Applications > Order sync > Secrets"), std::string::npos);
  EXPECT_EQ(administrator_.requests.front().lengths, std::vector<std::size_t>{40});
  administrator_.acts.emplace_back([this] { fake_.end(old_); });
  expect_end();
  EXPECT_EQ(administrator_.cards.back().title, "Activate the new client secret of Order sync");
  const auto reader = drivers_.issuer_reader(loaded());
  ASSERT_TRUE(reader);
  const auto cards = (*reader)->cards("run-x", true);
  ASSERT_TRUE(cards);
  EXPECT_NE(cards->staging.why.find("NO KNOWN SECRET IS ACCEPTED NOW"), std::string::npos);
  EXPECT_EQ(cards->activation.title, administrator_.cards.back().title);
}

TEST_F(GenericOAuth2, AnActivationThatNobodyMakesIsNotWaitedForForEver) {
  be_by_hand();
  will_make("second");
  run_until_word();
  administrator_.acts.emplace_back([] {});
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_NE(waiting.message.find("was not activated in 30m"), std::string::npos) << waiting.message;
  expect_everybody_works();
  fake_.end(old_);
  expect_end();
}

TEST_F(GenericOAuth2, APersonEndsTheOldSecretOrItsOwnEndIsWaitedFor) {
  issuer_ = "\n  auth_style: basic\n  overlap: 24h\n  activates: at_staging\n  where: the console" +
            command("stage_command");
  run_until_word();
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_EQ(administrator_.cards.back().title, "End the old client secret of Order sync");
  fake_.end(old_);
  expect_end();
}

TEST_F(GenericOAuth2, WhatSomebodyEndedMeanwhileIsTakenOutOfEverySinkAgain) {
  be_additive();
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  fake_.end(held_by("per-call"));
  clock_.advance(std::chrono::minutes{10});
  run();
  EXPECT_TRUE(listener_.heard("somebody ended or replaced it"));
  expect_everybody_works();
}

TEST_F(GenericOAuth2, AnOldSecretThatEndsTooEarlyMovesWhoeverIsLeft) {
  be_additive();
  EXPECT_EQ(run().ending, Ending::kParked);
  fake_.end(old_);
  clock_.advance(std::chrono::minutes{1});
  expect_end();
}

TEST_F(GenericOAuth2, AnApprovalIsOfTheIssuersSettingsAndOfWhatTellsUsageToo) {
  be_additive();
  more_ = "  approvals: 1\n";
  run_until_word();
  approve("eve");
  EXPECT_EQ(count_approvals(state()), 1);
  more_ +=
      "usage:\n- {kind: access-log, file: x.log, format: combined, token_path: /oauth2/token, "
      "covers: all, heartbeat: 5s, lag: 1s}\n";
  ASSERT_TRUE(files_.create(folder_ / "x.log", "", 0600));
  EXPECT_EQ(run().ending, Ending::kParked);
  EXPECT_EQ(count_approvals(state()), 0);
  EXPECT_TRUE(fake_.accepts(old_));
  more_ = "  approvals: 1\n";
  issuer_ += "\n  scope: read";
  const Outcome waiting = run();
  EXPECT_EQ(waiting.ending, Ending::kParked);
  EXPECT_NE(waiting.message.find("approval of a second person"), std::string::npos)
      << waiting.message;
  approve("eve");
  expect_end();
}

TEST_F(GenericOAuth2, AnotherTokenUrlInAnOpenRunIsAskedNothingAndStagesNothing) {
  be_additive();
  run_until_word();
  fakes::OAuth2Fake other(folder_ / "other");
  std::string text = inventory();
  text.replace(text.find(fake_.url()), fake_.url().size(), other.url());
  ASSERT_TRUE(files_.replace(path_, text, 0600));
  EngineParts all = parts();
  const auto refused = rotate(path_, all, listener_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kRefused);
  EXPECT_NE(refused.error().detail.find(other.url()), std::string::npos) << refused.error().detail;
  const auto plan = plan_from_file(path_, all);
  ASSERT_TRUE(plan) << plan.error().detail;
  ASSERT_EQ(plan->problems.size(), 1u) << render_text(*plan);
  EXPECT_NE(plan->problems[0].find(fake_.url()), std::string::npos) << plan->problems[0];
  EXPECT_FALSE(abandon(path_, {"anna", "why"}, all, listener_));
  EXPECT_EQ(other.last().client_id, "") << "no secret was shown to it";
  EXPECT_EQ(count_asked("stage"), 1u);
  expect_end();
}

TEST_F(GenericOAuth2, WhileEverythingIsRefusedNoProgramIsAskedForAnotherSecret) {
  be_additive();
  run_until_word();
  const std::string staged = held_by("per-call");
  fake_.disable(true);
  expect_stopped_for("nobody can tell from here");
  EXPECT_EQ(count_asked("stage"), 1u);
  EXPECT_EQ(count_asked("revoke"), 0u);
  fake_.disable(false);
  EXPECT_EQ(run().ending, Ending::kParked);
  attest("per-call");
  expect_end();
  EXPECT_EQ(held_by("per-call"), staged);
  EXPECT_EQ(count_asked("stage"), 1u);
}

TEST_F(GenericOAuth2, AfterAPersonHasLookedTheWayOutOfAnOutageIsANewSecret) {
  be_additive();
  run_until_word();
  fake_.end(old_);
  fake_.end(held_by("per-call"));
  expect_stopped_for("nobody can tell from here");
  EXPECT_EQ(run().ending, Ending::kClosed) << "there is no old one to wait for";
  EXPECT_EQ(count_asked("stage"), 2u);
  expect_everybody_works();
}

TEST_F(GenericOAuth2, WhatWasNeverAcceptedIsEndedBeforeAnotherIsMadeAndTwoAreEnough) {
  be_additive();
  make_secrets_that_never_work();
  expect_stopped_for("2 secrets were staged");
  EXPECT_EQ(count_asked("stage"), 2u);
  EXPECT_EQ(count_asked("revoke"), 1u);
  EXPECT_EQ(requests().find("canary"), std::string::npos);
  EXPECT_EQ(held_by("per-call"), old_);
  expect_stopped_for("2 secrets were staged");
  EXPECT_EQ(count_asked("stage"), 4u) << "a person has looked";
}

TEST_F(GenericOAuth2, WithoutAProgramThatEndsThemTheLimitOfLiveSecretsIsKept) {
  issuer_ =
      "\n  auth_style: body\n  overlap: 0" + command("stage_command") + command("activate_command");
  make_secrets_that_never_work();
  expect_stopped_for("may live at the issuer all the same");
  EXPECT_EQ(count_asked("stage"), 1u);
  EXPECT_EQ(held_by("per-call"), old_);
}

TEST_F(GenericOAuth2, ARefusalOfTheProgramIsToldWithoutAValue) {
  be_additive();
  const std::vector<std::pair<std::string, std::string>> answers{
      {R"({"error":{"code":"conflict","message":"two secrets are there"}})",
       "stage: two secrets are there (conflict)"},
      {R"({"error":{"code":"forbidden","message":"no )" + old_ + R"("}})",
       "holds the value itself"},
      {"a page", "is not one JSON object"},
      {R"({"id":"x"})", "the exit code is 1"},
  };
  for (const auto& [answer, told] : answers) {
    ASSERT_TRUE(files_.replace(folder_ / "refuse", answer, 0600));
    const Outcome waiting = run();
    EXPECT_EQ(waiting.ending, Ending::kParked) << answer;
    EXPECT_NE(waiting.message.find(told), std::string::npos) << waiting.message;
    EXPECT_EQ(waiting.message.find("canary"), std::string::npos) << waiting.message;
    EXPECT_EQ(held_by("per-call"), old_);
  }
}

TEST_F(GenericOAuth2, AnswersOfStagingThatAreNoSecretAreRefused) {
  be_additive();
  const std::vector<std::pair<std::string, std::string>> programs{
      {"printf '{}'", "without a value on descriptor 4"},
      {"printf 'canary two' >&4; printf '{}'", "character 7"},
      {"cat '" + folder_.path() + "/live/first' >&4; printf '{}'", "the present secret"},
      {"printf canary-x >&4; printf '{\"id\":\"a b\"}'", "has an id"},
      {"printf canary-x >&4; printf '{\"id\":\"present\"}'", "a name of Rekey's own"},
      {"printf canary-x >&4; printf '{\"expires_at\":\"soon\"}'", "no time in RFC 3339"},
  };
  for (const auto& [body, told] : programs) {
    ASSERT_TRUE(files_.replace(program_, "#!/bin/sh\n" + body + "\n", 0700));
    const Outcome waiting = run();
    EXPECT_EQ(waiting.ending, Ending::kParked) << body;
    EXPECT_NE(waiting.message.find(told), std::string::npos) << waiting.message;
    EXPECT_EQ(waiting.message.find("canary"), std::string::npos) << waiting.message;
    EXPECT_EQ(held_by("per-call"), old_);
  }
}

TEST_F(GenericOAuth2, ACodeThatIsNotDeclaredIsNoRefusalOfTheSecret) {
  be_additive();
  run_until_word();
  fake_.refuse_with(400, "unauthorized_client");
  const Outcome unclear = run();
  EXPECT_EQ(unclear.ending, Ending::kParked);
  EXPECT_NE(unclear.message.find("status 400 unauthorized_client"), std::string::npos)
      << unclear.message;
  issuer_ += "\n  refused_errors: [invalid_client, unauthorized_client]";
  expect_end();
}

TEST_F(GenericOAuth2, WithOneSlotNothingIsBegun) {
  be_additive();
  issuer_ += "\n  live_limit: 1";
  const auto refused = try_run();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("holds 1 live secrets and may hold 1"), std::string::npos)
      << refused.error().detail;
  EXPECT_EQ(requests(), "");
}

TEST_F(GenericOAuth2, EverybodyMovesBeforeAnythingElseSinceNobodyTellsWhoUsesWhat) {
  be_additive();
  write_inventory();
  EngineParts all = parts();
  const auto plan = plan_from_file(path_, all);
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_TRUE(plan->is_runnable()) << render_text(*plan);
  EXPECT_EQ(plan->order, Order::kPropagateFirst);
  EXPECT_FALSE(plan->activation_ends_old);
  EXPECT_EQ(requests(), "") << "a plan changes nothing";
}

std::string problem_of(const std::string& settings) {
  const auto inventory =
      parse_inventory("version: 1\nissuer: {kind: generic-oauth2, " + settings +
                          "}\nintegration: {client_id: abc}\nconsumers:\n  - name: shop\n"
                          "    sink: {kind: file, path: a.env, key: K}\n    reload: per_call\n"
                          "    seen_as: {user_agent: shop}\n    interval: 20m\n",
                      "/w/rekey.yaml", builtin_drivers());
  return inventory ? "" : inventory.error().detail;
}

TEST(GenericOAuth2Settings, WhatDoesNotFitTogetherIsTold) {
  const std::string url = "token_url: \"https://issuer.example/token\", auth_style: basic, ";
  const std::string commands = "stage_command: [a], activate_command: [b], revoke_command: [c], ";
  EXPECT_EQ(problem_of(url + commands + "overlap: 1d"), "");
  EXPECT_EQ(problem_of(url + "overlap: 0, secret_length: 40, where: there"), "");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"token_url: \"http://issuer.example/token\", auth_style: basic, overlap: 0, " + commands,
       "token_url carries secrets"},
      {url + commands + "overlap: long", "overlap is how long"},
      {url + commands, "lacks the key overlap"},
      {url + "overlap: 0, where: there", "secret_length is needed"},
      {url + "overlap: 0, secret_length: 40", "where is needed"},
      {url + "overlap: 1d, secret_length: 40, where: there", "nobody can see whether"},
      {url + "overlap: 0, activates: at_staging, stage_command: [a]", "would end the present"},
      {url + commands + "overlap: 1d, activates: at_staging", "leaves nothing to"},
      {url + "overlap: 0, value: ours, secret_length: 40, where: there", "needs a stage_command"},
      {url + commands + "overlap: 0, value: ours", "needs one secret_length"},
      {url + commands + "overlap: 0, value: ours, secret_length: 12", "has 71 bits"},
      {url + commands + "overlap: 0, refused_errors: [a b]", "refused_errors are codes"},
      {url + commands + "overlap: 0, refused_errors: a", "must be a list of texts"},
      {url + commands + "overlap: 0, live_limit: 5", "from 1 to 4"},
  };
  for (const auto& [settings, told] : wrong) {
    EXPECT_NE(problem_of(settings).find(told), std::string::npos)
        << settings << "\nsaid " << problem_of(settings);
  }
}

TEST(GenericOAuth2Settings, AClientIdIsOfTheIssuersForm) {
  const auto problem = [](const std::string& kind, const std::string& client_id) {
    const auto file =
        parse_inventory_file("version: 1\nissuer: " + kind + "\nintegration: {client_id: \"" +
                                 client_id + "\"}\nconsumers: []\n",
                             "r.yaml", builtin_drivers());
    return !file && file.error().detail.find("client id is") != std::string::npos;
  };
  const std::string generic =
      "{kind: generic-oauth2, token_url: \"https://a.example/t\", auth_style: basic, overlap: 0, "
      "secret_length: 40, where: there}";
  for (const std::string good : {"0oaABC", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "a.b_c~d"}) {
    EXPECT_FALSE(problem(generic, good)) << good;
    EXPECT_TRUE(problem("{kind: rekey, credential: a}", good)) << good;
  }
  for (const std::string bad : {"../x", "a/b", "a b", ".hidden"}) {
    EXPECT_TRUE(problem(generic, bad)) << bad;
  }
  EXPECT_FALSE(problem(generic, std::string(128, 'a')));
  EXPECT_TRUE(problem(generic, std::string(129, 'a')));
}

}  // namespace
}  // namespace rekey::rotation

// What an inventory that was edited may change of an open run, and what the run keeps.
#include "rotation/plan/reconcile.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

constexpr base::Instant kNow{base::Duration{1'800'000'000'000}};

DriverSpec issuer_at(const std::string& url) {
  return {"generic-oauth2", {{"token_url", url}, {"auth_style", "body"}}, url};
}
DriverSpec access_log(const std::string& file) {
  return {"access-log", {{"file", file}, {"covers", "all"}}, file};
}

struct OpenRun {
  Inventory inventory;
  RunState state;

  explicit OpenRun(int approvals = 0, std::vector<std::string> approvers = {}) {
    inventory.client_id = "client";
    inventory.issuer = issuer_at("https://issuer.example/token");
    inventory.probe = {"token", {}, "a token request"};
    inventory.approvals = approvals;
    inventory.approvers = std::move(approvers);
    RunPlanned plan;
    plan.run_id = "run-1";
    plan.client_id = "client";
    plan.requested_by = "anna";
    plan.rules = rules_of(inventory);
    tell(plan);
    tell(PlanAccepted{"anna", digest_of(state)});
  }
  void tell(EventBody body) { state = apply(std::move(state), {kNow, std::move(body)}); }
  [[nodiscard]] RunRules rules_taken_in() const {
    return with_changes(state, reconcile(state, inventory), kNow).plan.rules;
  }
  // With what the inventory says now.
  [[nodiscard]] std::string digest() const {
    return digest_of(with_changes(state, reconcile(state, inventory), kNow));
  }
};

TEST(Reconcile, WhomTheRunAsksIsPartOfWhatIsApproved) {
  OpenRun run(1);
  run.tell(RunApproved{"eve", "owners attest", digest_of(run.state)});
  ASSERT_EQ(count_approvals(run.state), 1);
  const std::string before = run.digest();
  EXPECT_EQ(before, digest_of(run.state)) << "nothing was edited";
  const Inventory as_it_was = run.inventory;
  run.inventory.usage_sources = {access_log("/x.log")};
  const std::string with_log = run.digest();
  EXPECT_NE(with_log, before);
  run.inventory.usage_sources = {access_log("/y.log")};
  EXPECT_NE(run.digest(), with_log);
  run.inventory = as_it_was;
  run.inventory.probe = {"userinfo", {}, "userinfo"};
  EXPECT_NE(run.digest(), before);
  run.inventory = as_it_was;
  run.inventory.issuer.set("activate_command", R"(["/bin/false"])");
  EXPECT_NE(run.digest(), before);
  EXPECT_TRUE(reconcile(run.state, run.inventory).problems.empty()) << "the same address";
  const RunState changed = with_changes(run.state, reconcile(run.state, run.inventory), kNow);
  EXPECT_EQ(count_approvals(changed), 0);
}

TEST(Reconcile, AnIssuerAtAnotherAddressIsNoneOfTheOpenRuns) {
  OpenRun run;
  run.inventory.issuer = issuer_at("https://other.example/token");
  const auto status = check_issuer(run.state, run.inventory);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().detail.find("https://issuer.example/token"), std::string::npos);
  EXPECT_NE(status.error().detail.find("https://other.example/token"), std::string::npos);
  const Reconciliation changes = reconcile(run.state, run.inventory);
  EXPECT_EQ(changes.problems, std::vector<std::string>{status.error().detail});
  EXPECT_FALSE(changes.rules) << "nothing of it is taken in";
  run.inventory.issuer = {"marketing-cloud", {}, "https://issuer.example/token"};
  EXPECT_FALSE(check_issuer(run.state, run.inventory)) << "another kind";
}

TEST(Reconcile, AJournalThatDoesNotSayWhomItAskedCountsAsUnchanged) {
  OpenRun run(1);
  run.state.plan.rules.drivers.reset();
  const std::string before = digest_of(run.state);
  run.inventory.issuer = issuer_at("https://other.example/token");
  run.inventory.usage_sources = {access_log("/x.log")};
  EXPECT_TRUE(check_issuer(run.state, run.inventory));
  EXPECT_EQ(run.digest(), before);
  EXPECT_FALSE(reconcile(run.state, run.inventory).rules);
  run.inventory.freezes = {{kNow, kNow + base::Days{1}}};
  EXPECT_FALSE(run.rules_taken_in().drivers);
}

TEST(Reconcile, ApprovalsOfAnOpenRunMayRiseAndNotFall) {
  OpenRun run(1);
  run.inventory.approvals = 0;
  Reconciliation changes = reconcile(run.state, run.inventory);
  EXPECT_FALSE(changes.rules);
  ASSERT_EQ(changes.kept.size(), 1u);
  EXPECT_EQ(changes.kept[0],
            "the run began with 1 approval; the inventory asks for 0: the run keeps 1");
  run.inventory.window = parse_window("tue 09:00-15:00").value();
  EXPECT_EQ(run.rules_taken_in().approvals, 1) << "other rules are taken in without that";
  EXPECT_TRUE(run.rules_taken_in().window);
  run.inventory.approvals = 2;
  changes = reconcile(run.state, run.inventory);
  EXPECT_TRUE(changes.kept.empty());
  EXPECT_EQ(run.rules_taken_in().approvals, 2);
  run.tell(RunClosed{});
  run.inventory.approvals = 0;
  EXPECT_TRUE(kept_rules(run.state, run.inventory).empty());
}

TEST(Reconcile, WhoseApprovalCountsMayBeNarrowedAndNotExchanged) {
  struct Case {
    std::vector<std::string> asked;
    int approvals;
    std::vector<std::string> approvers;
    RunRules wanted;
  };
  const auto rules = [](int approvals, std::vector<std::string> approvers) {
    RunRules made;
    made.approvals = approvals;
    made.approvers = std::move(approvers);
    return made;
  };
  const std::vector<Case> cases{
      {{"cleo"}, 1, {}, rules(1, {"cleo"})},
      {{"cleo"}, 1, {"eve"}, rules(1, {"cleo"})},
      {{"cleo"}, 1, {"cleo", "eve"}, rules(1, {"cleo"})},
      {{"cleo"}, 0, {}, rules(1, {"cleo"})},
      {{"cleo", "dana"}, 1, {"cleo"}, rules(1, {"cleo"})},
      {{}, 1, {"cleo"}, rules(1, {"cleo"})},
      {{"cleo"}, 2, {"cleo", "dana"}, rules(2, {"cleo", "dana"})},
      {{"cleo"}, 2, {}, rules(1, {"cleo"})},
  };
  for (const Case& one : cases) {
    OpenRun run(1, one.asked);
    run.inventory.approvals = one.approvals;
    run.inventory.approvers = one.approvers;
    const RunRules taken = run.rules_taken_in();
    EXPECT_EQ(taken.approvals, one.wanted.approvals) << &one - cases.data();
    EXPECT_EQ(taken.approvers, one.wanted.approvers) << &one - cases.data();
    const auto kept = kept_rules(run.state, run.inventory);
    const bool is_as_written = taken.approvals == one.approvals && taken.approvers == one.approvers;
    EXPECT_EQ(kept.empty(), is_as_written) << &one - cases.data();
  }
  OpenRun two(2);
  two.inventory.approvals = 1;
  two.inventory.approvers = {"cleo"};
  EXPECT_EQ(two.rules_taken_in().approvals, 2);
  EXPECT_TRUE(two.rules_taken_in().approvers.empty()) << "one name cannot give two approvals";
}

TEST(Reconcile, PlacesThatWereLetBeWhenTheRunBeganStayPartOfIt) {
  OpenRun run;
  RunRules rules = run.state.plan.rules;
  rules.not_consumers = {{"/code/docs", "R. Meyer", "the manual's example"}};
  run.tell(RulesDeclared{rules, "anna"});
  const std::string before = digest_of(run.state);
  run.inventory.discovery.not_consumers = {{"/code/other", "eve", "another one"}};
  EXPECT_FALSE(reconcile(run.state, run.inventory).rules);
  EXPECT_EQ(run.digest(), before);
}

}  // namespace
}  // namespace rekey::rotation

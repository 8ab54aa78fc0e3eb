#include "rotation/engine/workflow_runner.h"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>

#include "net/server_fixture.h"
#include "rotation/engine/marking_issuer_test_support.h"

namespace rekey::rotation {
namespace {

constexpr std::string_view kValue = "canary-value-of-the-client";
constexpr std::string_view kToken = "canary-token-of-the-client";

// A server with a token endpoint, and replies to everything else in the order of a script; where
// the script is at its end it answers 200 and {}.
class Scene {
 public:
  struct Reply {
    int status = 200;
    std::string body = "{}";
  };

  Scene()
      : server_([this](net::Exchange& exchange) { answer(exchange); }),
        facts_{"client", "Order sync", "http://127.0.0.1:" + std::to_string(server_.port()) + "/"},
        runner_(make_workflow_runner(clock_, facts_, issuer_)) {}

  WorkflowResult run(const Workflow& workflow) {
    WorkflowResult result = runner_->run(workflow, base::Secret(kValue));
    expect_no_secret_in(result);
    return result;
  }
  WorkflowResult clean_up(const Workflow& workflow) {
    return runner_->clean_up(workflow, base::Secret(kValue));
  }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port());
  }

  std::deque<Reply> script{};
  Reply token{200, R"({"access_token":"canary-token-of-the-client","rest_instance_url":"URL/"})"};
  std::vector<std::string> seen{};  // "METHOD target body", but for token requests
  std::vector<std::string> bearers{};
  int marked = 0;  // token requests that bear the engine's mark
  int stray_marks = 0;
  platform::SetClock clock_{base::from_millis(1'800'000'000'000)};

 private:
  void answer(net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    const std::lock_guard lock(mutex_);
    const bool is_marked = !request.header("rekey-probe").empty();
    Reply reply;
    if (request.path == "/v2/token") {
      marked += is_marked ? 1 : 0;
      reply = token;
      const std::string url = "http://127.0.0.1:" + std::to_string(server_.port());
      if (const auto at = reply.body.find("URL"); at != std::string::npos) {
        reply.body.replace(at, 3, url);
      }
    } else {
      stray_marks += is_marked ? 1 : 0;
      seen.push_back(std::string(net::name_of(request.method)) + " " + std::string(request.target) +
                     " " + std::string(request.body));
      bearers.emplace_back(request.header("authorization"));
      if (!script.empty()) {
        reply = script.front();
        script.pop_front();
      }
    }
    exchange.respond(reply.status, "application/json", reply.body, {});
  }

  static void expect_no_secret_in(const WorkflowResult& result) {
    for (const std::string& text : {result.step, result.detail, result.clean_up_problem}) {
      EXPECT_EQ(text.find("canary"), std::string::npos) << text;
    }
  }

  std::mutex mutex_;
  net::TestServer server_;
  fakes::MarkingIssuer issuer_;
  IntegrationFacts facts_;
  std::unique_ptr<WorkflowRunner> runner_;
};

WorkflowStep step(const std::string& name, const std::string& url,
                  net::Method method = net::Method::kGet) {
  WorkflowStep one;
  one.name = name;
  one.method = method;
  one.url = url;
  one.headers = {{"Authorization", "Bearer ${token}"}};
  return one;
}

// Makes a row, reads it, takes it away.
Workflow rows() {
  Workflow workflow;
  workflow.name = "rows";
  WorkflowStep make = step("make", "${rest_url}/rows", net::Method::kPost);
  make.body = R"({"by":"${client_id}"})";
  make.is_json_body = true;
  make.statuses = {201, 202};
  make.captures = {{"row", "items.0.id"}};
  WorkflowStep read = step("read", "${base_url}/rows/${row}");
  read.checks = {{"/id", JsonCheck::Kind::kEquals, "${row}", true}};
  workflow.steps = {make, read};
  workflow.clean_up = {step("take away", "${base_url}/rows/${row}", net::Method::kDelete)};
  return workflow;
}

TEST(WorkflowRunner, RunsItsStepsWithATokenOfTheVerySecret) {
  Scene scene;
  scene.script = {{201, R"({"items":[{"id":"r 1"}]})"}, {200, R"({"id":"r 1"})"}};
  const WorkflowResult result = scene.run(rows());
  EXPECT_EQ(result.outcome, WorkflowOutcome::kPassed) << result.detail;
  EXPECT_TRUE(result.clean_up_problem.empty());
  const std::vector<std::string> seen{R"(POST /rows {"by":"client"})", "GET /rows/r%201 ",
                                      "DELETE /rows/r%201 "};
  EXPECT_EQ(scene.seen, seen);
  for (const std::string& bearer : scene.bearers)
    EXPECT_EQ(bearer, "Bearer " + std::string(kToken));
  // The engine's mark is for the issuer's token endpoint, and for nobody else.
  EXPECT_EQ(scene.marked, 1);
  EXPECT_EQ(scene.stray_marks, 0);
}

TEST(WorkflowRunner, CleansUpAfterAStepThatFailedAndReportsThatApart) {
  Scene scene;
  scene.script = {{201, R"({"items":[{"id":7}]})"},
                  {200, R"({"id":"canary-token-of-the-client"})"},
                  {403, R"({"error":"canary-value-of-the-client"})"}};
  const WorkflowResult result = scene.run(rows());
  EXPECT_EQ(result.outcome, WorkflowOutcome::kFailed);
  EXPECT_EQ(result.step, "read");
  EXPECT_EQ(result.detail, "/id is a text of 26 bytes; expected \"${row}\"");
  EXPECT_EQ(result.clean_up_problem,
            "take away: status 403; expected 200 (DELETE " + scene.url() + "/rows/${row})");
}

TEST(WorkflowRunner, WhatWasNeverMadeIsNotTakenAway) {
  Scene scene;
  scene.script = {{500, ""}};
  const WorkflowResult result = scene.run(rows());
  EXPECT_EQ(result.outcome, WorkflowOutcome::kFailed);
  EXPECT_EQ(result.detail, "status 500; expected 201 or 202 (POST " + scene.url() + "/rows)");
  EXPECT_TRUE(result.clean_up_problem.empty());
  EXPECT_EQ(scene.seen.size(), 1u);
}

TEST(WorkflowRunner, AnAddressAndItsPathAreJoinedByOneSlashHoweverManyStandThere) {
  Workflow workflow;
  for (const char* url : {"${rest_url}rows", "${rest_url}/rows", "${rest_url}//rows",
                          "${rest_url}?all", "${base_url}rows/${client_id}", "${rest_url}"}) {
    workflow.steps.push_back(step(url, url));
  }
  Scene scene;
  scene.token.body = R"({"access_token":"canary-token-of-the-client","rest_instance_url":"URL//"})";
  const WorkflowResult result = scene.run(workflow);
  EXPECT_EQ(result.outcome, WorkflowOutcome::kPassed) << result.detail;
  const std::vector<std::string> seen{"GET /rows ", "GET /rows ",        "GET /rows ",
                                      "GET /?all ", "GET /rows/client ", "GET / "};
  EXPECT_EQ(scene.seen, seen);
}

TEST(WorkflowRunner, WhatCouldNotBeSentNamesTheUrlAndNoSecret) {
  Workflow workflow;
  workflow.steps = {step("ask", "${rest_url}/v2/${client_id}")};
  Scene scene;
  scene.token.body = R"({"access_token":"canary-token-of-the-client","rest_instance_url":"a b"})";
  const WorkflowResult result = scene.run(workflow);
  EXPECT_EQ(result.outcome, WorkflowOutcome::kFailed);
  EXPECT_NE(result.detail.find("(GET a b/v2/client)"), std::string::npos) << result.detail;
  // A server that names the token as an address is not quoted; Scene looks for the canary.
  scene.token.body = R"({"access_token":"canary-token-of-the-client",)"
                     R"("rest_instance_url":"no canary-token-of-the-client"})";
  EXPECT_NE(scene.run(workflow).detail.find("(GET)"), std::string::npos);
}

TEST(WorkflowRunner, AServerThatCannotServeNowSaysNothing) {
  for (const int status : {429, 502, 503, 504}) {
    Scene scene;
    scene.script = {{status, ""}};
    EXPECT_EQ(scene.run(rows()).outcome, WorkflowOutcome::kUnclear) << status;
  }
  Workflow elsewhere;
  elsewhere.steps = {step("ask", "http://127.0.0.1:1/x")};
  EXPECT_EQ(Scene().run(elsewhere).outcome, WorkflowOutcome::kUnclear);
}

TEST(WorkflowRunner, AFaultOfASoapServersOwnSaysNothingAndOneOfTheRequestFails) {
  const auto outcome_of = [](const std::string& fault) {
    Scene scene;
    scene.script = {
        {500, "<s:Envelope><s:Body><s:Fault>" + fault + "</s:Fault></s:Body></s:Envelope>"}};
    return scene.run(rows()).outcome;
  };
  for (const char* fault : {"<faultcode>soap:Server</faultcode>", "<faultcode>Server</faultcode>",
                            "<s:Code><s:Value>s:Receiver</s:Value></s:Code>"}) {
    EXPECT_EQ(outcome_of(fault), WorkflowOutcome::kUnclear) << fault;
  }
  for (const char* fault : {"<faultcode>soap:Client</faultcode>",
                            "<faultcode>q0:Security</faultcode><faultstring>Token Expired",
                            "<s:Code><s:Value>s:Sender</s:Value></s:Code>", "Server"}) {
    EXPECT_EQ(outcome_of(fault), WorkflowOutcome::kFailed) << fault;
  }
}

TEST(WorkflowRunner, WithoutATokenNoStepIsTried) {
  Scene refused;
  refused.token = {401, R"({"error":"invalid_client"})"};
  const WorkflowResult result = refused.run(rows());
  EXPECT_EQ(result.outcome, WorkflowOutcome::kFailed);
  EXPECT_EQ(result.step, "token request");
  EXPECT_EQ(result.detail, "the secret was refused (status 401 invalid_client)");
  Scene busy;
  busy.token = {503, ""};
  EXPECT_EQ(busy.run(rows()).outcome, WorkflowOutcome::kUnclear);
  EXPECT_TRUE(refused.seen.empty() && busy.seen.empty());
}

TEST(WorkflowRunner, AsksAgainUntilTheExpectationHoldsOrTheTimeIsOver) {
  Workflow workflow;
  WorkflowStep poll = step("wait for it", "${base_url}/job");
  poll.checks = {{"state", JsonCheck::Kind::kEquals, "done", false}};
  poll.until = Polling{std::chrono::seconds{2}, std::chrono::seconds{10}};
  workflow.steps = {poll};
  Scene scene;
  scene.script = {{200, R"({"state":"queued"})"}, {503, ""}, {200, R"({"state":"done"})"}};
  const base::Instant begun_at = scene.clock_.now();
  EXPECT_EQ(scene.run(workflow).outcome, WorkflowOutcome::kPassed);
  EXPECT_EQ(scene.clock_.now() - begun_at, std::chrono::seconds{4});

  Scene slow;
  for (int i = 0; i < 20; ++i) slow.script.push_back({200, R"({"state":"queued"})"});
  const WorkflowResult result = slow.run(workflow);
  EXPECT_EQ(result.outcome, WorkflowOutcome::kFailed);
  EXPECT_EQ(result.detail, "not in 10s: state is \"queued\"; expected done");
  EXPECT_EQ(slow.seen.size(), 6u);
}

TEST(WorkflowRunner, TheLastTryIsAtTheEndHoweverLongThePauses) {
  Workflow workflow;
  WorkflowStep poll = step("wait for it", "${base_url}/job");
  poll.checks = {{"state", JsonCheck::Kind::kEquals, "done", false}};
  poll.until = Polling{std::chrono::seconds{7}, std::chrono::seconds{10}};
  workflow.steps = {poll};
  const Scene::Reply queued{200, R"({"state":"queued"})"};
  const Scene::Reply done{200, R"({"state":"done"})"};
  Scene scene;
  scene.script = {queued, queued, done};
  const base::Instant begun_at = scene.clock_.now();
  EXPECT_EQ(scene.run(workflow).outcome, WorkflowOutcome::kPassed);
  EXPECT_EQ(scene.clock_.now() - begun_at, std::chrono::seconds{10});

  // A pause that is longer than all there is; and the timeout leaves the answer its time.
  workflow.steps.front().until = Polling{std::chrono::minutes{5}, std::chrono::minutes{10}};
  workflow.timeout = std::chrono::minutes{3};
  Scene brief;
  brief.script = {queued, done};
  EXPECT_EQ(brief.run(workflow).outcome, WorkflowOutcome::kPassed);
  Scene late;
  late.script = {queued, queued, done};
  EXPECT_EQ(late.run(workflow).detail, "not in 3m: state is \"queued\"; expected done");
  EXPECT_EQ(late.seen.size(), 2u);
}

TEST(WorkflowRunner, ItsTimeoutEndsItWhateverItsStepsWait) {
  Workflow workflow;
  WorkflowStep poll = step("wait for it", "${base_url}/job");
  poll.checks = {{"state", JsonCheck::Kind::kExists}};
  poll.until = Polling{std::chrono::seconds{2}, std::chrono::minutes{10}};
  workflow.steps = {poll, step("next", "${base_url}/next")};
  workflow.timeout = std::chrono::seconds{5};
  Scene scene;
  EXPECT_EQ(scene.run(workflow).detail, "not in 5s: state is not there, and should be");
  EXPECT_EQ(scene.seen.size(), 3u);
}

TEST(WorkflowRunner, WhatComesBackIsBounded) {
  Workflow workflow;
  WorkflowStep ask = step("ask", "${base_url}/x");
  ask.captures = {{"id", "id"}};
  workflow.steps = {ask};
  Scene scene;
  scene.script = {{200, R"({"id":")" + std::string(kLongestCapture + 1, 'x') + R"("})"},
                  {200, R"({"id":{}})"},
                  {200, R"({"id":")" + std::string(kMostWorkflowBodyBytes, 'x') + R"("})"},
                  {200, "<html>"}};
  EXPECT_EQ(scene.run(workflow).detail,
            "id, which was to be captured as id, is no text of 1 to 1024 bytes");
  EXPECT_EQ(scene.run(workflow).outcome, WorkflowOutcome::kFailed);
  EXPECT_EQ(scene.run(workflow).detail, "the reply is larger than 1 MiB");
  EXPECT_EQ(scene.run(workflow).detail, "status 200, and the reply is no JSON");
}

TEST(WorkflowRunner, ACapturedValueMakesNoHeaderOfItsOwn) {
  Workflow workflow;
  WorkflowStep ask = step("ask", "${base_url}/x");
  ask.captures = {{"id", "id"}};
  WorkflowStep use = step("use", "${base_url}/y");
  use.headers.emplace_back("X-Id", "${id}");
  workflow.steps = {ask, use};
  Scene scene;
  scene.script = {{200, R"({"id":"a\r\nX-Other: b"})"}};
  const WorkflowResult result = scene.run(workflow);
  EXPECT_EQ(result.outcome, WorkflowOutcome::kFailed);
  EXPECT_EQ(result.step, "use");
  EXPECT_EQ(scene.seen.size(), 1u);
}

TEST(WorkflowRunner, CleaningUpAloneTriesWhatNeedsNoCapture) {
  Workflow workflow = rows();
  workflow.clean_up.push_back(step("sweep", "${base_url}/rows?by=rekey", net::Method::kDelete));
  Scene scene;
  EXPECT_EQ(scene.clean_up(workflow).outcome, WorkflowOutcome::kPassed);
  EXPECT_EQ(scene.seen, (std::vector<std::string>{"DELETE /rows?by=rekey "}));
  scene.script = {{503, ""}};
  EXPECT_EQ(scene.clean_up(workflow).outcome, WorkflowOutcome::kUnclear);
  scene.script = {{404, ""}};
  const WorkflowResult result = scene.clean_up(workflow);
  EXPECT_EQ(result.outcome, WorkflowOutcome::kPassed);
  EXPECT_EQ(result.clean_up_problem,
            "sweep: status 404; expected 200 (DELETE " + scene.url() + "/rows?by=rekey)");
}

}  // namespace
}  // namespace rekey::rotation

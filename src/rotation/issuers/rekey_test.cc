#include "rotation/issuers/rekey.h"

#include <gtest/gtest.h>

#include <deque>

#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;
using net::ClientRequest;
using net::ClientResponse;

const std::string kSecretJson =
    R"({"id":"sec_2","slot":"-","state":"staged","label":"run-1","generated_at":"2027-01-01T00:00:00Z",)"
    R"("usable_from":"2027-01-01T00:00:05Z","expires_at":"2027-06-30T00:00:00Z",)"
    R"("ends_at":"2027-06-30T00:00:00Z","activated_at":null)";

// Answers by method and path, and remembers what was asked.
class Authority {
 public:
  std::map<std::string, std::deque<std::pair<int, std::string>>> replies;
  std::vector<std::string> asked;
  std::vector<std::string> bodies;
  std::vector<std::string> tokens;

  Authority() { reply("POST /v2/token", 200, R"({"access_token":"token-1","expires_in":1079})"); }
  void reply(const std::string& call, int status, const std::string& body) {
    replies[call].emplace_back(status, body);
  }
  base::Result<ClientResponse> send(const ClientRequest& request) {
    const std::string call = (request.method == net::Method::kPost ? "POST " : "GET ") +
                             request.url.substr(std::string("https://rekey").size());
    asked.push_back(call);
    bodies.emplace_back(request.body.reveal());
    tokens.push_back(request.bearer_token);
    auto& queue = replies[call];
    if (queue.empty()) return base::fail(Code::kUnavailable, "nothing planned for " + call);
    ClientResponse response;
    response.status = queue.front().first;
    response.body = Secret(queue.front().second);
    if (queue.size() > 1) queue.pop_front();
    return response;
  }
};

class RekeyIssuerTest : public testing::Test {
 protected:
  RekeyIssuerTest() {
    files_.content["/admin.json"] =
        R"({"server":"https://rekey/","client_id":"adminclient","client_secret":"admin-value"})";
    issuer_ = make_rekey_issuer_over(
        [this](const ClientRequest& request) { return authority_.send(request); },
        make_spec(rekey_issuer().kind, {{"credential", "/admin.json"}}), "client",
        {clock_, files_});
  }
  const std::string base_ = " /api/v1/integrations/client";
  Authority authority_;
  platform::SetClock clock_{base::from_millis(1'800'000'000'000)};
  fakes::MemoryFiles files_;
  std::unique_ptr<Issuer> issuer_;
};

TEST_F(RekeyIssuerTest, SendsItsCredentialToNoServerInTheClear) {
  files_.content["/admin.json"] =
      R"({"server":"http://rekey.example/","client_id":"adminclient","client_secret":"admin-value"})";
  const auto descriptor = issuer_->describe();
  ASSERT_FALSE(descriptor);
  EXPECT_EQ(descriptor.error().code, Code::kInvalidArgument);
  EXPECT_NE(descriptor.error().detail.find("server of /admin.json carries secrets"),
            std::string::npos);
  EXPECT_TRUE(authority_.asked.empty());
}

TEST_F(RekeyIssuerTest, TellsTheDescriptor) {
  authority_.reply("GET" + base_, 200,
                   R"({"descriptor":{"settle_seconds":300,"overlap_seconds":null,)"
                   R"("activation_ends_old":false,"live_limit":3,"generation_interval_seconds":60,)"
                   R"("activation_interval_seconds":0}})");
  const auto descriptor = issuer_->describe();
  ASSERT_TRUE(descriptor) << descriptor.error().detail;
  EXPECT_EQ(descriptor->settle, std::chrono::minutes{5});
  EXPECT_FALSE(descriptor->overlap);
  EXPECT_EQ(descriptor->generation_interval, std::chrono::minutes{1});
  EXPECT_EQ(descriptor->live_limit, 3);
}

TEST_F(RekeyIssuerTest, StagesWhereVacantUnderTheLabelAndTakesTheValueOnce) {
  authority_.reply("POST" + base_ + "/secrets", 201,
                   R"({"secret":)" + kSecretJson + R"(,"value":"new-value"}})");
  const auto staged = issuer_->stage("-", "run-1", std::nullopt);
  ASSERT_TRUE(staged) << staged.error().detail;
  EXPECT_EQ(staged->id, "sec_2");
  EXPECT_EQ(staged->value.reveal(), "new-value");
  EXPECT_EQ(authority_.bodies.back(), R"({"slot":"-","label":"run-1","if_vacant":true})");
}

TEST_F(RekeyIssuerTest, GivesUpTheLostOneByNameBeforeItStagesAgain) {
  authority_.reply("GET" + base_ + "/secrets", 200, R"({"secrets":[)" + kSecretJson + "}]}");
  authority_.reply("POST" + base_ + "/secrets/sec_2/revoke", 200, "{}");
  authority_.reply("POST" + base_ + "/secrets", 201,
                   R"({"secret":)" + kSecretJson + R"(,"value":"new-value"}})");
  ASSERT_TRUE(issuer_->stage("-", "run-1", "sec_2"));
  ASSERT_EQ(authority_.asked.size(), 4u);
  EXPECT_EQ(authority_.asked[2], "POST" + base_ + "/secrets/sec_2/revoke");
}

TEST_F(RekeyIssuerTest, TellsWhatIsShownOfAValueAndHowLongTokensLive) {
  std::string with_prefix = kSecretJson;
  with_prefix.insert(1, R"("prefix":"SFMC_1p000000",)");
  authority_.reply("GET" + base_ + "/secrets", 200,
                   R"({"secrets":[)" + with_prefix + "}," + kSecretJson + "}]}");
  EXPECT_FALSE(issuer_->token_life());
  const auto secrets = issuer_->list_secrets();
  ASSERT_TRUE(secrets) << secrets.error().detail;
  EXPECT_EQ(secrets->at(0).shown_prefix, "SFMC_1p000000");
  EXPECT_EQ(secrets->at(1).shown_prefix, std::nullopt);
  EXPECT_EQ(issuer_->token_life(), std::chrono::seconds{1079});
}

TEST_F(RekeyIssuerTest, KeepsItsTokenUntilItExpires) {
  authority_.reply("GET" + base_ + "/secrets", 200, R"({"secrets":[]})");
  ASSERT_TRUE(issuer_->list_secrets());
  ASSERT_TRUE(issuer_->list_secrets());
  EXPECT_EQ(authority_.asked.size(), 3u);
  clock_.advance(std::chrono::minutes{20});
  ASSERT_TRUE(issuer_->list_secrets());
  EXPECT_EQ(authority_.asked.size(), 5u);
}

TEST_F(RekeyIssuerTest, ReadsTheCredentialFileAgainWhenItsTokenIsNotAccepted) {
  authority_.reply("GET" + base_ + "/secrets", 401, "{}");
  authority_.reply("GET" + base_ + "/secrets", 200, R"({"secrets":[]})");
  authority_.reply("POST /v2/token", 200, R"({"access_token":"token-2","expires_in":1079})");
  files_.content["/admin.json"] =
      R"({"server":"https://rekey","client_id":"adminclient","client_secret":"renewed"})";
  ASSERT_TRUE(issuer_->list_secrets());
  EXPECT_NE(authority_.bodies[2].find("renewed"), std::string::npos);
}

TEST_F(RekeyIssuerTest, TellsWhenTheSupersededOneEnds) {
  authority_.reply(
      "POST" + base_ + "/activate", 200,
      R"({"secret":)" + kSecretJson +
          R"(},"superseded":{"id":"sec_1","slot":"-",)"
          R"("state":"superseded","generated_at":"2026-01-01T00:00:00Z",)"
          R"("usable_from":"2026-01-01T00:00:00Z","expires_at":"2027-06-30T00:00:00Z",)"
          R"("ends_at":"2027-01-08T00:00:00Z"}})");
  const auto activation = issuer_->activate("-", "sec_2", false, "reason");
  ASSERT_TRUE(activation) << activation.error().detail;
  EXPECT_EQ(activation->superseded_id, "sec_1");
  ASSERT_TRUE(activation->old_ends_at);
  EXPECT_EQ(base::format_instant(*activation->old_ends_at), "2027-01-08T00:00:00Z");
  EXPECT_EQ(authority_.bodies.back().find("force"), std::string::npos);
  ASSERT_TRUE(issuer_->activate("-", "sec_2", true, "everybody has moved"));
  EXPECT_NE(authority_.bodies.back().find(R"("force":true,"reason":"everybody has moved")"),
            std::string::npos);
}

TEST_F(RekeyIssuerTest, RevokingOneThatHasEndedIsDone) {
  authority_.reply("POST" + base_ + "/secrets/sec_2/revoke", 409,
                   R"({"code":"refused","detail":"it has ended"})");
  std::string ended = kSecretJson;
  ended.replace(ended.find("staged"), 6, "revoked");
  authority_.reply("GET" + base_ + "/secrets", 200, R"({"secrets":[)" + ended + "}]}");
  EXPECT_TRUE(issuer_->revoke("sec_2", "reason"));
}

TEST_F(RekeyIssuerTest, ReadsUsageWithTheLumpedRow) {
  authority_.reply("GET" + base_ + "/usage", 200,
                   R"({"usage":[{"secret_id":"sec_1","caller":{"network":"10.0.0.1",)"
                   R"("user_agent":"shop","slot":"-"},"first_seen":"2027-01-01T00:00:00Z",)"
                   R"("last_seen":"2027-01-02T00:00:00Z","count":7},)"
                   R"({"secret_id":"sec_1","caller":{"other":true},)"
                   R"("first_seen":"2027-01-01T00:00:00Z","last_seen":"2027-01-02T00:00:00Z",)"
                   R"("count":1}],"complete_since":"2027-01-01T00:00:00Z",)"
                   R"("as_of":"2027-01-03T00:00:00Z"})");
  const auto usage = issuer_->usage();
  ASSERT_TRUE(usage) << usage.error().detail;
  ASSERT_EQ(usage->rows.size(), 2u);
  EXPECT_EQ(usage->rows[0].caller.user_agent, "shop");
  EXPECT_TRUE(usage->rows[1].caller.is_other);
}

TEST_F(RekeyIssuerTest, TheEnginesOwnCredentialIsKnown) {
  const std::string integration =
      R"("integration":{"client_id":"adminclient","auth_base_uri":"https://rekey/"}})";
  authority_.reply("GET" + base_, 200, R"({"package":{"name":"x","enabled":true},)" + integration);
  EXPECT_TRUE(issuer_->integration().value().is_engines_own);
}

TEST_F(RekeyIssuerTest, AClientIdThatItDoesNotKnowIsARefusalThatNamesIt) {
  authority_.reply("GET" + base_, 404, R"({"code":"not_found","detail":"there is none"})");
  const auto unknown = issuer_->integration();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kRefused);
  EXPECT_NE(unknown.error().detail.find("knows no client id"), std::string::npos)
      << unknown.error().detail;
}

TEST_F(RekeyIssuerTest, AnErrorHoldsTheAuthoritysWordsAndNoValue) {
  authority_.reply("GET" + base_ + "/secrets", 409, R"({"code":"too_early","detail":"in 3 s"})");
  const auto refused = issuer_->list_secrets();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooEarly);
  EXPECT_EQ(refused.error().detail, "in 3 s");
  Authority down;
  down.replies["POST /v2/token"] = {{401, R"({"error":"invalid_client"})"}};
  authority_ = down;
  clock_.advance(std::chrono::hours{1});
  const auto cut_off = issuer_->list_secrets();
  ASSERT_FALSE(cut_off);
  EXPECT_EQ(cut_off.error().code, Code::kUnauthenticated);
  EXPECT_EQ(cut_off.error().detail.find("admin-value"), std::string::npos);
}

}  // namespace
}  // namespace rekey::rotation

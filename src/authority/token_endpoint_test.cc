#include "authority/token_endpoint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "authority/front_test_support.h"
#include "base/text.h"

namespace rekey::authority {
namespace {

using credential::Refusal;

FrontSettings detailed() {
  FrontSettings settings = TestFront::settings();
  settings.detailed_client_errors = true;
  return settings;
}

std::unique_ptr<FakeExchange> post_json(TestFront& front, const std::string& body,
                                        std::vector<net::HeaderView> headers = {}) {
  headers.push_back({"Content-Type", "application/json"});
  auto exchange = std::make_unique<FakeExchange>(net::Method::kPost, "/v2/token", body, headers);
  front.ask(*exchange);
  return exchange;
}

// The only reason that was counted.
Refusal counted_reason(TestFront& front) {
  const auto rows = front.refusals.rows();
  return rows.size() == 1 ? rows.front().reason : Refusal::kNone;
}

TEST(TokenEndpoint, AnswersWithTheMembersOfTheContractAndTheSecretsEnd) {
  TestFront front;
  const auto reply = front.ask_token();
  ASSERT_EQ(reply->status, 200);
  EXPECT_EQ(reply->content_type, "application/json");
  EXPECT_EQ(reply->reply_headers, "Cache-Control: no-store\nPragma: no-cache\n");
  const net::JsonValue body = reply->json();
  std::vector<std::string> names;
  for (const auto& [name, value] : body.members()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"access_token", "token_type", "expires_in", "scope",
                                             "soap_instance_url", "rest_instance_url",
                                             "secret_expires_at", "secret_renewal_window"}));
  EXPECT_LE(body.string_member("access_token")->size(), 512u);
  EXPECT_EQ(body.string_member("token_type").value(), "Bearer");
  EXPECT_EQ(body.integer_member("expires_in").value(), 1079);
  EXPECT_EQ(body.string_member("soap_instance_url").value(), "http://127.0.0.1:8420/");
  EXPECT_EQ(body.string_member("rest_instance_url").value(), "http://127.0.0.1:8420/");
  EXPECT_EQ(body.string_member("secret_expires_at").value(), "2027-05-23T12:00:00Z");
}

TEST(TokenEndpoint, MintsATokenThatSaysWhoseItIs) {
  TestFront front;
  TokenReader reader(front.token_keys);
  const auto claims = reader.read(front.token(), front.clock.now());
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->kind, TokenKind::kServerToServer);
  EXPECT_EQ(claims->secret_id.value, 17);
  EXPECT_EQ(claims->integration_id.value, 12);
  EXPECT_EQ(claims->business_unit.value, 500000002);
  EXPECT_EQ(claims->enterprise.value, 500000001);
  EXPECT_EQ(claims->expires_at, front.clock.now() + std::chrono::seconds{1200});
}

TEST(TokenEndpoint, TakesAForm) {
  TestFront front;
  const std::string body = "grant_type=client_credentials&client_id=" + std::string(kTestClient) +
                           "&client_secret=" + std::string(front.value.reveal());
  FakeExchange exchange(net::Method::kPost, "/v2/token", body,
                        {{"Content-Type", "application/x-www-form-urlencoded"}});
  front.ask(exchange);
  EXPECT_EQ(exchange.status, 200);
}

TEST(TokenEndpoint, TakesBasicAuthentication) {
  TestFront front;
  const std::string pair = std::string(kTestClient) + ":" + std::string(front.value.reveal());
  const std::string header = "Basic " + base::base64_encode(base::bytes_of(pair));
  FakeExchange exchange(net::Method::kPost, "/v2/token", "grant_type=client_credentials",
                        {{"Authorization", header}});
  front.ask(exchange);
  EXPECT_EQ(exchange.status, 200);
}

TEST(TokenEndpoint, GrantsAllScopesWhereNoneIsAskedForAndNoneWhereTheListIsEmpty) {
  TestFront front;
  EXPECT_EQ(front.ask_token()->text_member("scope"),
            "email_send data_extensions_read data_extensions_write");
  EXPECT_EQ(front.ask_token(R"(,"scope":"")")->text_member("scope"), "");
}

TEST(TokenEndpoint, NarrowsTheScopesToThoseAskedFor) {
  TestFront front;
  TokenReader reader(front.token_keys);
  const auto reply = front.ask_token(R"(,"scope":" data_extensions_write  email_send")");
  EXPECT_EQ(reply->text_member("scope"), "email_send data_extensions_write");
  const auto claims = reader.read(reply->text_member("access_token"), front.clock.now());
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(front.scopes.load().format(claims->scopes), "email_send data_extensions_write");
}

TEST(TokenEndpoint, GrantsTheScopesOfBeforeAChangeForAsLongAsTheDelaySays) {
  TestFront front;
  const base::Duration delay = std::chrono::minutes{5};
  const auto change_to = [&](std::vector<std::string> scopes) {
    front.integration.scopes = std::move(scopes);
    auto record =
        make_record(front.integration, front.policy, front.scopes.load(), front.texts, front.usage);
    record->earlier_scopes =
        kept_scopes(*front.directory.find(record->key), *record, front.clock.now(), delay);
    front.directory.publish(std::move(record));
  };
  const std::string old_scopes = front.ask_token()->text_member("scope");
  change_to({"email_read"});
  EXPECT_EQ(front.ask_token()->text_member("scope"), old_scopes);
  EXPECT_EQ(front.ask_token(R"(,"scope":"email_send")")->status, 200);
  EXPECT_EQ(front.ask_token(R"(,"scope":"email_read")")->status, 400);

  // A second change does not make it longer.
  front.clock.advance(std::chrono::minutes{3});
  change_to({"email_read", "email_write"});
  front.clock.advance(std::chrono::minutes{2});
  EXPECT_EQ(front.ask_token()->text_member("scope"), "email_read email_write");
  EXPECT_EQ(front.ask_token(R"(,"scope":"email_send")")->status, 400);
}

TEST(TokenEndpoint, RefusesScopesThatAreUnknownOrNotGranted) {
  TestFront front;
  for (const auto* scope : {"email_read", "no_such_scope", "rekey_admin"}) {
    const auto reply = front.ask_token(fmt::format(R"(,"scope":"email_send {}")", scope));
    EXPECT_EQ(reply->status, 400);
    EXPECT_EQ(reply->text_member("error"), "invalid_scope");
  }
}

TEST(TokenEndpoint, IgnoresSuchScopesWhereTheSettingSaysSo) {
  FrontSettings settings = TestFront::settings();
  settings.ignores_unknown_scopes = true;
  TestFront front(settings);
  EXPECT_EQ(front.ask_token(R"(,"scope":"email_read email_send x")")->text_member("scope"),
            "email_send");
}

TEST(TokenEndpoint, ActsInTheBusinessUnitAskedFor) {
  TestFront front;
  TokenReader reader(front.token_keys);
  for (const auto* account : {"500000003", "\"500000003\""}) {
    const auto reply = front.ask_token(std::string(R"(,"account_id":)") + account);
    const auto claims = reader.read(reply->text_member("access_token"), front.clock.now());
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(claims->business_unit.value, 500000003);
  }
}

TEST(TokenEndpoint, GivesOneAnswerToEveryRefusal) {
  const auto refuse = [](Refusal expected, auto prepare) {
    TestFront front;
    std::string secret(front.value.reveal());
    std::string more;
    prepare(front, secret, more);
    const auto reply = post_json(front, front.body_with(secret, more));
    EXPECT_EQ(counted_reason(front), expected);
    return std::to_string(reply->status) + reply->reply_headers + reply->reply_body;
  };
  std::set<std::string> answers;
  answers.insert(refuse(Refusal::kWrongSecret, [](TestFront&, std::string& secret, std::string&) {
    secret = new_secret_value().reveal();
  }));
  answers.insert(refuse(Refusal::kMalformedSecret,
                        [](TestFront&, std::string& secret, std::string&) { secret.back() ^= 1; }));
  answers.insert(refuse(Refusal::kExpired, [](TestFront& front, std::string&, std::string&) {
    front.integration.secrets.front().dormancy = base::Days{400};
    front.publish();
    front.clock.advance(base::Days{180});
  }));
  answers.insert(refuse(Refusal::kDormant, [](TestFront& front, std::string&, std::string&) {
    front.clock.advance(base::Days{90});
  }));
  answers.insert(refuse(Refusal::kSettling, [](TestFront& front, std::string&, std::string&) {
    auto& secret = front.integration.secrets.front();
    secret.phase = credential::Phase::kStaged;
    secret.usable_from = front.clock.now() + std::chrono::minutes{5};
    front.publish();
  }));
  answers.insert(refuse(Refusal::kRevoked, [](TestFront& front, std::string&, std::string&) {
    auto& secret = front.integration.secrets.front();
    secret.phase = credential::Phase::kEnded;
    secret.end_reason = credential::EndReason::kRevoked;
    front.publish();
  }));
  answers.insert(
      refuse(Refusal::kPackageDisabled, [](TestFront& front, std::string&, std::string&) {
        front.integration.is_enabled = false;
        front.publish();
      }));
  answers.insert(refuse(
      Refusal::kBusinessUnitNotEnabled,
      [](TestFront&, std::string&, std::string& more) { more = R"(,"account_id":500000009)"; }));
  {
    TestFront front;
    std::string body = front.body_with(front.value.reveal());
    body.replace(body.find(kTestClient), kTestClient.size(), "zzzzzzzz0123456789ijklmn");
    const auto reply = post_json(front, body);
    EXPECT_EQ(counted_reason(front), Refusal::kUnknownClient);
    answers.insert(std::to_string(reply->status) + reply->reply_headers + reply->reply_body);
  }
  EXPECT_EQ(answers.size(), 1u);
}

TEST(TokenEndpoint, TellsMcesTwoTextsWhereTheSettingSaysSo) {
  TestFront front(detailed());
  const std::string wrong = front.body_with(new_secret_value().reveal());
  std::string unknown = wrong;
  unknown.replace(unknown.find(kTestClient), kTestClient.size(), "zzzzzzzz0123456789ijklmn");
  const auto wrong_reply = post_json(front, wrong);
  const auto unknown_reply = post_json(front, unknown);
  EXPECT_EQ(wrong_reply->status, 401);
  EXPECT_EQ(unknown_reply->status, 401);
  EXPECT_NE(wrong_reply->text_member("error_description"),
            unknown_reply->text_member("error_description"));
}

TEST(TokenEndpoint, AcceptsTheStagedSecretBesideAnExpiredActiveOne) {
  TestFront front;
  const base::Secret staged = new_secret_value();
  front.integration.secrets.front().expires_at = front.clock.now();
  front.integration.secrets.push_back(front.secret_of(18, staged));
  front.integration.secrets.back().phase = credential::Phase::kStaged;
  front.publish();
  EXPECT_EQ(front.ask_token()->status, 401);
  EXPECT_EQ(post_json(front, front.body_with(staged.reveal()))->status, 200);
}

TEST(TokenEndpoint, TakesAnImportedValueOfAnyShape) {
  TestFront front;
  const base::Secret imported("legacyLegacy0123456789AB");
  EXPECT_EQ(post_json(front, front.body_with(imported.reveal()))->status, 401);
  front.integration.secrets.push_back(front.secret_of(18, imported));
  front.integration.secrets.back().origin = credential::Origin::kImported;
  front.publish();
  EXPECT_EQ(post_json(front, front.body_with(imported.reveal()))->status, 200);
}

TEST(TokenEndpoint, NamesTheGrantAndTheMissingFieldInItsErrors) {
  TestFront front;
  const auto grant = post_json(front, R"({"grant_type":"password","client_id":"a"
      ,"client_secret":"b"})");
  EXPECT_EQ(grant->status, 400);
  EXPECT_EQ(grant->text_member("error"), "unsupported_grant_type");
  const auto missing = post_json(front, R"({"grant_type":"client_credentials","client_id":"a"})");
  EXPECT_EQ(missing->status, 400);
  EXPECT_EQ(missing->text_member("error"), "invalid_request");
  EXPECT_EQ(missing->text_member("error_description"), "client_secret is missing");
  EXPECT_EQ(missing->text_member("error_uri"), "https://developer.salesforce.com/docs");
  EXPECT_TRUE(front.refusals.rows().empty());
}

TEST(TokenEndpoint, NeverRepeatsWhatTheClientSent) {
  TestFront front;
  const std::string marker = "canary-value-7f3a";
  for (const std::string& body :
       {"{\"" + marker + "\":\"" + marker, R"({"grant_type":")" + marker + "\"}",
        R"({"grant_type":")" + marker + R"(","client_id":"a","client_secret":"b"})",
        front.body_with(marker),
        front.body_with(front.value.reveal(), R"(,"scope":")" + marker + "\""),
        front.body_with(front.value.reveal(), R"(,"account_id":")" + marker + "\"")}) {
    const auto reply = post_json(front, body);
    EXPECT_GE(reply->status, 400);
    EXPECT_EQ(reply->reply_body.find(marker), std::string::npos);
  }
}

TEST(TokenEndpoint, OffersBasicToWhoTriedIt) {
  TestFront front;
  const std::string header = "Basic " + base::base64_encode(base::bytes_of("a:b"));
  FakeExchange exchange(net::Method::kPost, "/v2/token", "grant_type=client_credentials",
                        {{"Authorization", header}});
  front.ask(exchange);
  EXPECT_EQ(exchange.status, 401);
  EXPECT_NE(exchange.reply_headers.find("WWW-Authenticate: Basic"), std::string::npos);
}

TEST(TokenEndpoint, TellsTheMeterWhoUsedWhichSecret) {
  TestFront front;
  (void)front.ask_token();
  (void)front.ask_token();
  const auto rows = front.usage.rows({17});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].caller, (UsageCaller{"192.0.2.7", "tests/1", "-", false}));
  EXPECT_EQ(rows[0].count, 2);
}

TEST(TokenEndpoint, CountsASecretAsUsedThatAsksForAScopeInVain) {
  TestFront front;
  ASSERT_EQ(front.ask_token(R"(,"scope":"email_read")")->status, 400);
  EXPECT_EQ(front.usage.rows({17}).front().count, 1);
}

TEST(TokenEndpoint, KeepsASecretAwakeThatIsUsed) {
  TestFront front;
  front.clock.advance(base::Days{60});
  EXPECT_EQ(front.ask_token()->status, 200);
  front.clock.advance(base::Days{60});
  EXPECT_EQ(front.ask_token()->status, 200);
}

TEST(TokenEndpoint, CountsAProbeWithALivingAdminTokenAsNoUse) {
  TestFront front;
  front.integration.is_admin = true;
  front.integration.scopes.emplace_back(credential::kAdminScope);
  front.publish();
  const std::string admin_token = front.token();
  ASSERT_EQ(front.usage.rows({17}).front().count, 1);
  EXPECT_EQ(front.ask_token("", {{"Rekey-Probe", admin_token}})->status, 200);
  EXPECT_EQ(front.usage.rows({17}).front().count, 1);

  const std::string wrong = front.body_with(new_secret_value().reveal());
  EXPECT_EQ(post_json(front, wrong, {{"Rekey-Probe", admin_token}})->status, 401);
  EXPECT_TRUE(front.refusals.rows().empty());
}

TEST(TokenEndpoint, CountsAProbeWithoutALivingAdminTokenAsUse) {
  TestFront front;
  const std::string ordinary_token = front.token();
  for (const std::string& probe : {ordinary_token, std::string("x")}) {
    EXPECT_EQ(front.ask_token("", {{"Rekey-Probe", probe}})->status, 200);
  }
  EXPECT_EQ(front.usage.rows({17}).front().count, 3);
}

TEST(TokenEndpoint, IssuesNothingWhileAConditionStopsIt) {
  TestFront front;
  front.readiness.block("clock", "the clock is behind the ledger", Readiness::Tokens::kStop);
  EXPECT_EQ(front.ask_token()->status, 503);
  front.readiness.block("clock", "the disk is full", Readiness::Tokens::kGoOn);
  EXPECT_EQ(front.ask_token()->status, 200);
}

TEST(TokenEndpoint, AnswersWithTheLargestCatalogueOfScopes) {
  TestFront front;
  auto registry = std::make_unique<credential::ScopeRegistry>();
  front.integration.scopes.clear();
  for (int i = 0; i < static_cast<int>(credential::kMaxScopes); ++i) {
    front.integration.scopes.push_back(fmt::format("{:x>64}", i));
    ASSERT_TRUE(registry->append(front.integration.scopes.back()).has_value());
  }
  front.scopes.publish(std::move(registry));
  front.publish();
  EXPECT_EQ(front.ask_token()->text_member("scope").size(), credential::kMaxScopes * 65 - 1);
  EXPECT_EQ(front.ask_token(R"(,"scope":")" + front.integration.scopes.back() + "\"")
                ->text_member("scope"),
            front.integration.scopes.back());
}

TEST(TokenEndpoint, CountsWhatItDoesByClosedLabels) {
  TestFront front;
  (void)front.ask_token();
  (void)post_json(front, front.body_with(new_secret_value().reveal()));
  (void)post_json(front, "{");
  const std::string text = front.metrics.text();
  for (const auto* line : {"rekey_tokens_issued_total{purpose=\"use\"} 1",
                           "rekey_tokens_refused_total{reason=\"wrong_secret\"} 1",
                           "rekey_tokens_refused_total{reason=\"bad_request\"} 1"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace rekey::authority

#include "rotation/probes/token.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "rotation/engine/marking_issuer_test_support.h"

namespace rekey::rotation {
namespace {

using fakes::MarkingIssuer;

struct Asked {
  net::ClientRequest request;
  ProbeResult result;
};

Asked ask(int status, const std::string& body, std::optional<TokenEndpoint> endpoint = {}) {
  Asked asked;
  MarkingIssuer issuer;
  IntegrationFacts facts;
  facts.client_id = "client";
  facts.auth_base_uri = "http://auth.example/";
  facts.token_endpoint = std::move(endpoint);
  const auto probe = make_token_probe_over(
      [&](const net::ClientRequest& request) -> base::Result<net::ClientResponse> {
        asked.request.url = request.url;
        asked.request.headers = request.headers;
        asked.request.body = request.body.clone();
        net::ClientResponse response;
        response.status = status;
        response.body = base::Secret(body);
        return response;
      },
      facts, issuer);
  asked.result = probe->present(base::Secret("the-value")).value();
  return asked;
}

TEST(TokenProbe, AsksAsAClientWouldAndMarksTheRequestAsTheEngines) {
  const Asked asked = ask(200, R"({"access_token":"x"})");
  EXPECT_EQ(asked.request.url, "http://auth.example/v2/token");
  EXPECT_EQ(
      asked.request.body.reveal(),
      R"({"grant_type":"client_credentials","client_id":"client","client_secret":"the-value"})");
  EXPECT_EQ(asked.request.headers.front().first, "Rekey-Probe");
  EXPECT_EQ(asked.result.answer, ProbeAnswer::kAccepted);
}

TEST(TokenProbe, OnlyInvalidClientIsARefusal) {
  EXPECT_EQ(ask(401, R"({"error":"invalid_client"})").result.answer, ProbeAnswer::kRefused);
  EXPECT_EQ(ask(400, R"({"error":"invalid_client"})").result.answer, ProbeAnswer::kRefused);
  EXPECT_EQ(ask(401, R"({"error":"unauthorized_client"})").result.answer, ProbeAnswer::kUnclear);
  EXPECT_EQ(ask(401, "a proxy's page").result.answer, ProbeAnswer::kUnclear);
  EXPECT_EQ(ask(429, "").result.answer, ProbeAnswer::kUnclear);
  EXPECT_EQ(ask(503, R"({"error":"invalid_client"})").result.answer, ProbeAnswer::kUnclear);
}

TEST(TokenProbe, WhatTheBodyTellsOfTheClientIsPassedOn) {
  const Asked unknown =
      ask(401, R"({"error":"invalid_client","error_description":"Invalid client ID. Use it."})");
  EXPECT_EQ(unknown.result.answer, ProbeAnswer::kRefused);
  EXPECT_EQ(unknown.result.cause, ToldCause::kUnknownClient);
  EXPECT_EQ(unknown.result.detail, "status 401 invalid_client: no such client id");
  const Asked legacy = ask(401, R"({"error":"invalid_client","error_description":)"
                                R"("This integration is not eligible to use the /v2/token )"
                                R"(endpoint because …"})");
  EXPECT_EQ(legacy.result.cause, ToldCause::kLegacyPackage);
  EXPECT_EQ(ask(401, R"({"error":"unauthorized_client"})").result.cause,
            ToldCause::kGrantNotAllowed);
}

TEST(TokenProbe, WhatTheBodySaysOfEveryRefusalTellsNothing) {
  for (const std::string description : {"Client authentication failed. Check the client id.", "",
                                        "not an invalid client id", "invalid client"}) {
    const Asked asked =
        ask(401, R"({"error":"invalid_client","error_description":")" + description + R"("})");
    EXPECT_EQ(asked.result.cause, ToldCause::kNone) << description;
    EXPECT_EQ(asked.result.detail, "status 401 invalid_client");
  }
  EXPECT_EQ(ask(503, R"({"error":"unauthorized_client"})").result.cause, ToldCause::kNone);
}

TEST(TokenProbe, ItsDetailHoldsNoValue) {
  EXPECT_EQ(ask(401, R"({"error":"invalid_client","error_description":"the-value"})").result.detail,
            "status 401 invalid_client");
}

TEST(TokenProbe, AFormIsSentWhereTheIssuerTakesOne) {
  const TokenEndpoint in_body{"https://issuer.example/token", false, "a b", {"invalid_client"}};
  const Asked asked = ask(200, R"({"access_token":"x"})", in_body);
  EXPECT_EQ(asked.request.url, "https://issuer.example/token");
  EXPECT_EQ(asked.request.body.reveal(),
            "grant_type=client_credentials&scope=a%20b&client_id=client&client_secret=the-value");
  EXPECT_EQ(asked.result.answer, ProbeAnswer::kAccepted);
  const TokenEndpoint in_header{"https://issuer.example/token", true, {}, {"invalid_client"}};
  const Asked basic = ask(200, R"({"access_token":"x"})", in_header);
  EXPECT_EQ(basic.request.body.reveal(), "grant_type=client_credentials");
  const std::pair<std::string, std::string> header{
      "Authorization", "Basic " + base::base64_encode(base::bytes_of("client:the-value"))};
  EXPECT_EQ(basic.request.headers.at(1), header);
}

TEST(TokenProbe, OfAForeignServerOnlyTheDeclaredCodesAreARefusal) {
  const TokenEndpoint endpoint{"https://issuer.example/token", false, {}, {"bad_secret"}};
  EXPECT_EQ(ask(401, R"({"error":"bad_secret"})", endpoint).result.answer, ProbeAnswer::kRefused);
  EXPECT_EQ(ask(403, R"({"error":"bad_secret"})", endpoint).result.answer, ProbeAnswer::kUnclear);
  const Asked other = ask(401, R"({"error":"invalid_client"})", endpoint);
  EXPECT_EQ(other.result.answer, ProbeAnswer::kUnclear);
  EXPECT_EQ(other.result.detail, "status 401 invalid_client");
  EXPECT_EQ(ask(401, R"({"error":"the-value"})", endpoint).result.detail, "status 401");
  EXPECT_EQ(ask(401, R"({"error":"unauthorized_client"})", endpoint).result.cause,
            ToldCause::kNone);
  for (const std::string page : {"<html>Log in</html>", "{}", R"({"access_token":""})"}) {
    EXPECT_EQ(ask(200, page, endpoint).result.answer, ProbeAnswer::kUnclear) << page;
  }
}

}  // namespace
}  // namespace rekey::rotation

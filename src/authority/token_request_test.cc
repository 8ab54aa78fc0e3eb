#include "authority/token_request.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace rekey::authority {
namespace {

// Owns the padded body, so that the request's views stay good.
struct Parsed {
  Parsed(std::string_view content_type, std::string_view body, std::string_view authorization = {})
      : padded(std::string(body) + std::string(64, '\0')),
        result(parser.parse(
            {content_type, authorization, std::string_view(padded).substr(0, body.size())})) {}
  std::string padded;
  TokenRequestParser parser;
  tl::expected<TokenRequest, TokenFailure> result;
};

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

void expect_problem(const Parsed& parsed, TokenProblem problem) {
  ASSERT_FALSE(parsed.result.has_value());
  EXPECT_EQ(parsed.result.error().problem, problem);
}

TEST(TokenRequest, ReadsJson) {
  const Parsed parsed(kJson, R"({"client_secret":"s\u0065cret","grant_type":"client_credentials",
      "client_id":"me","account_id":500000002,"scope":"a b","unknown":[1,{}]})");
  ASSERT_TRUE(parsed.result.has_value());
  EXPECT_EQ(parsed.result->grant_type, "client_credentials");
  EXPECT_EQ(parsed.result->client_id, "me");
  EXPECT_EQ(parsed.result->client_secret, "secret");
  EXPECT_EQ(parsed.result->scope, "a b");
  EXPECT_EQ(parsed.result->account_id, credential::BusinessUnitId{500000002});
}

TEST(TokenRequest, ReadsAForm) {
  const Parsed parsed(kForm,
                      "grant_type=client_credentials&client_id=me&client_secret=s%65cret&scope=a+b"
                      "&account_id=500000002&unknown=1");
  ASSERT_TRUE(parsed.result.has_value());
  EXPECT_EQ(parsed.result->client_id, "me");
  EXPECT_EQ(parsed.result->client_secret, "secret");
  EXPECT_EQ(parsed.result->scope, "a b");
  EXPECT_EQ(parsed.result->account_id, credential::BusinessUnitId{500000002});
}

TEST(TokenRequest, ToleratesParametersAndLettersOfTheContentType) {
  const std::string_view body = R"({"grant_type":"g","client_id":"i","client_secret":"s"})";
  for (const std::string_view type :
       {"application/json; charset=utf-8", "Application/JSON", "application/json ;x=y", ""}) {
    EXPECT_TRUE(Parsed(type, body).result.has_value()) << type;
  }
  EXPECT_TRUE(Parsed("", "grant_type=g&client_id=i&client_secret=s").result.has_value());
}

TEST(TokenRequest, RefusesOtherContentTypes) {
  expect_problem(Parsed("text/plain", "{}"), TokenProblem::kUnsupportedMediaType);
  expect_problem(Parsed("application/xml", "<a/>"), TokenProblem::kUnsupportedMediaType);
}

TEST(TokenRequest, TellsAnEmptyScopeFromNone) {
  const Parsed absent(kJson, R"({"grant_type":"g","client_id":"i","client_secret":"s"})");
  ASSERT_TRUE(absent.result.has_value());
  EXPECT_EQ(absent.result->scope, std::nullopt);
  const Parsed null(kJson,
                    R"({"grant_type":"g","client_id":"i","client_secret":"s","scope":null})");
  ASSERT_TRUE(null.result.has_value());
  EXPECT_EQ(null.result->scope, std::nullopt);
  const Parsed empty(kForm, "grant_type=g&client_id=i&client_secret=s&scope=");
  ASSERT_TRUE(empty.result.has_value());
  EXPECT_EQ(empty.result->scope, "");
}

TEST(TokenRequest, TakesTheAccountAsANumericString) {
  const Parsed parsed(
      kJson, R"({"grant_type":"g","client_id":"i","client_secret":"s","account_id":"500000003"})");
  ASSERT_TRUE(parsed.result.has_value());
  EXPECT_EQ(parsed.result->account_id, credential::BusinessUnitId{500000003});
  const Parsed empty(kForm, "grant_type=g&client_id=i&client_secret=s&account_id=");
  ASSERT_TRUE(empty.result.has_value());
  EXPECT_EQ(empty.result->account_id, std::nullopt);
}

struct BadRequest {
  std::string_view content_type;
  std::string body;
  TokenProblem problem;
};

TEST(TokenRequest, NamesWhatIsWrong) {
  const std::string good = R"("grant_type":"g","client_id":"i","client_secret":"s")";
  for (const BadRequest& bad : std::vector<BadRequest>{
           {kJson, "", TokenProblem::kMalformedJson},
           {kJson, "{" + good, TokenProblem::kMalformedJson},
           {kJson, "[1]", TokenProblem::kMalformedJson},
           {kJson, "{" + good + "} x", TokenProblem::kMalformedJson},
           {kJson, "{" + good + R"(,"client_id":"i"})", TokenProblem::kMalformedJson},
           {kJson, "{" + good + ",\"scope\":\"\xFF\"}", TokenProblem::kMalformedJson},
           {kJson, "{" + good + R"(,"scope":"\u0000"})", TokenProblem::kMalformedJson},
           {kJson, R"({"client_id":"i"})", TokenProblem::kMissingGrantType},
           {kJson, R"({"grant_type":1})", TokenProblem::kBadGrantType},
           {kJson, R"({"grant_type":"g","client_secret":"s"})", TokenProblem::kMissingClientId},
           {kJson, R"({"grant_type":"g","client_id":7})", TokenProblem::kBadClientId},
           {kJson, R"({"grant_type":"g","client_id":"i"})", TokenProblem::kMissingClientSecret},
           {kJson, R"({"grant_type":"g","client_id":"i","client_secret":true})",
            TokenProblem::kBadClientSecret},
           {kJson, "{" + good + R"(,"scope":["a"]})", TokenProblem::kBadScope},
           {kJson, "{" + good + R"(,"account_id":1.5})", TokenProblem::kBadAccountId},
           {kJson, "{" + good + R"(,"account_id":-1})", TokenProblem::kBadAccountId},
           {kJson, "{" + good + R"(,"account_id":"12x"})", TokenProblem::kBadAccountId},
           {kJson, "{" + good + R"(,"account_id":"12345678901"})", TokenProblem::kBadAccountId},
           {kForm, "", TokenProblem::kMissingGrantType},
           {kForm, "grant_type=g&client_id=&client_secret=s", TokenProblem::kMissingClientId},
           {kForm, "grant_type=g&grant_type=g", TokenProblem::kMalformedForm},
           {kForm, "grant_type=%zz", TokenProblem::kMalformedForm},
           {kForm, "grant_type=%00", TokenProblem::kMalformedForm},
           {kForm, "grant_type=%FF", TokenProblem::kMalformedForm},
           {kForm, "grant_type=" + std::string(10'000, 'x'), TokenProblem::kMalformedForm}}) {
    SCOPED_TRACE(bad.body.substr(0, 100));
    expect_problem(Parsed(bad.content_type, bad.body), bad.problem);
  }
}

std::string basic(std::string_view pair) {
  return "Basic " + base::base64_encode(base::bytes_of(pair));
}

TEST(TokenRequest, TakesTheCredentialsFromBasicAuthentication) {
  const Parsed parsed(kForm, "grant_type=client_credentials", basic("me%3A:p+q"));
  ASSERT_TRUE(parsed.result.has_value());
  EXPECT_EQ(parsed.result->client_id, "me:");
  EXPECT_EQ(parsed.result->client_secret, "p q");
}

TEST(TokenRequest, RefusesMalformedBasicAuthentication) {
  for (const std::string& header :
       {std::string("Basic "), std::string("basic ?"), basic("no colon"), basic(":"),
        basic("a:%zz"), basic("a:%00"), basic("a:\xFF")}) {
    SCOPED_TRACE(header);
    expect_problem(Parsed(kForm, "grant_type=g", header), TokenProblem::kMalformedBasic);
  }
}

TEST(TokenRequest, RefusesCredentialsInTwoPlaces) {
  expect_problem(Parsed(kForm, "grant_type=g&client_id=i&client_secret=s", basic("i:s")),
                 TokenProblem::kTwoAuthentications);
  expect_problem(Parsed(kForm, "grant_type=g&client_secret=s", basic("i:s")),
                 TokenProblem::kTwoAuthentications);
}

TEST(TokenRequest, IgnoresOtherSchemes) {
  EXPECT_TRUE(
      Parsed(kForm, "grant_type=g&client_id=i&client_secret=s", "Bearer x").result.has_value());
}

}  // namespace
}  // namespace rekey::authority

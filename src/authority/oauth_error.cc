#include "authority/oauth_error.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/assert.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kErrorUri = "https://developer.salesforce.com/docs";

struct TokenError {
  TokenProblem problem;
  int status;
  std::string_view error;
  std::string_view description;
};

constexpr std::string_view kAuthenticationFailedText =
    "Client authentication failed. Check the client id and the client secret, and that the package "
    "is installed and enabled.";

constexpr std::array<TokenError, kTokenProblemCount> kTokenErrors{{
    {TokenProblem::kMalformedJson, 400, "invalid_request", "The body is not one flat JSON object"},
    {TokenProblem::kMalformedForm, 400, "invalid_request", "The body is not a well-formed form"},
    {TokenProblem::kUnsupportedMediaType, 400, "invalid_request",
     "The content type must be application/json or application/x-www-form-urlencoded"},
    {TokenProblem::kMissingGrantType, 400, "invalid_request", "grant_type is missing"},
    {TokenProblem::kMissingClientId, 400, "invalid_request", "client_id is missing"},
    {TokenProblem::kMissingClientSecret, 400, "invalid_request", "client_secret is missing"},
    {TokenProblem::kBadGrantType, 400, "invalid_request", "grant_type must be a string"},
    {TokenProblem::kBadClientId, 400, "invalid_request", "client_id must be a string"},
    {TokenProblem::kBadClientSecret, 400, "invalid_request", "client_secret must be a string"},
    {TokenProblem::kBadScope, 400, "invalid_request", "scope must be a string"},
    {TokenProblem::kBadAccountId, 400, "invalid_request",
     "account_id must be the number of a business unit"},
    {TokenProblem::kMalformedBasic, 400, "invalid_request",
     "The Authorization header is not well-formed Basic authentication"},
    {TokenProblem::kTwoAuthentications, 400, "invalid_request",
     "Client credentials belong in the Authorization header or in the body, not in both"},
    {TokenProblem::kUnsupportedGrantType, 400, "unsupported_grant_type",
     "The grant type is not supported. Use client_credentials"},
    {TokenProblem::kScopeNotGranted, 400, "invalid_scope",
     "A requested scope is unknown or not granted to this integration"},
    {TokenProblem::kInvalidClient, 401, "invalid_client", kAuthenticationFailedText},
    {TokenProblem::kUnknownClient, 401, "invalid_client",
     "Invalid client id. Use the client id of the API integration in the installed package."},
    {TokenProblem::kAuthenticationFailed, 401, "invalid_client", kAuthenticationFailedText},
    {TokenProblem::kUnavailable, 503, "temporarily_unavailable",
     "The server does not issue tokens at the moment. Try again later"},
    {TokenProblem::kFormExpected, 400, "invalid_request",
     "The content type must be application/x-www-form-urlencoded"},
    {TokenProblem::kParametersInAddress, 400, "invalid_request",
     "Parameters belong in the body, not in the address"},
    {TokenProblem::kNoClientAuthentication, 401, "invalid_client",
     "Client authentication is missing or of a kind that is not supported. Use "
     "client_secret_basic or client_secret_post"},
    {TokenProblem::kMalformedClientAuthentication, 401, "invalid_client",
     "The Authorization header is not well-formed Basic authentication"},
    {TokenProblem::kMalformedScope, 400, "invalid_scope",
     "scope must be a list of names, separated by one space"},
    {TokenProblem::kInvalidTarget, 400, "invalid_target",
     "Name one resource that is declared and open to this client; ask for one token for each"},
    {TokenProblem::kMissingToken, 400, "invalid_request", "token is missing"},
    {TokenProblem::kForeignToken, 400, "unauthorized_client",
     "The token was issued to another client"},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kTokenErrors.size(); ++i) {
    if (static_cast<std::size_t>(kTokenErrors[i].problem) != i) return false;
  }
  return true;
}
static_assert(is_in_order());

const TokenError& error_of(TokenProblem problem) noexcept {
  return kTokenErrors[static_cast<std::size_t>(problem)];
}

struct RestError {
  int status;
  std::optional<int> code;
  std::string_view message;
};

RestError rest_error_of(RestProblem problem) noexcept {
  switch (problem) {
    case RestProblem::kNotAuthorized:
      return {401, 0, "Not Authorized"};
    case RestProblem::kNotFound:
      return {404, 404, "Not Found"};
    case RestProblem::kUnknownEndpoint:
      return {404, 30003, "There is no endpoint of that type"};
    case RestProblem::kMethodNotAllowed:
      return {405, 405, "Method Not Allowed"};
    case RestProblem::kLegacyEndpoint:
      return {400, 10007,
              "This integration is not eligible to use the legacy /v1/requestToken endpoint. Ask "
              "/v2/token for a token."};
    case RestProblem::kInvalidDiscovery:
      return {400, std::nullopt, "Invalid request"};
  }
  REKEY_ASSERT(false);
}

}  // namespace

int status_of(TokenProblem problem) noexcept {
  return error_of(problem).status;
}

namespace {

std::string body_with(const TokenFailure& failure, std::string_view error_uri) {
  const TokenError& error = error_of(failure.problem);
  const std::string description = failure.detail.empty()
                                      ? std::string(error.description)
                                      : fmt::format("{}: {}", error.description, failure.detail);
  net::JsonWriter body;
  body.begin_object().member("error", error.error).member("error_description", description);
  if (!error_uri.empty()) body.member("error_uri", error_uri);
  body.end_object();
  return body.release();
}

}  // namespace

std::string body_of(const TokenFailure& failure) {
  return body_with(failure, kErrorUri);
}

std::string plain_body_of(const TokenFailure& failure) {
  return body_with(failure, {});
}

TokenProblem problem_of(credential::Refusal refusal, bool is_detailed) noexcept {
  if (!is_detailed) return TokenProblem::kInvalidClient;
  return refusal == credential::Refusal::kUnknownClient ? TokenProblem::kUnknownClient
                                                        : TokenProblem::kAuthenticationFailed;
}

net::Response rest_error(RestProblem problem) {
  const RestError error = rest_error_of(problem);
  net::JsonWriter body;
  body.begin_object();
  if (error.code) {
    // The legacy body's link is empty in every capture (contract 1.7).
    const bool has_link = problem != RestProblem::kLegacyEndpoint;
    body.member("documentation", has_link ? kErrorUri : std::string_view{})
        .member("errorcode", *error.code);
  }
  body.member("message", error.message).end_object();

  net::Response response;
  response.status = error.status;
  response.body = body.release();
  if (error.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", R"(Bearer error="invalid_token")");
  }
  return response;
}

}  // namespace rekey::authority

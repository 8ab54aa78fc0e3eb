// What a client is told when something goes wrong: the one table for the token endpoints (RFC 6749
// section 5.2, RFC 8707 section 2, contract 1.6 and 8.9) and the one for the REST side
// (contract 4.0).
//
// Every text is fixed: nothing that a client sent is ever repeated.
#pragma once

#include <string>
#include <string_view>

#include "credential/authenticate.h"
#include "net/http.h"

namespace rekey::authority {

enum class TokenProblem {
  kMalformedJson,
  kMalformedForm,
  kUnsupportedMediaType,
  kMissingGrantType,
  kMissingClientId,
  kMissingClientSecret,
  kBadGrantType,
  kBadClientId,
  kBadClientSecret,
  kBadScope,
  kBadAccountId,
  kMalformedBasic,
  kTwoAuthentications,
  kUnsupportedGrantType,
  kScopeNotGranted,
  kInvalidClient,
  kUnknownClient,         // told apart only with detailed_client_errors
  kAuthenticationFailed,  // the same
  kUnavailable,
  // Of the endpoints below /oauth2 alone:
  kFormExpected,
  kParametersInAddress,
  kNoClientAuthentication,
  kMalformedClientAuthentication,
  kMalformedScope,
  kInvalidTarget,
  kMissingToken,
  kForeignToken,
};
inline constexpr std::size_t kTokenProblemCount = 27;

struct TokenFailure {
  TokenProblem problem = TokenProblem::kInvalidClient;
  std::string_view detail;  // a fixed phrase that says more, or empty
};

[[nodiscard]] int status_of(TokenProblem problem) noexcept;
// {"error","error_description","error_uri"}
[[nodiscard]] std::string body_of(const TokenFailure& failure);
// {"error","error_description"}: the same below /oauth2, where no documentation of MCE's fits.
[[nodiscard]] std::string plain_body_of(const TokenFailure& failure);

// One answer for every refusal; with `is_detailed` the two that MCE knows (contract 1.6).
[[nodiscard]] TokenProblem problem_of(credential::Refusal refusal, bool is_detailed) noexcept;

enum class RestProblem {
  kNotAuthorized,     // 401, errorcode 0
  kNotFound,          // 404, errorcode 404
  kUnknownEndpoint,   // 404, errorcode 30003
  kMethodNotAllowed,  // 405
  kLegacyEndpoint,    // 400, errorcode 10007 (contract 1.7)
  kInvalidDiscovery,  // 400, message only (contract 1.8)
};

// {"documentation","errorcode","message"}, with WWW-Authenticate where the status is 401.
[[nodiscard]] net::Response rest_error(RestProblem problem);

}  // namespace rekey::authority

// The small calls around a token (contract 1.7 and 1.8): whose is it, and where is what.
//
// One per worker thread. docs/mce-dialect.md says what is answered where the contract is silent.
#pragma once

#include <string>
#include <string_view>

#include "authority/front_door.h"
#include "authority/oauth_error.h"
#include "authority/token_gate.h"
#include "base/time.h"
#include "net/server.h"

namespace rekey::authority {

class IdentityEndpoints {
 public:
  // `gate` is the worker's own and outlives this.
  IdentityEndpoints(const FrontDoor& door, EpochDomain::Reader& reader, TokenGate& gate);

  void user_info(net::Exchange& exchange, base::Instant now);      // GET /v2/userinfo
  void discovery(net::Exchange& exchange);                         // GET /v2/discovery
  void token_context(net::Exchange& exchange, base::Instant now);  // GET /platform/v1/tokenContext
  void endpoints(net::Exchange& exchange, base::Instant now);      // GET /platform/v1/endpoints
  // GET /platform/v1/endpoints/{type}; `type` in lower case.
  void endpoint(net::Exchange& exchange, std::string_view type, base::Instant now);
  void legacy_token(net::Exchange& exchange);  // POST /v1/requestToken

 private:
  [[nodiscard]] std::string package_name_of(const TokenClaims& claims);
  [[nodiscard]] const std::string& url_of(TenantService service) const noexcept;

  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  TokenGate& gate_;
  // With their slashes.
  const std::string auth_url_;
  const std::string rest_url_;
  const std::string soap_url_;
};

// Answers with what every REST answer carries: X-Mashery-Message-ID, a fresh id.
void respond_rest(net::Exchange& exchange, net::Response response);
void respond_rest(net::Exchange& exchange, RestProblem problem);

}  // namespace rekey::authority

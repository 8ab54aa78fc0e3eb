// POST /v2/token: exchanges a live client secret for an access token (contract sections 1 and 8).
//
// The trip of a token request, hop by hop, is in token_endpoint.cc under the numbers of
// docs/architecture.md. No hop allocates in the steady state or asks a database. One per worker
// thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "authority/client_authenticator.h"
#include "authority/fixed_text.h"
#include "authority/front_door.h"
#include "authority/oauth_error.h"
#include "authority/token_minter.h"
#include "authority/token_request.h"
#include "base/time.h"
#include "net/server.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

class TokenEndpoint {
 public:
  // `clients` is the worker's own and outlives the endpoint.
  TokenEndpoint(const FrontDoor& door, EpochDomain::Reader& reader, ClientAuthenticator& clients);

  void handle(net::Exchange& exchange, base::Instant now);

 private:
  void answer(net::Exchange& exchange, base::Instant now);
  void issue(net::Exchange& exchange, const TokenRequest& request, const ClientHeaders& headers,
             const ClientFinding& finding, base::Instant now);
  [[nodiscard]] bool write_reply(const TokenClaims& claims, const GrantedScopes& held,
                                 std::string_view expiry_json) noexcept;
  void refuse(net::Exchange& exchange, const ClientHeaders& headers, const ClientFinding& finding,
              base::Instant now);
  void fail(net::Exchange& exchange, const TokenFailure& failure);

  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  ClientAuthenticator& clients_;
  TokenMinter minter_;
  TokenRequestParser parser_;
  std::string reply_middle_;  // the fixed text between the token and the scopes
  std::string reply_end_;     // and between the scopes and the secret's end
  std::array<std::string, kTokenProblemCount> refusal_bodies_;  // those that a refusal can have
  FixedText<24 * 1024> reply_;
  telemetry::Counter& issued_;
  telemetry::Counter& probed_;
  telemetry::Counter& failed_;  // requests that were refused for their form, grant or scope
};

}  // namespace rekey::authority

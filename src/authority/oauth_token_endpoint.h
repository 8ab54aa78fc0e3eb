// POST /oauth2/token: exchanges a live client secret for a JWT access token (RFC 6749 section 4.4,
// RFC 9068, RFC 8707; stricter where OAuth 2.1 and RFC 9700 are).
//
// The trip of a token request, hop by hop, is in oauth_token_endpoint.cc under the numbers of
// docs/architecture.md. No hop allocates in the steady state or asks a database. One per worker
// thread.
#pragma once

#include <string>
#include <string_view>

#include "authority/audience_table.h"
#include "authority/client_authenticator.h"
#include "authority/fixed_text.h"
#include "authority/front_door.h"
#include "authority/jwt_token.h"
#include "authority/oauth_request.h"
#include "base/time.h"
#include "net/server.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

class OAuthTokenEndpoint {
 public:
  // `clients` is the worker's own and outlives the endpoint.
  OAuthTokenEndpoint(const FrontDoor& door, EpochDomain::Reader& reader,
                     ClientAuthenticator& clients);

  void handle(net::Exchange& exchange, base::Instant now);

 private:
  void answer(net::Exchange& exchange, base::Instant now);
  void issue(net::Exchange& exchange, std::string_view client_id, const ClientHeaders& headers,
             const ClientFinding& finding, base::Instant now);
  // nullptr where the resource asked for is none that this client may name.
  [[nodiscard]] const AudienceTable::Entry* audience_for(const Record& record) const noexcept;
  [[nodiscard]] bool write_reply(const JwtClaims& claims, std::string_view expiry_json) noexcept;
  void fail(net::Exchange& exchange, const TokenFailure& failure);

  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  ClientAuthenticator& clients_;
  const AudienceTable::Entry own_audience_;  // this server, where no resource is asked for
  JwtMinter minter_;
  OAuthRequestParser parser_;
  const std::string reply_middle_;  // the fixed text behind the token
  FixedText<kMaxScopeText> scope_;
  FixedText<kMaxJwtSize + kMaxScopeText + 1024> reply_;
  telemetry::Counter& issued_;
  telemetry::Counter& probed_;
  telemetry::Counter& failed_;  // requests that were refused for their form, grant or scope
};

}  // namespace rekey::authority

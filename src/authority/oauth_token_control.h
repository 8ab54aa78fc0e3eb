// POST /oauth2/introspect (RFC 7662) and POST /oauth2/revoke (RFC 7009): whether a token is alive,
// and its end before its time. Both kinds of tokens.
//
// Who asks is a client with its secret, as at the token endpoint; that is use of the secret, and a
// refusal is counted. One per worker thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/client_authenticator.h"
#include "authority/front_door.h"
#include "authority/oauth_request.h"
#include "authority/token_gate.h"
#include "base/time.h"
#include "net/server.h"

namespace rekey::authority {

class OAuthTokenControl {
 public:
  // `clients` and `gate` are the worker's own and outlive this.
  OAuthTokenControl(const FrontDoor& door, EpochDomain::Reader& reader,
                    ClientAuthenticator& clients, TokenGate& gate);

  // Tells a token's client, the resource server of its audience, and an administrator; anybody else
  // that it is not active.
  void introspect(net::Exchange& exchange, base::Instant now);
  // Of the client's own tokens, and for an administrator of any. The answer follows when the
  // revocation is durable.
  void revoke(net::Exchange& exchange, base::Instant now);

 private:
  struct Caller {
    ClientKey client;
    bool is_admin = false;
  };
  // nullopt where it was answered already.
  [[nodiscard]] std::optional<Caller> authenticate(net::Exchange& exchange, base::Instant now);
  [[nodiscard]] bool may_introspect(const Caller& caller, const LiveToken& token);
  [[nodiscard]] std::string describe(const LiveToken& token);
  void introspect_for(net::Exchange& exchange, const Caller& caller, base::Instant now);
  void revoke_for(net::Exchange& exchange, const Caller& caller, base::Instant now);

  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  ClientAuthenticator& clients_;
  TokenGate& gate_;
  OAuthRequestParser parser_;
  const std::string issuer_;
};

}  // namespace rekey::authority

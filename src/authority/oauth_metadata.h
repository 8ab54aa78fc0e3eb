// What verifiers and clients learn without a token: where everything is, and the keys that tokens
// are verified with.
//
// One per worker thread.
#pragma once

#include <string>
#include <string_view>

#include "authority/front_door.h"
#include "base/time.h"
#include "net/server.h"

namespace rekey::authority {

class OAuthMetadata {
 public:
  // `reader` is the worker's own.
  OAuthMetadata(const FrontDoor& door, EpochDomain::Reader& reader);

  // GET /.well-known/oauth-authorization-server (RFC 8414 section 3)
  void server(net::Exchange& exchange);
  void jwks(net::Exchange& exchange, base::Instant now);  // GET /oauth2/jwks (RFC 7517)
  // Whether `lower_path` is where the metadata of our issuer are: where its identifier has a path,
  // that follows the well-known part (RFC 8414 section 3.1); a proxy may have taken it off.
  [[nodiscard]] bool is_server_path(std::string_view lower_path) const noexcept;

 private:
  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  const std::string issuer_;
  std::string server_path_;  // in lower case
};

}  // namespace rekey::authority

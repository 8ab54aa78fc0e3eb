// Audiences: the resource servers that JWT access tokens are for (RFC 8707, RFC 9068).
//
// A tenant declares each one, by its resource indicator: which packages may name it, with which
// algorithm its tokens are signed, and which client, its resource server's, may introspect them. A
// token is for exactly one audience (RFC 9700 section 2.3); without a resource parameter it is for
// this server itself, its issuer (RFC 9068 section 3).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/jws_key.h"

namespace rekey::authority {

inline constexpr std::size_t kMaxAudiences = 256;
inline constexpr std::size_t kMaxAudienceUri = 256;      // characters
inline constexpr std::size_t kMaxAudienceClients = 256;  // packages that one is kept to

// As the ledger tells of it.
struct Audience {
  std::string uri;
  crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEs256;
  std::vector<std::string> clients;  // client ids that may name it; empty: all of the tenant's
  std::string resource_server;       // the client id that may introspect its tokens, or empty
  friend bool operator==(const Audience&, const Audience&) = default;
};
// kInvalidArgument where the URI is not absolute, has a fragment (RFC 8707 section 2) or is too
// long, a client id is none, or there are too many.
[[nodiscard]] base::Status check(const Audience& audience);

}  // namespace rekey::authority

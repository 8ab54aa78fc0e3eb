// Whose token is this, and is it alive: the question of everything that a token guards.
//
// One per worker thread; a SharedTokenGate for all others.
#pragma once

#include <mutex>
#include <optional>
#include <string_view>

#include "authority/front_door.h"
#include "authority/jwt_token.h"
#include "authority/token_minter.h"
#include "base/time.h"
#include "net/http.h"

namespace rekey::authority {

// A token that is alive, of either kind.
struct LiveToken {
  TokenClaims claims;
  TokenId id{};
  std::string audience;  // a URI
};

class TokenGate {
 public:
  TokenGate(const FrontDoor& door, EpochDomain::Reader& reader);

  // A token of ours that is neither over nor revoked, and whose secret and package still let it
  // live, whoever it is for. Call outside any EpochGuard on the worker's reader, here and below.
  [[nodiscard]] std::optional<LiveToken> find(std::string_view token, base::Instant now);
  // The claims of such a token that is for this server.
  [[nodiscard]] std::optional<TokenClaims> check(std::string_view token, base::Instant now);
  // The same for the request's Authorization header (RFC 6750 section 2.1).
  [[nodiscard]] std::optional<TokenClaims> check(const net::Request& request, base::Instant now);
  // The same, and the token holds the administrative scope.
  [[nodiscard]] std::optional<TokenClaims> check_admin(std::string_view token, base::Instant now);
  [[nodiscard]] std::optional<TokenClaims> check_admin(const net::Request& request,
                                                       base::Instant now);
  // What another room may know of the request's token.
  [[nodiscard]] std::optional<Bearer> bearer(const net::Request& request, base::Instant now);
  [[nodiscard]] std::optional<Bearer> bearer(std::string_view token, base::Instant now);
  // Of a token without a bearer: whether it was one of ours. True too for one whose secret or
  // package died before it.
  [[nodiscard]] bool may_have_lived(std::string_view token) {
    return tokens_.may_have_lived(token);
  }

 private:
  [[nodiscard]] std::optional<LiveToken> read(std::string_view token, base::Instant now);
  [[nodiscard]] std::optional<LiveToken> complete(ReadJwt jwt);
  [[nodiscard]] bool may_live(const LiveToken& token, base::Instant now);

  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  TokenReader tokens_;
  JwtReader jwts_;
};

// Any thread, one after the other.
class SharedTokenGate {
 public:
  // Takes a reader's place in the directory's epochs for good.
  explicit SharedTokenGate(const FrontDoor& door) : gate_(door, door.epochs.register_reader()) {}

  struct Found {
    std::optional<Bearer> bearer;
    bool has_expired = false;  // there is none, but there was
  };
  [[nodiscard]] Found find(std::string_view token, base::Instant now);

 private:
  std::mutex mutex_;
  TokenGate gate_;
};

}  // namespace rekey::authority

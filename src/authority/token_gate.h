// Whose token is this, and is it alive: the question of everything that a token guards.
//
// One per worker thread; a SharedTokenGate for all others.
#pragma once

#include <mutex>
#include <optional>
#include <string_view>

#include "authority/front_door.h"
#include "authority/token_minter.h"
#include "base/time.h"
#include "net/http.h"

namespace rekey::authority {

class TokenGate {
 public:
  TokenGate(const FrontDoor& door, EpochDomain::Reader& reader);

  // The claims of a token that is ours, unexpired, and whose secret and package still let it live.
  // Call outside any EpochGuard on the worker's reader.
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
  const FrontDoor& door_;
  EpochDomain::Reader& reader_;
  TokenReader tokens_;
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

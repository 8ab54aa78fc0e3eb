#include "authority/oauth_reply.h"

#include <span>

namespace rekey::authority {

namespace {

constexpr std::array<net::HeaderView, 3> kWithScheme{
    {{"Cache-Control", "no-store"},
     {"Pragma", "no-cache"},
     {"WWW-Authenticate", "Basic realm=\"rekey\""}}};
constexpr int kUnauthorized = 401;

}  // namespace

void respond_failure(net::Exchange& exchange, const TokenFailure& failure) {
  const int status = status_of(failure.problem);
  const std::span<const net::HeaderView> headers =
      status == kUnauthorized ? std::span<const net::HeaderView>(kWithScheme)
                              : std::span<const net::HeaderView>(kOAuthNoStore);
  exchange.respond(status, kOAuthContentType, plain_body_of(failure), headers);
}

}  // namespace rekey::authority

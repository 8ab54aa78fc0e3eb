// How the endpoints below /oauth2 answer what they refuse (RFC 6749 section 5.2).
#pragma once

#include <array>
#include <string_view>

#include "authority/oauth_error.h"
#include "net/http.h"
#include "net/server.h"

namespace rekey::authority {

inline constexpr std::string_view kOAuthContentType = "application/json";
// RFC 6749 section 5.1: what holds a token is kept nowhere; errors neither.
inline constexpr std::array<net::HeaderView, 2> kOAuthNoStore{
    {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}}};

// Status, error code and description; with 401 the scheme that is supported (RFC 9110 section
// 15.5.2).
void respond_failure(net::Exchange& exchange, const TokenFailure& failure);

}  // namespace rekey::authority

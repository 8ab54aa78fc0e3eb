// Reads what a client sends to POST /v2/token: a flat JSON object or a form, with the client's
// credentials in the body or in HTTP Basic authentication.
//
// The values that it gives are views into the request or into the parser: they live until forget().
#pragma once

#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "authority/basic_credentials.h"
#include "authority/oauth_error.h"
#include "credential/ids.h"
#include "net/form.h"
#include "net/json.h"

namespace rekey::authority {

struct TokenRequest {
  std::string_view grant_type;
  std::string_view client_id;
  std::string_view client_secret;
  std::optional<std::string_view> scope;  // absent: everything; empty: nothing (contract 1.2)
  std::optional<credential::BusinessUnitId> account_id;
};

// The parts of the HTTP request that matter.
struct TokenRequestParts {
  std::string_view content_type;   // empty: a body that starts with '{' is JSON, another a form
  std::string_view authorization;  // only the Basic scheme counts
  std::string_view body;           // followed by 64 readable bytes
};

// One per thread. Allocates nothing in the steady state.
class TokenRequestParser {
 public:
  // Members that nobody knows are ignored (contract 8.4); so is the order of members. A member that
  // is null or, scope aside, empty counts as absent (RFC 6749 section 3.2).
  [[nodiscard]] tl::expected<TokenRequest, TokenFailure> parse(const TokenRequestParts& parts);
  // Wipes every value that the parser holds; call it when the request is answered.
  void forget() noexcept;

 private:
  net::FlatJson json_;
  net::FlatForm form_;
  BasicCredentials basic_;
};

}  // namespace rekey::authority

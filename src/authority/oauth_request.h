// Reads what a client sends to an endpoint below /oauth2: a form, with the client's credentials in
// it or in HTTP Basic authentication, never both (RFC 6749 sections 2.3 and 3.2).
//
// The values that it gives are views into the parser: they live until forget().
#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "authority/basic_credentials.h"
#include "authority/client_authenticator.h"
#include "authority/oauth_error.h"
#include "net/form.h"
#include "net/http.h"

namespace rekey::authority {

// One per thread. Allocates nothing.
class OAuthRequestParser {
 public:
  // Parameters that nobody knows are ignored, an empty one counts as absent, one that occurs twice
  // is refused (RFC 6749 section 3.2); only `resource` may (RFC 8707 section 2).
  [[nodiscard]] tl::expected<PresentedClient, TokenFailure> parse(const net::Request& request,
                                                                  const ClientHeaders& headers);
  // Of the last request; empty where the parameter is absent.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
  [[nodiscard]] bool has_many_resources() const noexcept { return form_.is_repeated(); }
  // Wipes every value that the parser holds; call it when the request is answered.
  void forget() noexcept;

 private:
  [[nodiscard]] tl::expected<PresentedClient, TokenFailure> read_client(
      std::string_view authorization);

  net::FlatForm form_;
  BasicCredentials basic_;
};

}  // namespace rekey::authority

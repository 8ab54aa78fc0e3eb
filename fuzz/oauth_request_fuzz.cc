// What a client sends below /oauth2: nothing crashes, what is taken keeps the promises of its
// header, and what is refused is told in fixed words.
//
// The input is an Authorization header and a form, split at the first NUL byte.
#include <algorithm>
#include <array>
#include <string>

#include "authority/oauth_request.h"
#include "base/assert.h"
#include "base/text.h"

namespace {

bool is_clean(std::string_view text) {
  return text.find('\0') == std::string_view::npos && rekey::base::is_valid_utf8(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  namespace authority = rekey::authority;
  static authority::OAuthRequestParser parser;
  const std::string_view input(reinterpret_cast<const char*>(data), size_bytes);
  const std::size_t end = std::min(input.find('\0'), input.size());
  authority::ClientHeaders headers;
  headers.content_type = "application/x-www-form-urlencoded";
  headers.authorization = input.substr(0, end);
  const std::string padded =
      std::string(input.substr(std::min(end + 1, input.size()))) + std::string(64, '\0');
  rekey::net::Request request;
  request.body = std::string_view(padded).substr(0, padded.size() - 64);

  const auto client = parser.parse(request, headers);
  if (client) {
    REKEY_ASSERT(!client->client_id.empty() && is_clean(client->client_id));
    REKEY_ASSERT(!client->client_secret.empty() && is_clean(client->client_secret));
    for (const auto* name : {"scope", "resource", "grant_type", "token"}) {
      REKEY_ASSERT(is_clean(parser.parameter(name)));
    }
  } else {
    const int status = authority::status_of(client.error().problem);
    REKEY_ASSERT(status == 400 || status == 401);
    REKEY_ASSERT(is_clean(authority::plain_body_of(client.error())));
  }
  parser.forget();
  REKEY_ASSERT(parser.parameter("grant_type").empty());
  return 0;
}

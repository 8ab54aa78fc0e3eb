// The token request parser: nothing crashes, what it takes keeps the promises of its header, and
// what it refuses is told in fixed words.
//
// The input is a content type, an Authorization header and a body, split at the first two NUL
// bytes.
#include <algorithm>
#include <string>

#include "authority/token_request.h"
#include "base/assert.h"
#include "base/text.h"

namespace {

std::string_view take_part(std::string_view& input) {
  const auto end = std::min(input.find('\0'), input.size());
  const auto part = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return part;
}

bool is_clean(std::string_view text) {
  return text.find('\0') == std::string_view::npos && rekey::base::is_valid_utf8(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  namespace authority = rekey::authority;
  static authority::TokenRequestParser parser;
  std::string_view input(reinterpret_cast<const char*>(data), size_bytes);
  const auto content_type = take_part(input);
  const auto authorization = take_part(input);
  const std::string padded = std::string(input) + std::string(64, '\0');
  const auto body = std::string_view(padded).substr(0, input.size());

  const auto request = parser.parse({content_type, authorization, body});
  if (request) {
    REKEY_ASSERT(!request->grant_type.empty() && is_clean(request->grant_type));
    REKEY_ASSERT(!request->client_id.empty() && is_clean(request->client_id));
    REKEY_ASSERT(!request->client_secret.empty() && is_clean(request->client_secret));
    REKEY_ASSERT(!request->scope || is_clean(*request->scope));
    REKEY_ASSERT(!request->account_id || request->account_id->value > 0);
  } else {
    const int status = authority::status_of(request.error().problem);
    REKEY_ASSERT(status == 400);
    REKEY_ASSERT(is_clean(authority::body_of(request.error())));
  }
  parser.forget();
  return 0;
}

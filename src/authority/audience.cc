#include "authority/audience.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "credential/ids.h"

namespace rekey::authority {

namespace {

using base::Code;

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// RFC 3986 section 3.1.
bool is_scheme(std::string_view text) noexcept {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

// The characters of RFC 3986 section 2, less the fragment's mark.
bool is_uri_character(char c) noexcept {
  constexpr std::string_view kOthers = "-._~:/?[]@!$&'()*+,;=%";
  return is_letter(c) || is_digit(c) || kOthers.find(c) != std::string_view::npos;
}

bool is_absolute_without_fragment(std::string_view uri) noexcept {
  const std::size_t colon = uri.find(':');
  return colon != std::string_view::npos && colon + 1 < uri.size() &&
         is_scheme(uri.substr(0, colon)) && std::all_of(uri.begin(), uri.end(), is_uri_character);
}

}  // namespace

base::Status check(const Audience& audience) {
  if (audience.uri.size() > kMaxAudienceUri || !is_absolute_without_fragment(audience.uri)) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("an audience is an absolute URI without a fragment, such as "
                                  "https://api.example.com, of at most {} characters",
                                  kMaxAudienceUri));
  }
  if (audience.clients.size() > kMaxAudienceClients) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("an audience is kept to at most {} packages; one that is kept "
                                  "to none is open to all",
                                  kMaxAudienceClients));
  }
  for (const std::string& client : audience.clients) {
    REKEY_TRY([[maybe_unused]] const auto id, credential::parse_client_id(client));
  }
  if (audience.resource_server.empty()) return {};
  REKEY_TRY([[maybe_unused]] const auto id, credential::parse_client_id(audience.resource_server));
  return {};
}

}  // namespace rekey::authority

// For tests: what a client sends below /oauth2, and a JWT taken apart.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authority/front_test_support.h"
#include "base/text.h"
#include "net/json.h"

namespace rekey::authority {

inline constexpr net::HeaderView kFormType{"Content-Type", "application/x-www-form-urlencoded"};

inline std::string basic_header(std::string_view id, std::string_view secret) {
  const std::string pair = std::string(id) + ":" + std::string(secret);
  return "Basic " + base::base64_encode(base::bytes_of(pair));
}

// POST with the package's secret in Basic authentication; `form` is the body.
inline std::unique_ptr<FakeExchange> post_basic(TestFront& front, std::string_view path,
                                                std::string_view form) {
  const std::string header = basic_header(kTestClient, front.value.reveal());
  auto exchange = std::make_unique<FakeExchange>(
      net::Method::kPost, path, form,
      std::vector<net::HeaderView>{kFormType, {"Authorization", header}});
  front.ask(*exchange);
  return exchange;
}

// POST with these headers and nothing else.
inline std::unique_ptr<FakeExchange> post_form(TestFront& front, std::string_view path,
                                               const std::string& form,
                                               std::vector<net::HeaderView> headers = {kFormType}) {
  auto exchange =
      std::make_unique<FakeExchange>(net::Method::kPost, path, form, std::move(headers));
  front.ask(*exchange);
  return exchange;
}

// A token request with Basic authentication; `more` follows the grant type: "&scope=x".
inline std::unique_ptr<FakeExchange> ask_jwt(TestFront& front, const std::string& more = {}) {
  return post_basic(front, "/oauth2/token", "grant_type=client_credentials" + more);
}

// client_id and client_secret as a form has them.
inline std::string client_in_form(const TestFront& front) {
  return "client_id=" + std::string(kTestClient) +
         "&client_secret=" + std::string(front.value.reveal());
}

struct TakenApart {
  net::JsonValue header;
  net::JsonValue claims;
  std::string signed_input;
  std::vector<std::uint8_t> signature;
};
inline TakenApart take_apart(const std::string& token) {
  TakenApart parts;
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const auto decoded = [](std::string_view text) {
    return base::base64url_decode(text).value_or(std::vector<std::uint8_t>{});
  };
  const auto json = [&](std::string_view text) {
    return net::parse_json(base::text_of(decoded(text))).value_or(net::JsonValue{});
  };
  parts.header = json(std::string_view(token).substr(0, first));
  parts.claims = json(std::string_view(token).substr(first + 1, second - first - 1));
  parts.signed_input = token.substr(0, second);
  parts.signature = decoded(std::string_view(token).substr(second + 1));
  return parts;
}

}  // namespace rekey::authority

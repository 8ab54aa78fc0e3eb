#include "rotation/probes/token_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "net/json.h"
#include "rotation/probes/token_cause.h"

namespace rekey::rotation {
namespace {

using base::Secret;
using net::ClientRequest;
using net::ClientResponse;

// RFC 6749 section 5.2, and what servers take over from section 4.1.2.1.
constexpr std::array<std::string_view, 8> kErrorCodes{
    "invalid_request",        "invalid_client", "invalid_grant", "unauthorized_client",
    "unsupported_grant_type", "invalid_scope",  "server_error",  "temporarily_unavailable"};

constexpr std::int64_t kLongestTokenLife = 400 * 86'400;  // seconds; more is no life of a token

struct ToldError {
  std::string code;  // one of kErrorCodes, or nothing
  ToldCause cause = ToldCause::kNone;
};

bool is_any_of(std::string_view code, const std::vector<std::string>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// No more of the body than that: whatever else a server writes there could be what it was sent.
ToldError error_in(const Secret& body, const std::vector<std::string>& known_here) {
  const auto reply = net::parse_json(body.reveal());
  if (!reply) return {};
  const std::string code = reply->string_member_or("error", "").value_or("");
  const bool is_registered =
      std::find(kErrorCodes.begin(), kErrorCodes.end(), code) != kErrorCodes.end();
  if (!is_registered && !is_any_of(code, known_here)) return {};
  const std::string description = reply->string_member_or("error_description", "").value_or("");
  return {code, cause_told_by(code, description)};
}

// What the body of a reply with status 200 holds; empty where that is no token.
TokenReply token_in(const Secret& body) {
  TokenReply found;
  const auto reply = net::parse_json(body.reveal());
  const net::JsonValue* token = reply ? reply->find("access_token") : nullptr;
  if (token == nullptr) return found;
  found.token = Secret(token->as_string().value_or(""));
  found.rest_url = reply->string_member_or("rest_instance_url", "").value_or("");
  found.soap_url = reply->string_member_or("soap_instance_url", "").value_or("");
  return found;
}

ProbeResult accepted(const Secret& body) {
  ProbeResult result{ProbeAnswer::kAccepted, "status 200"};
  const auto reply = net::parse_json(body.reveal());
  const std::int64_t life = reply ? reply->integer_member_or("expires_in", 0).value_or(0) : 0;
  if (life > 0 && life <= kLongestTokenLife) result.token_life = std::chrono::seconds{life};
  return result;
}

ProbeResult judge_reply(const ClientResponse& response) {
  if (response.status == 200) return accepted(response.body);
  const bool is_denial = response.status == 401 || response.status == 400;
  const ToldError told = error_in(response.body, {});
  const ToldCause cause = is_denial ? told.cause : ToldCause::kNone;
  const std::string_view reason = name_of(cause);
  return {
      is_denial && told.code == "invalid_client" ? ProbeAnswer::kRefused : ProbeAnswer::kUnclear,
      fmt::format("status {}{}{}{}{}", response.status, told.code.empty() ? "" : " ", told.code,
                  reason.empty() ? "" : ": ", reason),
      cause};
}

// Of a foreign server: its own codes, no texts that are Marketing Cloud's, and no page that
// somebody in between answers with.
ProbeResult judge_form_reply(const TokenEndpoint& endpoint, const ClientResponse& response,
                             bool has_token) {
  if (response.status == 200) {
    if (has_token) return accepted(response.body);
    return {ProbeAnswer::kUnclear, "status 200 without an access token"};
  }
  const bool is_denial = response.status == 401 || response.status == 400;
  const std::string code = error_in(response.body, endpoint.refusals).code;
  return {is_denial && is_any_of(code, endpoint.refusals) ? ProbeAnswer::kRefused
                                                          : ProbeAnswer::kUnclear,
          fmt::format("status {}{}{}", response.status, code.empty() ? "" : " ", code)};
}

void wipe(std::string& text) {
  base::wipe(text.data(), text.size());
}

// RFC 6749 section 2.3.1: both are encoded as in a form before they are joined.
std::string basic_authorization(std::string_view client_id, const Secret& value) {
  std::string encoded = base::percent_encode(value.reveal());
  std::string both = base::percent_encode(client_id) + ":";
  both.reserve(both.size() + encoded.size());
  both += encoded;
  wipe(encoded);
  std::string text = base::base64_encode(base::bytes_of(both));
  wipe(both);
  std::string header = "Basic ";
  header.reserve(header.size() + text.size());
  header += text;
  wipe(text);
  return header;
}

void fill_form(ClientRequest& request, const TokenEndpoint& endpoint, std::string_view client_id,
               const Secret& value) {
  std::string form = "grant_type=client_credentials";
  if (!endpoint.scope.empty()) form += "&scope=" + base::percent_encode(endpoint.scope);
  if (endpoint.is_basic) {
    request.headers.emplace_back("Authorization", basic_authorization(client_id, value));
  } else {
    form += "&client_id=" + base::percent_encode(client_id) + "&client_secret=";
    std::string encoded = base::percent_encode(value.reveal());
    form.reserve(form.size() + encoded.size());
    form += encoded;
    wipe(encoded);
  }
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  request.body = Secret::take(std::move(form));
}

}  // namespace

Send send_over_client() {
  auto client = std::make_shared<net::Client>("rekey-rotation/" REKEY_VERSION);
  return [client](const ClientRequest& request) { return client->send(request); };
}

void wipe_headers(ClientRequest& request) noexcept {
  for (auto& [name, content] : request.headers) wipe(content);
}

TokenRequester::TokenRequester(Send send, const IntegrationFacts& integration, IssuerReader& issuer)
    : send_(std::move(send)),
      client_id_(integration.client_id),
      account_id_(integration.account_id),
      endpoint_(integration.token_endpoint),
      issuer_(issuer) {
  if (endpoint_) {
    url_ = endpoint_->url;
    return;
  }
  url_ = integration.auth_base_uri;
  if (!url_.ends_with('/')) url_ += '/';
  url_ += "v2/token";
}

base::Result<TokenReply> TokenRequester::ask(const Secret& value) {
  ClientRequest request;
  request.method = net::Method::kPost;
  request.url = url_;
  REKEY_TRY(request.headers, issuer_.own_request_headers());
  if (endpoint_) {
    fill_form(request, *endpoint_, client_id_, value);
  } else {
    fill_json(request, value);
  }
  const auto response = send_(request);
  wipe_headers(request);
  if (!response) return tl::unexpected(response.error());
  TokenReply reply = response->status == 200 ? token_in(response->body) : TokenReply{};
  reply.result = endpoint_ ? judge_form_reply(*endpoint_, *response, !reply.token.is_empty())
                           : judge_reply(*response);
  return reply;
}

void TokenRequester::fill_json(ClientRequest& request, const Secret& value) const {
  net::JsonWriter body;
  body.begin_object().member("grant_type", "client_credentials");
  body.member("client_id", client_id_).member_revealing("client_secret", value);
  if (account_id_) body.member("account_id", *account_id_);
  body.end_object();
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = Secret::take(body.release());
}

}  // namespace rekey::rotation

#include "authority/oauth_token_control.h"

#include <memory>

#include "authority/oauth_reply.h"
#include "base/text.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

// RFC 7662 section 2.2: nothing more is said of it.
constexpr std::string_view kInactive = R"({"active":false})";
constexpr std::string_view kRetryAfterSeconds = "2";

std::int64_t seconds_of(base::Instant at) noexcept {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

net::Response revoked() {
  net::Response response;
  for (const net::HeaderView& header : kOAuthNoStore) {
    response.headers.emplace_back(header.name, header.value);
  }
  return response;
}

net::Response not_revoked() {
  net::Response response = revoked();
  const TokenFailure failure{TokenProblem::kUnavailable, {}};
  response.status = status_of(failure.problem);
  response.body = plain_body_of(failure);
  response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

}  // namespace

OAuthTokenControl::OAuthTokenControl(const FrontDoor& door, EpochDomain::Reader& reader,
                                     ClientAuthenticator& clients, TokenGate& gate)
    : door_(door),
      reader_(reader),
      clients_(clients),
      gate_(gate),
      issuer_(issuer_of(door.settings)) {}

void OAuthTokenControl::introspect(net::Exchange& exchange, base::Instant now) {
  if (const auto caller = authenticate(exchange, now)) introspect_for(exchange, *caller, now);
  parser_.forget();
}

void OAuthTokenControl::revoke(net::Exchange& exchange, base::Instant now) {
  if (const auto caller = authenticate(exchange, now)) revoke_for(exchange, *caller, now);
  parser_.forget();
}

std::optional<OAuthTokenControl::Caller> OAuthTokenControl::authenticate(net::Exchange& exchange,
                                                                         base::Instant now) {
  // With a clock that is not to be believed nothing can be said of a token's end, nor of a use.
  if (!door_.readiness.issues_tokens()) {
    respond_failure(exchange, {TokenProblem::kUnavailable, {}});
    return std::nullopt;
  }
  const net::Request& request = exchange.request();
  ClientHeaders headers = client_headers_of(request);
  const auto client = parser_.parse(request, headers);
  if (!client) {
    respond_failure(exchange, client.error());
    return std::nullopt;
  }
  headers.is_probe = clients_.is_probe(headers, now);
  std::optional<Caller> caller;
  {
    const EpochGuard guard(door_.epochs, reader_);
    const ClientFinding finding = clients_.authenticate(*client, now);
    if (finding.refusal != credential::Refusal::kNone) {
      clients_.note_refusal(request, headers, finding, now);
      respond_failure(exchange,
                      {problem_of(finding.refusal, door_.settings.detailed_client_errors), {}});
      return std::nullopt;
    }
    clients_.note_use(request, headers, finding, now);
    caller = Caller{finding.record->key, finding.record->is_admin};
  }
  if (!parser_.parameter("token").empty()) return caller;
  respond_failure(exchange, {TokenProblem::kMissingToken, {}});
  return std::nullopt;
}

// ---- introspection ------------------------------------------------------------------------------

bool OAuthTokenControl::may_introspect(const Caller& caller, const LiveToken& token) {
  if (caller.is_admin || caller.client == token.claims.client) return true;
  const EpochGuard guard(door_.epochs, reader_);
  const AudienceTable::Entry* audience = door_.audiences.load().find(token.audience);
  return audience != nullptr && audience->resource_server == caller.client;
}

std::string OAuthTokenControl::describe(const LiveToken& token) {
  const TokenClaims& claims = token.claims;
  const std::string client_id = unpack_client_id(claims.client);
  std::string scopes;
  {
    const EpochGuard guard(door_.epochs, reader_);
    scopes = door_.scopes.load().format(claims.scopes);
  }
  net::JsonWriter json;
  json.begin_object().member("active", true);
  if (!scopes.empty()) json.member("scope", scopes);
  json.member("client_id", client_id)
      .member("token_type", "Bearer")
      .member("exp", seconds_of(claims.expires_at))
      .member("iat", seconds_of(claims.issued_at))
      .member("sub", client_id)
      .member("aud", token.audience)
      .member("iss", issuer_)
      .member("jti", base::base64url_encode(token.id))
      .member("secret_id", to_text(claims.secret_id))
      .end_object();
  return json.release();
}

void OAuthTokenControl::introspect_for(net::Exchange& exchange, const Caller& caller,
                                       base::Instant now) {
  // RFC 7662 section 2.1: the hint may be wrong, so it decides nothing.
  const auto token = gate_.find(parser_.parameter("token"), now);
  if (!token || !may_introspect(caller, *token)) {
    return exchange.respond(200, kOAuthContentType, kInactive, kOAuthNoStore);
  }
  exchange.respond(200, kOAuthContentType, describe(*token), kOAuthNoStore);
}

// ---- revocation ---------------------------------------------------------------------------------

void OAuthTokenControl::revoke_for(net::Exchange& exchange, const Caller& caller,
                                   base::Instant now) {
  const auto token = gate_.find(parser_.parameter("token"), now);
  // RFC 7009 section 2.2: one that is none, or not any more, is as good as revoked.
  if (!token) return exchange.respond(revoked());
  if (!caller.is_admin && caller.client != token->claims.client) {
    return respond_failure(exchange, {TokenProblem::kForeignToken, {}});
  }
  // Shared, because a function that is copied carries it.
  const auto later = std::make_shared<net::Later>(exchange.later());
  door_.revoker.revoke(
      token->id, token->claims.expires_at, "client:" + unpack_client_id(caller.client),
      [later](const base::Status& status) { later->respond(status ? revoked() : not_revoked()); });
}

}  // namespace rekey::authority

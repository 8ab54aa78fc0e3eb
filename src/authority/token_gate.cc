#include "authority/token_gate.h"

#include "base/text.h"

namespace rekey::authority {

namespace {

// Empty where there is none.
std::string_view bearer_of(const net::Request& request) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (!base::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) return {};
  const std::size_t begin = header.find_first_not_of(' ', kScheme.size());
  return begin == std::string_view::npos ? std::string_view{} : header.substr(begin);
}

}  // namespace

TokenGate::TokenGate(const FrontDoor& door, EpochDomain::Reader& reader)
    : door_(door), reader_(reader), tokens_(door.token_keys), jwts_(door.signing_keys) {}

// What the token says of itself.
std::optional<LiveToken> TokenGate::read(std::string_view token, base::Instant now) {
  const std::string issuer = issuer_of(door_.settings);
  if (const auto claims = tokens_.read(token, now)) {
    return LiveToken{*claims, TokenReader::id_of(token), issuer};
  }
  auto jwt = jwts_.read(token, issuer, now);
  return jwt ? complete(*std::move(jwt)) : std::nullopt;
}

// A JWT names its client and its scopes; the rest is as the client is now.
std::optional<LiveToken> TokenGate::complete(ReadJwt jwt) {
  const EpochGuard guard(door_.epochs, reader_);
  const Record* record = door_.directory.find(jwt.claims.client);
  const auto scopes = door_.scopes.load().parse(jwt.scope);
  if (record == nullptr || !scopes) return std::nullopt;
  TokenClaims& claims = jwt.claims;
  claims.kind = record->is_admin ? TokenKind::kAdmin : TokenKind::kServerToServer;
  claims.tenant_id = record->tenant_id;
  claims.integration_id = record->integration_id;
  claims.business_unit = record->home_business_unit;
  claims.enterprise = door_.settings.enterprise_id;
  claims.scopes = *scopes;
  return LiveToken{claims, jwt.id, std::move(jwt.audience)};
}

// What became of it, its secret and its package since.
bool TokenGate::may_live(const LiveToken& token, base::Instant now) {
  const TokenClaims& claims = token.claims;
  if (claims.tenant_id != door_.settings.tenant_id || door_.revoked_tokens.contains(token.id)) {
    return false;
  }
  const EpochGuard guard(door_.epochs, reader_);
  const Record* record = door_.directory.find(claims.client);
  return record != nullptr && record->integration_id == claims.integration_id &&
         !are_tokens_revoked(*record, claims.secret_id, claims.issued_at) &&
         lets_tokens_live(*record, claims.secret_id, now);
}

std::optional<LiveToken> TokenGate::find(std::string_view token, base::Instant now) {
  auto found = read(token, now);
  if (!found || !may_live(*found, now)) return std::nullopt;
  // Of a clock that was ahead: what revokes all tokens until now must not leave it out.
  if (found->claims.issued_at > now + kLagThatStopsTokens) return std::nullopt;
  return found;
}

std::optional<TokenClaims> TokenGate::check(std::string_view token, base::Instant now) {
  const auto found = find(token, now);
  if (!found || found->audience != issuer_of(door_.settings)) return std::nullopt;
  return found->claims;
}

std::optional<TokenClaims> TokenGate::check(const net::Request& request, base::Instant now) {
  return check(bearer_of(request), now);
}

std::optional<TokenClaims> TokenGate::check_admin(std::string_view token, base::Instant now) {
  const auto claims = check(token, now);
  if (!claims || claims->kind != TokenKind::kAdmin) return std::nullopt;
  const EpochGuard guard(door_.epochs, reader_);
  const std::size_t admin_scope = door_.scopes.load().find(credential::kAdminScope);
  return claims->scopes.contains(admin_scope) ? claims : std::nullopt;
}

std::optional<TokenClaims> TokenGate::check_admin(const net::Request& request, base::Instant now) {
  return check_admin(bearer_of(request), now);
}

std::optional<Bearer> TokenGate::bearer(const net::Request& request, base::Instant now) {
  return bearer(bearer_of(request), now);
}

std::optional<Bearer> TokenGate::bearer(std::string_view token, base::Instant now) {
  const auto claims = check(token, now);
  if (!claims) return std::nullopt;
  const EpochGuard guard(door_.epochs, reader_);
  const credential::ScopeRegistry& registry = door_.scopes.load();
  const std::size_t admin_scope = registry.find(credential::kAdminScope);
  return Bearer{claims->business_unit, claims->enterprise, claims->integration_id,
                registry.format(claims->scopes),
                claims->kind == TokenKind::kAdmin && claims->scopes.contains(admin_scope)};
}

SharedTokenGate::Found SharedTokenGate::find(std::string_view token, base::Instant now) {
  const std::lock_guard lock(mutex_);
  Found found;
  found.bearer = gate_.bearer(token, now);
  found.has_expired = !found.bearer && gate_.may_have_lived(token);
  return found;
}

}  // namespace rekey::authority

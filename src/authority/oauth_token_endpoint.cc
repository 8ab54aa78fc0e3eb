#include "authority/oauth_token_endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/oauth_reply.h"
#include "authority/scope_grant.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kGrantType = "client_credentials";

AudienceTable::Entry own_audience(const FrontSettings& settings) {
  const std::string issuer = issuer_of(settings);
  const AudienceTable table({Audience{issuer, crypto::JwsAlgorithm::kEs256, {}, {}}});
  return *table.find(issuer);
}

// RFC 6749 section 3.3: scope-token *( SP scope-token ). The names are looked up later.
bool is_scope_list(std::string_view text) noexcept {
  return !text.starts_with(' ') && !text.ends_with(' ') &&
         text.find("  ") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7E && c != '"' && c != '\\'; });
}

}  // namespace

OAuthTokenEndpoint::OAuthTokenEndpoint(const FrontDoor& door, EpochDomain::Reader& reader,
                                       ClientAuthenticator& clients)
    : door_(door),
      reader_(reader),
      clients_(clients),
      own_audience_(own_audience(door.settings)),
      minter_(door.signing_keys, issuer_of(door.settings)),
      reply_middle_(
          fmt::format(R"(","token_type":"Bearer","expires_in":{},)", kJwtLifetime.count())),
      issued_(issued_counter(door.metrics, "use")),
      probed_(issued_counter(door.metrics, "probe")),
      failed_(refused_counter(door.metrics, "bad_request")) {}

void OAuthTokenEndpoint::handle(net::Exchange& exchange, base::Instant now) {
  answer(exchange, now);
  parser_.forget();
}

void OAuthTokenEndpoint::answer(net::Exchange& exchange, base::Instant now) {
  ClientHeaders headers = client_headers_of(exchange.request());
  // Hop 3: where a token may be issued now, the form becomes a client that presents a secret.
  if (!door_.readiness.issues_tokens()) {
    return fail(exchange, {TokenProblem::kUnavailable, {}});
  }
  const auto client = parser_.parse(exchange.request(), headers);
  if (!client) return fail(exchange, client.error());
  const std::string_view grant_type = parser_.parameter("grant_type");
  if (grant_type.empty()) return fail(exchange, {TokenProblem::kMissingGrantType, {}});
  if (grant_type != kGrantType) return fail(exchange, {TokenProblem::kUnsupportedGrantType, {}});

  // Hop 4: whether it is a probe, which takes the right to administer.
  headers.is_probe = clients_.is_probe(headers, now);

  // Hops 5 to 8: whose secret it is, if anybody's.
  const EpochGuard guard(door_.epochs, reader_);
  const ClientFinding finding = clients_.authenticate(*client, now);
  if (finding.refusal != credential::Refusal::kNone) {
    clients_.note_refusal(exchange.request(), headers, finding, now);
    return respond_failure(
        exchange, {problem_of(finding.refusal, door_.settings.detailed_client_errors), {}});
  }
  issue(exchange, client->client_id, headers, finding, now);
}

const AudienceTable::Entry* OAuthTokenEndpoint::audience_for(const Record& record) const noexcept {
  const std::string_view resource = parser_.parameter("resource");
  if (parser_.has_many_resources()) return nullptr;
  if (resource.empty() || resource == own_audience_.uri) return &own_audience_;
  const AudienceTable::Entry* declared = door_.audiences.load().find(resource);
  return declared != nullptr && declared->is_open_to(record.key) ? declared : nullptr;
}

void OAuthTokenEndpoint::issue(net::Exchange& exchange, std::string_view client_id,
                               const ClientHeaders& headers, const ClientFinding& finding,
                               base::Instant now) {
  const Record& record = *finding.record;
  const Record::SecretPart& part = record.parts[finding.secret];
  UsageMeter::prefetch(*part.meter);

  // Hop 10: the meter is told who used which secret, also where no token can be had for what is
  // asked: that secret is in use. A probe is no use.
  clients_.note_use(exchange.request(), headers, finding, now);

  // Hop 8 goes on: what the token is for, and the scopes asked for, or all of them; they must be
  // the integration's.
  const AudienceTable::Entry* audience = audience_for(record);
  if (audience == nullptr) return fail(exchange, {TokenProblem::kInvalidTarget, {}});
  const std::string_view wanted = parser_.parameter("scope");
  if (!is_scope_list(wanted)) return fail(exchange, {TokenProblem::kMalformedScope, {}});
  const credential::ScopeRegistry& registry = door_.scopes.load();
  const GrantedScopes& held = record.scopes_at(now);
  const auto scopes =
      wanted.empty() ? held.set : grant_scopes(registry, held.set, wanted, door_.unknown_scopes());
  if (!scopes) return fail(exchange, {TokenProblem::kScopeNotGranted, {}});
  scope_.clear();
  append_scopes(scope_, *scopes, held, registry);

  const JwtClaims claims{.client_id = client_id,
                         .audience_json = audience->json,
                         .algorithm = audience->algorithm,
                         .secret_id = record.facts[finding.secret].id,
                         .scope = scope_.text(),
                         .issued_at = now};
  if (!write_reply(claims, part.expiry_json)) {
    return fail(exchange, {TokenProblem::kUnavailable, {}});
  }

  (headers.is_probe ? probed_ : issued_).increment();

  // Hop 11: the reply is copied into the connection's buffer.
  exchange.respond(200, kOAuthContentType, reply_.text(), kOAuthNoStore);
}

// False where no key of the audience's algorithm signs yet.
bool OAuthTokenEndpoint::write_reply(const JwtClaims& claims,
                                     std::string_view expiry_json) noexcept {
  reply_.clear();
  reply_.append(R"({"access_token":")");
  // Hop 9: the claims become a signed token, straight into the reply.
  const std::size_t token_size = minter_.mint(claims, reply_.room(kMaxJwtSize));
  if (token_size == 0) return false;
  reply_.advance(token_size);
  reply_.append(reply_middle_);
  if (!claims.scope.empty()) {
    reply_.append(R"("scope":")");
    reply_.append(claims.scope);
    reply_.append(R"(",)");
  }
  reply_.append(expiry_json);
  reply_.append("}");
  return true;
}

void OAuthTokenEndpoint::fail(net::Exchange& exchange, const TokenFailure& failure) {
  failed_.increment();
  respond_failure(exchange, failure);
}

}  // namespace rekey::authority

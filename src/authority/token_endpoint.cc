#include "authority/token_endpoint.h"

#include <fmt/format.h>

#include "authority/oauth_error.h"
#include "authority/scope_grant.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kGrantType = "client_credentials";

// RFC 6749 section 5.1: a reply that holds a token is kept nowhere.
constexpr std::array<net::HeaderView, 2> kNoStore{
    {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}}};
// RFC 6749 section 5.2: who tried Basic is told the scheme.
constexpr std::array<net::HeaderView, 3> kNoStoreBasic{
    {{"Cache-Control", "no-store"},
     {"Pragma", "no-cache"},
     {"WWW-Authenticate", "Basic realm=\"rekey\""}}};

std::string url_json(const FrontSettings& settings, TenantService service) {
  std::string text;
  net::append_json_string(text, instance_url(settings, service));
  return text;
}

}  // namespace

TokenEndpoint::TokenEndpoint(const FrontDoor& door, EpochDomain::Reader& reader,
                             ClientAuthenticator& clients)
    : door_(door),
      reader_(reader),
      clients_(clients),
      minter_(door.token_keys),
      reply_middle_(fmt::format(R"(","token_type":"Bearer","expires_in":{},"scope":")",
                                door.settings.expires_in.count())),
      reply_end_(fmt::format(R"(","soap_instance_url":{},"rest_instance_url":{},)",
                             url_json(door.settings, TenantService::kSoap),
                             url_json(door.settings, TenantService::kRest))),
      issued_(issued_counter(door.metrics, "use")),
      probed_(issued_counter(door.metrics, "probe")),
      failed_(refused_counter(door.metrics, "bad_request")) {
  for (std::size_t i = 0; i < credential::kRefusalCount; ++i) {
    const auto reason = static_cast<credential::Refusal>(i);
    if (reason == credential::Refusal::kNone) continue;
    const TokenProblem problem = problem_of(reason, door.settings.detailed_client_errors);
    refusal_bodies_[static_cast<std::size_t>(problem)] = body_of({problem, {}});
  }
}

void TokenEndpoint::handle(net::Exchange& exchange, base::Instant now) {
  answer(exchange, now);
  parser_.forget();
}

void TokenEndpoint::answer(net::Exchange& exchange, base::Instant now) {
  const net::Request& request = exchange.request();
  ClientHeaders headers = client_headers_of(request);
  // Hop 3: where a token may be issued now, the body, JSON or form, becomes a TokenRequest.
  if (!door_.readiness.issues_tokens()) {
    return fail(exchange, {TokenProblem::kUnavailable, {}});
  }
  const auto parsed = parser_.parse({headers.content_type, headers.authorization, request.body});
  if (!parsed) return fail(exchange, parsed.error());
  if (parsed->grant_type != kGrantType) {
    return fail(exchange, {TokenProblem::kUnsupportedGrantType, {}});
  }

  // Hop 4: whether it is a probe, which takes the right to administer.
  headers.is_probe = clients_.is_probe(headers, now);

  // Hops 5 to 8: whose secret it is, if anybody's.
  const EpochGuard guard(door_.epochs, reader_);
  const ClientFinding finding =
      clients_.authenticate({parsed->client_id, parsed->client_secret, parsed->account_id}, now);
  if (finding.refusal != credential::Refusal::kNone) {
    return refuse(exchange, headers, finding, now);
  }
  issue(exchange, *parsed, headers, finding, now);
}

void TokenEndpoint::issue(net::Exchange& exchange, const TokenRequest& request,
                          const ClientHeaders& headers, const ClientFinding& finding,
                          base::Instant now) {
  const Record& record = *finding.record;
  const Record::SecretPart& part = record.parts[finding.secret];
  UsageMeter::prefetch(*part.meter);
  __builtin_prefetch(part.expiry_json.data());
  __builtin_prefetch(part.expiry_json.data() + 64);

  // Hop 8 goes on: the scopes asked for, or all of them; they must be the integration's.
  const GrantedScopes& held = record.scopes_at(now);
  const auto scopes = request.scope ? grant_scopes(door_.scopes.load(), held.set, *request.scope,
                                                   door_.unknown_scopes())
                                    : held.set;

  // Hop 10: the meter is told who used which secret, also where no token can be had for what is
  // asked: that secret is in use. A probe is no use.
  clients_.note_use(exchange.request(), headers, finding, now);
  if (!scopes) return fail(exchange, {TokenProblem::kScopeNotGranted, {}});

  const TokenClaims claims{.kind = record.is_admin ? TokenKind::kAdmin : TokenKind::kServerToServer,
                           .tenant_id = record.tenant_id,
                           .client = record.key,
                           .integration_id = record.integration_id,
                           .secret_id = record.facts[finding.secret].id,
                           .business_unit = request.account_id.value_or(record.home_business_unit),
                           .enterprise = door_.settings.enterprise_id,
                           .issued_at = now,
                           .expires_at = now + door_.settings.token_lifetime,
                           .scopes = *scopes};
  if (!write_reply(claims, held, part.expiry_json)) {
    return fail(exchange, {TokenProblem::kUnavailable, {}});
  }
  (headers.is_probe ? probed_ : issued_).increment();

  // Hop 11: the reply is copied into the connection's buffer.
  exchange.respond(200, kJson, reply_.text(), kNoStore);
}

// False where no key mints yet.
bool TokenEndpoint::write_reply(const TokenClaims& claims, const GrantedScopes& held,
                                std::string_view expiry_json) noexcept {
  reply_.clear();
  reply_.append(R"({"access_token":")");
  // Hop 9: the claims become an opaque token, straight into the reply.
  const std::size_t token_size = minter_.mint(claims, reply_.room(kMaxTokenSize));
  if (token_size == 0) return false;
  reply_.advance(token_size);
  reply_.append(reply_middle_);
  append_scopes(reply_, claims.scopes, held, door_.scopes.load());
  reply_.append(reply_end_);
  reply_.append(expiry_json);
  reply_.append("}");
  return true;
}

void TokenEndpoint::refuse(net::Exchange& exchange, const ClientHeaders& headers,
                           const ClientFinding& finding, base::Instant now) {
  clients_.note_refusal(exchange.request(), headers, finding, now);
  const TokenProblem problem = problem_of(finding.refusal, door_.settings.detailed_client_errors);
  const bool is_basic = uses_basic(headers.authorization);
  exchange.respond(status_of(problem), kJson, refusal_bodies_[static_cast<std::size_t>(problem)],
                   is_basic ? std::span<const net::HeaderView>(kNoStoreBasic)
                            : std::span<const net::HeaderView>(kNoStore));
}

void TokenEndpoint::fail(net::Exchange& exchange, const TokenFailure& failure) {
  failed_.increment();
  exchange.respond(status_of(failure.problem), kJson, body_of(failure), kNoStore);
}

}  // namespace rekey::authority

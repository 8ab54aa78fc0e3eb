#include "authority/token_endpoint.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "authority/caller.h"
#include "authority/oauth_error.h"
#include "base/assert.h"
#include "base/text.h"
#include "credential/secret_format.h"
#include "net/json.h"
#include "telemetry/names.h"

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

// A record that no secret fits, with as many candidates as an integration usually has.
std::unique_ptr<const Record> make_nobody() {
  auto record = std::make_unique<Record>();
  for (std::int64_t id = 1; id <= 2; ++id) {
    credential::SecretFacts facts;
    facts.id.value = id;
    facts.phase = credential::Phase::kActive;
    facts.ends_at = base::kFarFuture;
    record->facts.push_back(facts);
    record->parts.emplace_back();
  }
  return record;
}

void prefetch_candidates(const Record& record) noexcept {
  for (const credential::SecretFacts& facts : record.facts) __builtin_prefetch(&facts);
  for (const Record::SecretPart& part : record.parts) __builtin_prefetch(&part);
}

std::string url_json(const FrontSettings& settings, TenantService service) {
  std::string text;
  net::append_json_string(text, instance_url(settings, service));
  return text;
}

telemetry::Counter& refused_counter(telemetry::Metrics& metrics, std::string_view reason) {
  return metrics.counter(telemetry::names::kTokensRefusedTotal,
                         "Token requests refused, by reason.", {{"reason", std::string(reason)}});
}

telemetry::Counter& issued_counter(telemetry::Metrics& metrics, std::string_view purpose) {
  return metrics.counter(telemetry::names::kTokensIssuedTotal, "Access tokens issued.",
                         {{"purpose", std::string(purpose)}});
}

}  // namespace

TokenEndpoint::TokenEndpoint(const FrontDoor& door, EpochDomain::Reader& reader, TokenGate& gate)
    : door_(door),
      reader_(reader),
      gate_(gate),
      minter_(door.token_keys),
      fingerprinter_(door.root_key),
      nobody_(make_nobody()),
      reply_middle_(fmt::format(R"(","token_type":"Bearer","expires_in":{},"scope":")",
                                door.settings.expires_in.count())),
      reply_end_(fmt::format(R"(","soap_instance_url":{},"rest_instance_url":{},)",
                             url_json(door.settings, TenantService::kSoap),
                             url_json(door.settings, TenantService::kRest))),
      issued_(issued_counter(door.metrics, "use")),
      probed_(issued_counter(door.metrics, "probe")),
      failed_(refused_counter(door.metrics, "bad_request")) {
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    const auto reason = static_cast<credential::Refusal>(i);
    if (reason == credential::Refusal::kNone) continue;
    const TokenProblem problem = problem_of(reason, door.settings.detailed_client_errors);
    refusal_bodies_[static_cast<std::size_t>(problem)] = body_of({problem, {}});
    refused_[i] = &refused_counter(door.metrics, credential::name_of(reason));
  }
}

void TokenEndpoint::Reply::append(std::string_view text) noexcept {
  REKEY_ASSERT(text.size() <= bytes_.size() - size_);
  std::memcpy(bytes_.data() + size_, text.data(), text.size());
  size_ += text.size();
}

std::span<char> TokenEndpoint::Reply::room() noexcept {
  REKEY_ASSERT(kMaxTokenSize <= bytes_.size() - size_);
  return {bytes_.data() + size_, kMaxTokenSize};
}

TokenEndpoint::Headers TokenEndpoint::headers_of(const net::Request& request) noexcept {
  Headers headers;
  const auto take = [](std::string_view& place, const net::HeaderView& header, const char* name) {
    if (place.empty() && base::equal_ignoring_case(header.name, name)) place = header.value;
  };
  for (const net::HeaderView& header : request.headers) {
    switch (header.name.size()) {
      case 10:
        take(headers.user_agent, header, "User-Agent");
        break;
      case 11:
        take(headers.probe, header, "Rekey-Probe");
        break;
      case 12:
        take(headers.content_type, header, "Content-Type");
        break;
      case 13:
        take(headers.authorization, header, "Authorization");
        break;
      default:
        break;
    }
  }
  return headers;
}

void TokenEndpoint::handle(net::Exchange& exchange, base::Instant now) {
  answer(exchange, now);
  parser_.forget();
}

void TokenEndpoint::answer(net::Exchange& exchange, base::Instant now) {
  const net::Request& request = exchange.request();
  Headers headers = headers_of(request);
  // Hop 3: where a token may be issued now, the body, JSON or form, becomes a TokenRequest.
  if (!door_.readiness.issues_tokens()) {
    return fail(exchange, {TokenProblem::kUnavailable, {}});
  }
  const auto parsed = parser_.parse({headers.content_type, headers.authorization, request.body});
  if (!parsed) return fail(exchange, parsed.error());
  if (parsed->grant_type != kGrantType) {
    return fail(exchange, {TokenProblem::kUnsupportedGrantType, {}});
  }

  // Hop 4: hiding from the evidence takes the right to administer; any other mark changes nothing.
  headers.is_probe = !headers.probe.empty() && gate_.check_admin(headers.probe, now).has_value();

  const EpochGuard guard(door_.epochs, reader_);
  const Finding finding = authenticate(*parsed, now);
  if (finding.refusal != credential::Refusal::kNone) {
    return refuse(exchange, headers, finding, now);
  }
  issue(exchange, *parsed, headers, finding, now);
}

TokenEndpoint::Finding TokenEndpoint::authenticate(const TokenRequest& request,
                                                   base::Instant now) noexcept {
  // Hop 5: the client id leads to a record, without a lock. Who has none is held against somebody
  // else's, a stand-in, whose verdict counts for nothing, so that an unknown client costs what a
  // wrong secret costs. Only where nobody is near is it the record that fits nobody.
  const auto key = pack_client_id(request.client_id);
  const Record* found = key ? door_.directory.find(*key) : nullptr;
  const Record* stand_in = key && found == nullptr ? door_.directory.stand_in(*key) : found;
  const Record& record = stand_in != nullptr ? *stand_in : *nobody_;
  const auto refused = [found](credential::Refusal reason) {
    return Finding{found != nullptr ? reason : credential::Refusal::kUnknownClient, found, 0};
  };
  // Each record lies somewhere else in memory: what is needed next is on its way meanwhile.
  __builtin_prefetch(&record);
  const bool is_well_formed = credential::is_well_formed_secret(request.client_secret);
  prefetch_candidates(record);
  if (!is_well_formed && !record.holds_imported) {
    return refused(credential::Refusal::kMalformedSecret);
  }

  // Hop 6: the value becomes a keyed fingerprint; from here on nothing looks at the value.
  const base::Fingerprint presented = fingerprinter_(request.client_secret);

  // Hop 7: the pure rule compares it with every candidate and the time with every end.
  last_used_millis_.clear();
  for (const Record::SecretPart& part : record.parts) {
    last_used_millis_.push_back(part.meter != nullptr ? UsageMeter::last_used_millis(*part.meter)
                                                      : 0);
  }
  const credential::Verdict verdict =
      credential::authenticate(record.facts, last_used_millis_, presented, now);

  // Hop 8: what else has to hold: a known client, whose package is neither deleted nor disabled,
  // and a business unit of the integration. issue() looks at the scopes.
  if (found == nullptr || verdict.refusal != credential::Refusal::kNone) {
    return refused(verdict.refusal);
  }
  if (record.is_deleted) return refused(credential::Refusal::kEnded);
  if (!record.is_enabled) return refused(credential::Refusal::kPackageDisabled);
  if (request.account_id && std::find(record.business_units.begin(), record.business_units.end(),
                                      *request.account_id) == record.business_units.end()) {
    return refused(credential::Refusal::kBusinessUnitNotEnabled);
  }
  return {credential::Refusal::kNone, found, verdict.index};
}

// nullopt where a wanted scope is unknown or not granted and that is not to be ignored.
std::optional<credential::ScopeSet> TokenEndpoint::grant(const credential::ScopeSet& held,
                                                         std::string_view wanted) const noexcept {
  const credential::ScopeRegistry& registry = door_.scopes.load();
  credential::ScopeSet granted;
  while (!wanted.empty()) {
    const std::string_view name = wanted.substr(0, wanted.find(' '));
    wanted.remove_prefix(std::min(wanted.size(), name.size() + 1));
    if (name.empty()) continue;
    const std::size_t number = registry.find(name);
    if (held.contains(number)) {
      granted.insert(number);
    } else if (!door_.settings.ignores_unknown_scopes) {
      return std::nullopt;
    }
  }
  return granted;
}

void TokenEndpoint::issue(net::Exchange& exchange, const TokenRequest& request,
                          const Headers& headers, const Finding& finding, base::Instant now) {
  const Record& record = *finding.record;
  const Record::SecretPart& part = record.parts[finding.secret];
  UsageMeter::prefetch(*part.meter);
  __builtin_prefetch(part.expiry_json.data());
  __builtin_prefetch(part.expiry_json.data() + 64);

  // Hop 8 goes on: the scopes asked for, or all of them; they must be the integration's.
  const GrantedScopes& held = record.scopes_at(now);
  const auto scopes = request.scope ? grant(held.set, *request.scope) : held.set;
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

  // Hop 10: the meter is told who used which secret; a probe is no use.
  if (!headers.is_probe) {
    door_.usage.note(*part.meter,
                     client_address(exchange.request(), door_.settings.trusted_proxies),
                     headers.user_agent, now);
    issued_.increment();
  } else {
    probed_.increment();
  }

  // Hop 11: the reply is copied into the connection's buffer.
  exchange.respond(200, kJson, reply_.text(), kNoStore);
}

// False where no key mints yet.
bool TokenEndpoint::write_reply(const TokenClaims& claims, const GrantedScopes& held,
                                std::string_view expiry_json) noexcept {
  reply_.clear();
  reply_.append(R"({"access_token":")");
  // Hop 9: the claims become an opaque token, straight into the reply.
  const std::size_t token_size = minter_.mint(claims, reply_.room());
  if (token_size == 0) return false;
  reply_.advance(token_size);
  reply_.append(reply_middle_);
  if (claims.scopes == held.set) {
    reply_.append(*held.text);
  } else {
    const std::vector<std::string>& names = door_.scopes.load().names();
    bool is_first = true;
    for (std::size_t word = 0; word < claims.scopes.words().size(); ++word) {
      for (std::uint64_t bits = claims.scopes.words()[word]; bits != 0; bits &= bits - 1) {
        if (!is_first) reply_.append(" ");
        is_first = false;
        reply_.append(names[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))]);
      }
    }
  }
  reply_.append(reply_end_);
  reply_.append(expiry_json);
  reply_.append("}");
  return true;
}

void TokenEndpoint::refuse(net::Exchange& exchange, const Headers& headers, const Finding& finding,
                           base::Instant now) {
  if (!headers.is_probe) {
    const Record& record = finding.record != nullptr ? *finding.record : *nobody_;
    door_.refusals.note(record.integration_id, record.key, finding.refusal,
                        client_address(exchange.request(), door_.settings.trusted_proxies), now);
  }
  refused_[static_cast<std::size_t>(finding.refusal)]->increment();
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

#include "authority/client_authenticator.h"

#include <algorithm>
#include <string>

#include "authority/caller.h"
#include "base/text.h"
#include "credential/secret_format.h"
#include "telemetry/names.h"

namespace rekey::authority {

namespace {

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

}  // namespace

telemetry::Counter& refused_counter(telemetry::Metrics& metrics, std::string_view reason) {
  return metrics.counter(telemetry::names::kTokensRefusedTotal,
                         "Token requests refused, by reason.", {{"reason", std::string(reason)}});
}

telemetry::Counter& issued_counter(telemetry::Metrics& metrics, std::string_view purpose) {
  return metrics.counter(telemetry::names::kTokensIssuedTotal, "Access tokens issued.",
                         {{"purpose", std::string(purpose)}});
}

ClientHeaders client_headers_of(const net::Request& request) noexcept {
  ClientHeaders headers;
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

ClientAuthenticator::ClientAuthenticator(const FrontDoor& door, TokenGate& gate)
    : door_(door), gate_(gate), fingerprinter_(door.root_key), nobody_(make_nobody()) {
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    const auto reason = static_cast<credential::Refusal>(i);
    if (reason == credential::Refusal::kNone) continue;
    refused_[i] = &refused_counter(door.metrics, credential::name_of(reason));
  }
}

bool ClientAuthenticator::is_probe(const ClientHeaders& headers, base::Instant now) {
  return !headers.probe.empty() && gate_.check_admin(headers.probe, now).has_value();
}

ClientFinding ClientAuthenticator::authenticate(const PresentedClient& client,
                                                base::Instant now) noexcept {
  // Hop 5: the client id leads to a record, without a lock. Who has none is held against somebody
  // else's, a stand-in, whose verdict counts for nothing, so that an unknown client costs what a
  // wrong secret costs. Only where nobody is near is it the record that fits nobody.
  const auto key = pack_client_id(client.client_id);
  const Record* found = key ? door_.directory.find(*key) : nullptr;
  const Record* stand_in = key && found == nullptr ? door_.directory.stand_in(*key) : found;
  const Record& record = stand_in != nullptr ? *stand_in : *nobody_;
  const auto refused = [found](credential::Refusal reason) {
    return ClientFinding{found != nullptr ? reason : credential::Refusal::kUnknownClient, found, 0};
  };
  // Each record lies somewhere else in memory: what is needed next is on its way meanwhile.
  __builtin_prefetch(&record);
  const bool is_well_formed = credential::is_well_formed_secret(client.client_secret);
  prefetch_candidates(record);
  if (!is_well_formed && !record.holds_imported) {
    return refused(credential::Refusal::kMalformedSecret);
  }

  // Hop 6: the value becomes a keyed fingerprint; from here on nothing looks at the value.
  const base::Fingerprint presented = fingerprinter_(client.client_secret);

  // Hop 7: the pure rule compares it with every candidate and the time with every end.
  last_used_millis_.clear();
  for (const Record::SecretPart& part : record.parts) {
    last_used_millis_.push_back(part.meter != nullptr ? UsageMeter::last_used_millis(*part.meter)
                                                      : 0);
  }
  const credential::Verdict verdict =
      credential::authenticate(record.facts, last_used_millis_, presented, now);

  // Hop 8: what else has to hold: a known client, whose package is neither deleted nor disabled,
  // and a business unit of the integration. Scopes are the endpoint's to look at.
  if (found == nullptr || verdict.refusal != credential::Refusal::kNone) {
    return refused(verdict.refusal);
  }
  if (record.is_deleted) return refused(credential::Refusal::kEnded);
  if (!record.is_enabled) return refused(credential::Refusal::kPackageDisabled);
  if (client.account_id && std::find(record.business_units.begin(), record.business_units.end(),
                                     *client.account_id) == record.business_units.end()) {
    return refused(credential::Refusal::kBusinessUnitNotEnabled);
  }
  return {credential::Refusal::kNone, found, verdict.index};
}

void ClientAuthenticator::note_use(const net::Request& request, const ClientHeaders& headers,
                                   const ClientFinding& finding, base::Instant now) noexcept {
  if (headers.is_probe) return;
  door_.usage.note(*finding.record->parts[finding.secret].meter,
                   client_address(request, door_.settings.trusted_proxies), headers.user_agent,
                   now);
}

void ClientAuthenticator::note_refusal(const net::Request& request, const ClientHeaders& headers,
                                       const ClientFinding& finding, base::Instant now) {
  if (!headers.is_probe) {
    const Record& record = finding.record != nullptr ? *finding.record : *nobody_;
    door_.refusals.note(record.integration_id, record.key, finding.refusal,
                        client_address(request, door_.settings.trusted_proxies), now);
  }
  refused_[static_cast<std::size_t>(finding.refusal)]->increment();
}

}  // namespace rekey::authority

#include "authority/record.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace rekey::authority {

namespace {

constexpr std::size_t kHalf = credential::kClientIdSize / 2;  // 36^12 < 2^64

// 36 for what is no digit of base 36 in lower case.
constexpr std::uint64_t digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<std::uint64_t>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint64_t>(c - 'a') + 10;
  return 36;
}

std::optional<std::uint64_t> pack_half(std::string_view text) noexcept {
  std::uint64_t packed = 0;
  for (const char c : text) {
    const std::uint64_t digit = digit_of(c);
    if (digit == 36) return std::nullopt;
    packed = packed * 36 + digit;
  }
  return packed;
}

void unpack_half(std::uint64_t packed, char* out) noexcept {
  for (std::size_t i = kHalf; i-- > 0; packed /= 36) {
    out[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[packed % 36];
  }
}

// The candidates: every secret that is not ended, then the last few that are, each in order of
// issue.
std::vector<const credential::ClientSecret*> candidates_of(
    const credential::Integration& integration) {
  std::vector<const credential::ClientSecret*> live;
  std::vector<const credential::ClientSecret*> ended;
  for (const auto& secret : integration.secrets) {
    (secret.phase == credential::Phase::kEnded ? ended : live).push_back(&secret);
  }
  const std::size_t skipped = ended.size() - std::min(ended.size(), Record::kEndedSecretsKept);
  live.insert(live.end(), ended.begin() + static_cast<std::ptrdiff_t>(skipped), ended.end());
  return live;
}

std::string expiry_json_of(const credential::ClientSecret& secret,
                           const credential::SecretFacts& facts) {
  const credential::RenewalWindow window = credential::renewal_window(secret);
  return fmt::format(
      R"("secret_expires_at":"{}","secret_renewal_window":{{"opens_at":"{}","closes_at":"{}"}})",
      base::format_instant(facts.ends_at), base::format_instant(window.opens_at),
      base::format_instant(window.closes_at));
}

}  // namespace

std::optional<ClientKey> pack_client_id(std::string_view text) noexcept {
  if (text.size() != credential::kClientIdSize) return std::nullopt;
  const auto high = pack_half(text.substr(0, kHalf));
  const auto low = pack_half(text.substr(kHalf));
  if (!high || !low) return std::nullopt;
  return ClientKey{*high, *low};
}

std::string unpack_client_id(const ClientKey& key) {
  std::string text(credential::kClientIdSize, '0');
  unpack_half(key.high, text.data());
  unpack_half(key.low, text.data() + kHalf);
  return text;
}

ScopeTexts::Text ScopeTexts::intern(const credential::ScopeSet& scopes,
                                    const credential::ScopeRegistry& registry) {
  auto& known = texts_[scopes];
  Text text = known.lock();
  if (text == nullptr) {
    text = std::make_shared<const std::string>(registry.format(scopes));
    known = text;
  }
  return text;
}

std::unique_ptr<Record> make_record(const credential::Integration& integration,
                                    const credential::Policy& effective,
                                    const credential::ScopeRegistry& registry, ScopeTexts& texts,
                                    UsageMeter& meter) {
  const auto key = pack_client_id(integration.client_id.value);
  REKEY_ASSERT(key.has_value());
  auto record = std::make_unique<Record>();
  record->key = *key;
  record->integration_id = integration.id;
  record->package_id = integration.package_id;
  record->tenant_id = integration.tenant_id;
  record->is_enabled = integration.is_enabled;
  record->is_deleted = integration.is_deleted;
  record->is_admin = integration.is_admin;
  record->ends_tokens_with_secret = effective.ends_tokens_with_secret;
  for (const std::string& name : integration.scopes) {
    const std::size_t number = registry.find(name);
    if (number < credential::kMaxScopes) record->scopes.set.insert(number);
  }
  record->scopes.text = texts.intern(record->scopes.set, registry);
  record->home_business_unit = integration.home_business_unit;
  record->business_units = integration.business_units;
  record->package_name = integration.package.name;
  record->all_tokens_revoked_at = integration.tokens_revoked_at;

  for (const credential::ClientSecret* secret : candidates_of(integration)) {
    const credential::SecretFacts facts = credential::facts_of(*secret);
    record->facts.push_back(facts);
    record->parts.push_back(
        {&meter.meter_of(secret->id, secret->slot.value), expiry_json_of(*secret, facts)});
    if (secret->origin == credential::Origin::kImported) record->holds_imported = true;
  }
  for (const auto& secret : integration.secrets) {
    if (secret.end_reason == credential::EndReason::kRevoked) record->revoked.push_back(secret.id);
    if (secret.tokens_revoked_at) {
      record->tokens_revoked_at.emplace_back(secret.id, *secret.tokens_revoked_at);
    }
  }
  return record;
}

std::unique_ptr<const Record::EarlierScopes> kept_scopes(const Record& before, const Record& after,
                                                         base::Instant now, base::Duration delay) {
  const bool is_waiting = before.earlier_scopes != nullptr && now < before.earlier_scopes->until;
  if (is_waiting) return std::make_unique<const Record::EarlierScopes>(*before.earlier_scopes);
  if (before.scopes.set == after.scopes.set || delay <= base::Duration::zero()) return nullptr;
  return std::make_unique<const Record::EarlierScopes>(
      Record::EarlierScopes{before.scopes, now + delay});
}

bool are_tokens_revoked(const Record& record, credential::SecretId secret_id,
                        base::Instant issued_at) noexcept {
  if (record.all_tokens_revoked_at && issued_at <= *record.all_tokens_revoked_at) return true;
  return std::any_of(record.tokens_revoked_at.begin(), record.tokens_revoked_at.end(),
                     [&](const auto& revoked) {
                       return revoked.first == secret_id && issued_at <= revoked.second;
                     });
}

bool lets_tokens_live(const Record& record, credential::SecretId secret_id,
                      base::Instant now) noexcept {
  if (!record.is_enabled || record.is_deleted) return false;
  if (std::find(record.revoked.begin(), record.revoked.end(), secret_id) != record.revoked.end()) {
    return false;
  }
  if (!record.ends_tokens_with_secret) return true;
  for (std::size_t i = 0; i < record.facts.size(); ++i) {
    const credential::SecretFacts& facts = record.facts[i];
    if (facts.id != secret_id) continue;
    const std::int64_t last_used = UsageMeter::last_used_millis(*record.parts[i].meter);
    return credential::authenticate({&facts, 1}, {&last_used, 1}, facts.fingerprint, now).refusal ==
           credential::Refusal::kNone;
  }
  return false;
}

}  // namespace rekey::authority

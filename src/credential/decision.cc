#include "credential/decision.h"

#include <fmt/format.h>

#include <algorithm>

#include "credential/secret_format.h"

namespace rekey::credential {
namespace {

using base::Code;
using base::Instant;

// The reason for an end that time alone has brought; kNone where it has not.
EndReason lapse_of(SecretStatus status) noexcept {
  switch (status) {
    case SecretStatus::kExpired:
      return EndReason::kExpired;
    case SecretStatus::kDormant:
      return EndReason::kDormant;
    case SecretStatus::kEnded:
      return EndReason::kSuperseded;
    default:
      return EndReason::kNone;
  }
}

// Of an import. A fixed end bounds what was generated up to its cut-off (contract section 3.3), yet
// never further ahead than the longest time to live: no policy can say never.
Instant import_expires_at(const Policy& policy, Instant generated_at, Instant now) {
  if (!policy.fixed_end || generated_at > policy.fixed_end->cut_off) {
    return generated_at + policy.time_to_live;
  }
  return std::min(policy.fixed_end->ends_at, now + kLongestTimeToLive);
}

}  // namespace

base::Result<Policy> Decision::policy() const {
  return effective_policy(tenant_policy_, state_);
}

SecretStatus Decision::status_of(const ClientSecret& secret) const noexcept {
  return status_at(secret, last_used_at(secret.id), now_);
}

void Decision::record(EventBody body) {
  events_.push_back({now_, std::move(body)});
  state_ = apply(std::move(state_), events_.back());
}

void Decision::record_lapses() {
  std::vector<SecretEnded> lapses;
  for (const auto& secret : state_.secrets) {
    if (secret.phase == Phase::kEnded) continue;
    const auto reason = lapse_of(status_of(secret));
    if (reason != EndReason::kNone) lapses.push_back({secret.id, reason, {}});
  }
  for (auto& lapse : lapses) record(std::move(lapse));
}

base::Status check_material(const Integration& state, const SecretMaterial& material) {
  if (material.id.value <= 0 || find_secret(state, material.id) != nullptr) {
    return base::fail(Code::kAlreadyExists, fmt::format("the new secret's id {} is not a fresh one",
                                                        to_text(material.id)));
  }
  if (material.shown_prefix.size() > kSecretShownSize) {
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("at most the first {} characters of a secret may be shown", kSecretShownSize));
  }
  for (const auto& secret : state.secrets) {
    if (secret.fingerprint != material.fingerprint) continue;
    return base::fail(
        Code::kAlreadyExists,
        fmt::format("client {} has held this value already, as {} ({}); a value is used once, and "
                    "one that has ended is never accepted again",
                    state.client_id.value, to_text(secret.id), name_of(secret.phase)));
  }
  return {};
}

ClientSecret generated_secret(const Decision& decision, const Policy& policy, const SlotTag& slot,
                              const SecretMaterial& material) {
  ClientSecret secret;
  secret.id = material.id;
  secret.slot = slot;
  secret.fingerprint = material.fingerprint;
  secret.shown_prefix = material.shown_prefix;
  secret.generated_at = decision.now();
  secret.usable_from = decision.now();
  secret.expires_at = decision.now() + policy.time_to_live;
  secret.dormancy = policy.dormancy;
  return secret;
}

base::Result<ClientSecret> imported_secret(const Decision& decision, const Policy& policy,
                                           const SlotTag& slot, const ImportedMaterial& imported) {
  const auto now = decision.now();
  if (imported.generated_at > now) {
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("generated_at is {}, in the future (now {}); give the instant at "
                    "which the secret was made",
                    base::format_instant(imported.generated_at), base::format_instant(now)));
  }
  auto secret = generated_secret(decision, policy, slot, imported.material);
  secret.origin = Origin::kImported;
  secret.generated_at = imported.generated_at;
  secret.expires_at = import_expires_at(policy, imported.generated_at, now);
  if (secret.expires_at > now) {
    secret.phase = Phase::kActive;
    secret.activated_at = now;
    return secret;
  }
  secret.usable_from = secret.expires_at;
  secret.phase = Phase::kEnded;
  secret.end_reason = EndReason::kExpired;
  secret.ended_at = secret.expires_at;
  return secret;
}

std::string describe(const SlotTag& slot, const Integration& state) {
  return slot == default_slot()
             ? fmt::format("the default slot of client {}", state.client_id.value)
             : fmt::format("slot {} of client {}", slot.value, state.client_id.value);
}

}  // namespace rekey::credential

// What a secret is at an instant: the clock's half of the lifecycle.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "credential/authenticate.h"
#include "credential/lifecycle.h"

namespace rekey::credential {
namespace {

constexpr std::array<std::string_view, 9> kStatusNames{"settling",   "staged",   "active",
                                                       "superseded", "replaced", "ended",
                                                       "expired",    "dormant",  "revoked"};
constexpr std::array<std::string_view, 4> kPhaseNames{"staged", "active", "superseded", "ended"};
constexpr std::array<std::string_view, 7> kEndReasonNames{
    "none", "replaced", "superseded", "expired", "dormant", "revoked", "deleted"};
constexpr std::array<std::string_view, 2> kOriginNames{"generated", "imported"};

template <typename Enum, std::size_t kSize>
base::Result<Enum> parse_name(const std::array<std::string_view, kSize>& names,
                              std::string_view text, std::string_view what) {
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("\"{}\" is not {}; known are {}", text.substr(0, 40), what,
                                fmt::join(names, ", ")));
}

SecretStatus status_after_end(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::kReplaced:
      return SecretStatus::kReplaced;
    case EndReason::kExpired:
      return SecretStatus::kExpired;
    case EndReason::kDormant:
      return SecretStatus::kDormant;
    case EndReason::kRevoked:
      return SecretStatus::kRevoked;
    case EndReason::kNone:
    case EndReason::kSuperseded:
    case EndReason::kDeleted:
      return SecretStatus::kEnded;
  }
  return SecretStatus::kEnded;
}

base::Instant dormant_from(const SecretFacts& facts,
                           std::optional<base::Instant> last_used_at) noexcept {
  return std::max(facts.usable_from, last_used_at.value_or(facts.usable_from)) + facts.dormancy;
}

}  // namespace

std::string_view name_of(SecretStatus status) noexcept {
  return kStatusNames[static_cast<std::size_t>(status)];
}
std::string_view name_of(Phase phase) noexcept {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}
std::string_view name_of(EndReason reason) noexcept {
  return kEndReasonNames[static_cast<std::size_t>(reason)];
}
std::string_view name_of(Origin origin) noexcept {
  return kOriginNames[static_cast<std::size_t>(origin)];
}

base::Result<Phase> parse_phase(std::string_view text) {
  return parse_name<Phase>(kPhaseNames, text, "a phase of a secret");
}
base::Result<EndReason> parse_end_reason(std::string_view text) {
  return parse_name<EndReason>(kEndReasonNames, text, "a reason for a secret's end");
}
base::Result<Origin> parse_origin(std::string_view text) {
  return parse_name<Origin>(kOriginNames, text, "an origin of a secret");
}

SecretFacts facts_of(const ClientSecret& secret) noexcept {
  auto ends_at = secret.expires_at;
  if (secret.phase == Phase::kSuperseded) {
    ends_at = std::min(ends_at, secret.overlap_ends_at.value_or(ends_at));
  }
  if (secret.phase == Phase::kEnded) ends_at = secret.ended_at.value_or(ends_at);
  return {secret.id,       secret.fingerprint, secret.usable_from, ends_at,
          secret.dormancy, secret.phase,       secret.end_reason};
}

base::Instant end_of(const SecretFacts& facts, std::optional<base::Instant> last_used_at) noexcept {
  if (facts.phase == Phase::kEnded) return facts.ends_at;
  return std::min(facts.ends_at, dormant_from(facts, last_used_at));
}

SecretStatus status_at(const SecretFacts& facts, std::optional<base::Instant> last_used_at,
                       base::Instant now) noexcept {
  if (facts.phase == Phase::kEnded) return status_after_end(facts.end_reason);
  if (now >= end_of(facts, last_used_at)) {
    if (dormant_from(facts, last_used_at) < facts.ends_at) return SecretStatus::kDormant;
    return facts.phase == Phase::kSuperseded ? SecretStatus::kEnded : SecretStatus::kExpired;
  }
  switch (facts.phase) {
    case Phase::kStaged:
      return now < facts.usable_from ? SecretStatus::kSettling : SecretStatus::kStaged;
    case Phase::kActive:
      return SecretStatus::kActive;
    case Phase::kSuperseded:
      return SecretStatus::kSuperseded;
    case Phase::kEnded:
      break;
  }
  return SecretStatus::kEnded;
}

base::Instant end_of(const ClientSecret& secret,
                     std::optional<base::Instant> last_used_at) noexcept {
  return end_of(facts_of(secret), last_used_at);
}

SecretStatus status_at(const ClientSecret& secret, std::optional<base::Instant> last_used_at,
                       base::Instant now) noexcept {
  return status_at(facts_of(secret), last_used_at, now);
}

RenewalWindow renewal_window(const ClientSecret& secret) noexcept {
  const auto two_thirds = (secret.expires_at - secret.generated_at) / 3 * 2;
  return {std::max(secret.usable_from, secret.generated_at + two_thirds), secret.expires_at};
}

std::optional<base::Instant> Evidence::last_used_at(SecretId id) const noexcept {
  const auto use = std::find_if(uses.begin(), uses.end(), [id](const SecretUse& candidate) {
    return candidate.secret_id == id;
  });
  if (use == uses.end()) return std::nullopt;
  return use->last_used_at;
}

const ClientSecret* find_secret(const Integration& state, SecretId id) noexcept {
  const auto found = std::find_if(state.secrets.begin(), state.secrets.end(),
                                  [id](const ClientSecret& secret) { return secret.id == id; });
  return found == state.secrets.end() ? nullptr : &*found;
}

const ClientSecret* find_in_phase(const Integration& state, const SlotTag& slot,
                                  Phase phase) noexcept {
  const auto found = std::find_if(state.secrets.begin(), state.secrets.end(),
                                  [&slot, phase](const ClientSecret& secret) {
                                    return secret.slot == slot && secret.phase == phase;
                                  });
  return found == state.secrets.end() ? nullptr : &*found;
}

base::Result<Policy> effective_policy(const Policy& tenant_policy, const Integration& state) {
  auto policy = with_overrides(tenant_policy, state.policy_overrides);
  if (policy) return policy;
  return tl::unexpected(base::with_context(
      "policy overrides of package \"" + state.package.name + "\"", std::move(policy).error()));
}

}  // namespace rekey::credential

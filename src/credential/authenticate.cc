#include "credential/authenticate.h"

#include "base/assert.h"

namespace rekey::credential {
namespace {

constexpr std::array<std::string_view, kRefusalCount> kRefusalNames{
    "none",         "unknown_client",   "malformed_secret",
    "wrong_secret", "settling",         "replaced",
    "ended",        "expired",          "dormant",
    "revoked",      "package_disabled", "business_unit_not_enabled"};

Refusal refusal_for(SecretStatus status) noexcept {
  switch (status) {
    case SecretStatus::kStaged:
    case SecretStatus::kActive:
    case SecretStatus::kSuperseded:
      return Refusal::kNone;
    case SecretStatus::kSettling:
      return Refusal::kSettling;
    case SecretStatus::kReplaced:
      return Refusal::kReplaced;
    case SecretStatus::kEnded:
      return Refusal::kEnded;
    case SecretStatus::kExpired:
      return Refusal::kExpired;
    case SecretStatus::kDormant:
      return Refusal::kDormant;
    case SecretStatus::kRevoked:
      return Refusal::kRevoked;
  }
  return Refusal::kEnded;
}

}  // namespace

std::string_view name_of(Refusal refusal) noexcept {
  return kRefusalNames[static_cast<std::size_t>(refusal)];
}

Verdict authenticate(std::span<const SecretFacts> candidates,
                     std::span<const std::int64_t> last_used_millis,
                     const base::Fingerprint& presented, base::Instant now) noexcept {
  REKEY_ASSERT(last_used_millis.size() == candidates.size());
  Verdict verdict;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    // The status is worked out for every candidate, so that the time taken does not tell which one
    // the client holds.
    const auto last_used_at = last_used_millis[i] == 0 ? std::optional<base::Instant>{}
                                                       : base::from_millis(last_used_millis[i]);
    const auto refusal = refusal_for(status_at(candidates[i], last_used_at, now));
    const bool is_equal = base::equal_in_constant_time(candidates[i].fingerprint, presented);
    // The newest of several ended twins has the reason that people look for.
    if (is_equal && verdict.refusal != Refusal::kNone) verdict = {refusal, i};
  }
  return verdict;
}

}  // namespace rekey::credential

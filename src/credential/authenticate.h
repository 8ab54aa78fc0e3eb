// Whether a presented secret is accepted: the pure heart of a token request.
//
// Works on compact facts so that the directory can keep them in one cache line each. Every
// candidate is compared, in constant time, whatever was found before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/fingerprint.h"
#include "base/time.h"
#include "credential/lifecycle.h"

namespace rekey::credential {

// Why a client is refused. Counted and shown to administrators; a client sees only invalid_client.
enum class Refusal {
  kNone,
  kUnknownClient,
  kMalformedSecret,
  kWrongSecret,
  kSettling,
  kReplaced,
  kEnded,
  kExpired,
  kDormant,
  kRevoked,
  kPackageDisabled,
  kBusinessUnitNotEnabled,
};
inline constexpr std::size_t kRefusalCount = 12;
[[nodiscard]] std::string_view name_of(Refusal refusal) noexcept;  // "wrong_secret", …

// One candidate: what of a ClientSecret a token request needs.
struct SecretFacts {
  SecretId id;
  base::Fingerprint fingerprint;
  base::Instant usable_from;
  base::Instant ends_at;  // earliest of expiry and the end of the overlap
  base::Duration dormancy;
  Phase phase = Phase::kEnded;
  EndReason end_reason = EndReason::kNone;
};
[[nodiscard]] SecretFacts facts_of(const ClientSecret& secret) noexcept;

// The rules of end_of and status_at in lifecycle.h, which ask these.
[[nodiscard]] base::Instant end_of(const SecretFacts& facts,
                                   std::optional<base::Instant> last_used_at) noexcept;
[[nodiscard]] SecretStatus status_at(const SecretFacts& facts,
                                     std::optional<base::Instant> last_used_at,
                                     base::Instant now) noexcept;

struct Verdict {
  Refusal refusal = Refusal::kWrongSecret;
  std::size_t index = 0;  // of the candidate that matched, when refusal is not kWrongSecret
};

// `last_used_millis[i]` belongs to `candidates[i]`; 0 means never used. Where several candidates
// have the fingerprint, an accepted one is preferred. Whether the package is enabled and the
// business unit may be used is for the caller to ask. Allocates nothing.
[[nodiscard]] Verdict authenticate(std::span<const SecretFacts> candidates,
                                   std::span<const std::int64_t> last_used_millis,
                                   const base::Fingerprint& presented, base::Instant now) noexcept;

}  // namespace rekey::credential

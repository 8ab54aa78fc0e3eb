// When which key signs access tokens (RFC 9068): the life of a signing key, planned ahead.
//
//   published ─► signing ─► retired ─► gone          withdrawn: gone at once
//
// A key is in the JWKS (RFC 7517) for longer than anybody keeps a copy of it before it signs, and
// after it signed for longer than any token lives. So a verifier that fetches the set at least once
// in kJwksCacheTime knows every key that it meets. The first key of an algorithm signs at once:
// nobody can have a token of that algorithm yet.
//
// Pure: states follow from the instants that the ledger tells, and the time. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/jws_key.h"

namespace rekey::authority {

// What the JWKS's Cache-Control says.
inline constexpr std::chrono::seconds kJwksCacheTime{3600};
// From a key's publication until it signs.
inline constexpr base::Duration kPublishedAhead = base::Days{1};
static_assert(kPublishedAhead > kJwksCacheTime);
// How long a key signs until the next one does.
inline constexpr base::Duration kSigningTime = base::Days{90};
// How long a JWT lives (expires_in of POST /oauth2/token).
inline constexpr std::chrono::seconds kJwtLifetime{300};
// From a key's last signature until it is gone: a token's life, and verifiers whose clocks are
// behind.
inline constexpr base::Duration kKeptRetired = kJwtLifetime + std::chrono::minutes{10};

struct SigningKey {
  std::string kid;  // JwsKey::thumbprint
  crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEs256;
  base::Instant published_at{};
  base::Instant signs_from{};
  std::optional<base::Instant> withdrawn_at;  // it is not to be trusted from then on
  friend bool operator==(const SigningKey&, const SigningKey&) = default;
};
using SigningKeyList = std::vector<SigningKey>;  // of all algorithms, in order of publication

enum class SigningKeyState { kPublished, kSigning, kRetired, kGone };
[[nodiscard]] std::string_view name_of(SigningKeyState state) noexcept;  // "published"

// The instants of one key of a list.
struct SigningTimes {
  base::Instant signs_from{};
  base::Instant signs_until = base::kFarFuture;  // the next one signs from then on
  base::Instant gone_at = base::kFarFuture;      // no longer in the JWKS
};
[[nodiscard]] SigningTimes times_of(const SigningKeyList& keys, const SigningKey& key) noexcept;
[[nodiscard]] SigningKeyState state_at(const SigningTimes& times, base::Instant now) noexcept;

// When a new key of that algorithm would sign from: after its time in the JWKS, or at once where it
// is the first or there is no other that signs.
[[nodiscard]] base::Instant next_signs_from(const SigningKeyList& keys,
                                            crypto::JwsAlgorithm algorithm,
                                            base::Instant now) noexcept;
// Whether the plan asks for one: none signs, or the one that does has signed for kSigningTime by
// the time that a new one could take its place, and none is published to do so.
[[nodiscard]] bool needs_next_key(const SigningKeyList& keys, crypto::JwsAlgorithm algorithm,
                                  base::Instant now) noexcept;

}  // namespace rekey::authority

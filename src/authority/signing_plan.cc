#include "authority/signing_plan.h"

#include <algorithm>

namespace rekey::authority {

namespace {

// The key of that algorithm that signs last, of those that sign or will; nullptr where there is
// none.
const SigningKey* last_of(const SigningKeyList& keys, crypto::JwsAlgorithm algorithm,
                          base::Instant now) noexcept {
  const SigningKey* last = nullptr;
  for (const SigningKey& key : keys) {
    if (key.algorithm != algorithm || now >= times_of(keys, key).signs_until) continue;
    if (last == nullptr || key.signs_from >= last->signs_from) last = &key;
  }
  return last;
}

bool is_signed_by_any(const SigningKeyList& keys, crypto::JwsAlgorithm algorithm,
                      base::Instant now) noexcept {
  return std::any_of(keys.begin(), keys.end(), [&](const SigningKey& key) {
    return key.algorithm == algorithm &&
           state_at(times_of(keys, key), now) == SigningKeyState::kSigning;
  });
}

}  // namespace

std::string_view name_of(SigningKeyState state) noexcept {
  switch (state) {
    case SigningKeyState::kPublished:
      return "published";
    case SigningKeyState::kSigning:
      return "signing";
    case SigningKeyState::kRetired:
      return "retired";
    case SigningKeyState::kGone:
      break;
  }
  return "gone";
}

SigningTimes times_of(const SigningKeyList& keys, const SigningKey& key) noexcept {
  SigningTimes times;
  times.signs_from = key.signs_from;
  bool is_after = false;  // of two that sign from one instant on, the later one does
  for (const SigningKey& other : keys) {
    if (&other == &key || other.kid == key.kid) {
      is_after = true;
      continue;
    }
    // One that was withdrawn has taken the place of those before it all the same, if it signed.
    const bool never_signed = other.withdrawn_at && *other.withdrawn_at <= other.signs_from;
    if (other.algorithm != key.algorithm || never_signed) continue;
    const bool follows =
        other.signs_from > key.signs_from || (is_after && other.signs_from == key.signs_from);
    if (follows) times.signs_until = std::min(times.signs_until, other.signs_from);
  }
  if (times.signs_until != base::kFarFuture) times.gone_at = times.signs_until + kKeptRetired;
  if (key.withdrawn_at) {
    times.signs_until = std::min(times.signs_until, *key.withdrawn_at);
    times.gone_at = std::min(times.gone_at, *key.withdrawn_at);
  }
  return times;
}

SigningKeyState state_at(const SigningTimes& times, base::Instant now) noexcept {
  if (now >= times.gone_at) return SigningKeyState::kGone;
  if (now >= times.signs_until) return SigningKeyState::kRetired;
  return now >= times.signs_from ? SigningKeyState::kSigning : SigningKeyState::kPublished;
}

base::Instant next_signs_from(const SigningKeyList& keys, crypto::JwsAlgorithm algorithm,
                              base::Instant now) noexcept {
  return is_signed_by_any(keys, algorithm, now) ? now + kPublishedAhead : now;
}

bool needs_next_key(const SigningKeyList& keys, crypto::JwsAlgorithm algorithm,
                    base::Instant now) noexcept {
  const SigningKey* last = last_of(keys, algorithm, now);
  return last == nullptr || now + kPublishedAhead >= last->signs_from + kSigningTime;
}

}  // namespace rekey::authority

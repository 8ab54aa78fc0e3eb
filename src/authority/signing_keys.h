// The keys that sign JWT access tokens, in memory: what workers sign and verify with, and the JWKS
// (RFC 7517) that others verify with.
//
// Which one signs follows from the plan (signing_plan.h) and the time of each call: nothing has to
// happen at the instant at which one takes the place of another. Any thread.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "authority/signing_plan.h"
#include "base/time.h"
#include "crypto/jws_key.h"

namespace rekey::authority {

class SigningKeys {
 public:
  // Kept until it is gone; used from when publish() names it.
  void hold(crypto::JwsKey key);
  // The plan as the ledger tells it now.
  void publish(const SigningKeyList& keys);
  // Forgets the keys that are gone, and gives their kids.
  [[nodiscard]] std::vector<std::string> forget_gone(base::Instant now);
  // The algorithms for which the plan asks for a key: ES256 and those that had one before.
  [[nodiscard]] std::vector<crypto::JwsAlgorithm> due(base::Instant now) const;

  // {"keys":[…]}: every key that is not gone, public members only.
  [[nodiscard]] std::string jwks(base::Instant now) const;

  struct Entry {
    SigningTimes times;
    crypto::JwsKey key;
  };
  // Changes with every change of what entries() gives.
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::vector<Entry> entries() const;

 private:
  mutable std::mutex mutex_;
  std::atomic<std::uint64_t> generation_{0};
  std::map<std::string, crypto::JwsKey, std::less<>> held_;  // by kid
  SigningKeyList plan_;
  std::vector<Entry> entries_;  // the keys of the plan that are held
};

}  // namespace rekey::authority

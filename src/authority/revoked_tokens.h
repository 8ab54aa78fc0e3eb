// Single tokens that were revoked before their end (RFC 7009), until that end. Any thread.
//
// The database holds the same ones: they are added here once they are durable.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <shared_mutex>

#include "authority/token_id.h"
#include "base/time.h"

namespace rekey::authority {

class RevokedTokens {
 public:
  // A clock that is set back, by less than stops the server, must not bring one back to life.
  static constexpr base::Duration kKeptAfterEnd = std::chrono::minutes{5};

  void add(const TokenId& id, base::Instant ends_at);
  // No lock while there are none.
  [[nodiscard]] bool contains(const TokenId& id) const;
  // Forgets those that would have ended by now, and kKeptAfterEnd ago.
  void forget_ended(base::Instant now);

 private:
  std::atomic<std::size_t> count_{0};
  mutable std::shared_mutex mutex_;
  std::map<TokenId, base::Instant> ends_;
};

}  // namespace rekey::authority

#include "authority/revoked_tokens.h"

#include <mutex>

namespace rekey::authority {

void RevokedTokens::add(const TokenId& id, base::Instant ends_at) {
  const std::unique_lock lock(mutex_);
  ends_.insert_or_assign(id, ends_at);
  count_.store(ends_.size(), std::memory_order_release);
}

bool RevokedTokens::contains(const TokenId& id) const {
  if (count_.load(std::memory_order_acquire) == 0) return false;
  const std::shared_lock lock(mutex_);
  return ends_.contains(id);
}

void RevokedTokens::forget_ended(base::Instant now) {
  const std::unique_lock lock(mutex_);
  std::erase_if(ends_, [now](const auto& entry) { return entry.second + kKeptAfterEnd <= now; });
  count_.store(ends_.size(), std::memory_order_release);
}

}  // namespace rekey::authority

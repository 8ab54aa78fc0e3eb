#include "authority/front_door.h"

#include <algorithm>

namespace rekey::authority {

void Readiness::block(std::string_view condition, std::string_view reason, Tokens tokens) {
  const std::lock_guard lock(mutex_);
  blocks_.insert_or_assign(std::string(condition), Block{std::string(reason), tokens});
  update_locked();
}

void Readiness::clear(std::string_view condition) {
  const std::lock_guard lock(mutex_);
  if (const auto found = blocks_.find(condition); found != blocks_.end()) blocks_.erase(found);
  update_locked();
}

std::string Readiness::reasons() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [condition, block] : blocks_) text += condition + ": " + block.reason + "\n";
  return text;
}

void Readiness::update_locked() noexcept {
  is_ready_.store(blocks_.empty(), std::memory_order_relaxed);
  const bool stops = std::any_of(blocks_.begin(), blocks_.end(), [](const auto& entry) {
    return entry.second.tokens == Tokens::kStop;
  });
  issues_tokens_.store(!stops, std::memory_order_relaxed);
}

}  // namespace rekey::authority

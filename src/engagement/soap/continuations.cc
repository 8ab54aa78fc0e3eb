#include "engagement/soap/continuations.h"

#include <utility>

namespace rekey::engagement::soap {

void Continuations::keep(const std::string& request_id, const Caller& caller, Place place,
                         base::Instant now) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostKept) {
    kept_.erase(by_order_.begin()->second);
    by_order_.erase(by_order_.begin());
  }
  by_order_.emplace(next_order_++, request_id);
  kept_.insert_or_assign(request_id,
                         Kept{caller.integration, caller.business_unit, std::move(place), now});
}

std::optional<Continuations::Place> Continuations::find(const std::string& request_id,
                                                        const Caller& caller, base::Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(request_id);
  if (found == kept_.end()) return std::nullopt;
  const Kept& kept = found->second;
  const bool is_own =
      kept.integration == caller.integration && kept.business_unit == caller.business_unit;
  if (!is_own || now - kept.kept_at > kGoodFor) return std::nullopt;
  return kept.place;
}

}  // namespace rekey::engagement::soap

#include "discovery/git/object_numbers.h"

#include <algorithm>

namespace rekey::discovery::git {

ObjectNumbers::ObjectNumbers(const Holdings& holdings) : holdings_(holdings) {
  std::uint64_t first = 0;
  for (const auto& pack : holdings.packs) {
    if (first + pack->index().count() >= kNone) break;  // its objects are among the others
    first_of_packs_.push_back(static_cast<Number>(first));
    first += pack->index().count();
  }
  first_of_packs_.push_back(static_cast<Number>(first));
}

ObjectNumbers::Number ObjectNumbers::of(const ObjectId& id) {
  for (std::size_t pack = 0; pack + 1 < first_of_packs_.size(); ++pack) {
    if (const auto position = holdings_.packs[pack]->index().find(id)) {
      return first_of_packs_[pack] + *position;
    }
  }
  const std::lock_guard lock(mutex_);
  const auto known = others_.find(id);
  if (known != others_.end()) return known->second;
  if (other_ids_.size() >= kNone - first_of_packs_.back()) return kNone;
  const auto number = first_of_packs_.back() + static_cast<Number>(other_ids_.size());
  others_.emplace(id, number);
  other_ids_.push_back(id);
  return number;
}

ObjectId ObjectNumbers::id(Number number) const {
  if (number >= first_of_packs_.back()) {
    const std::lock_guard lock(mutex_);
    return other_ids_[number - first_of_packs_.back()];
  }
  const auto behind = std::upper_bound(first_of_packs_.begin(), first_of_packs_.end() - 1, number);
  const auto pack = static_cast<std::size_t>(behind - first_of_packs_.begin()) - 1;
  return holdings_.packs[pack]->index().id(number - first_of_packs_[pack]);
}

ObjectNumbers::Number ObjectNumbers::end() const {
  const std::lock_guard lock(mutex_);
  return first_of_packs_.back() + static_cast<Number>(other_ids_.size());
}

}  // namespace rekey::discovery::git

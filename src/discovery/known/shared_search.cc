#include "discovery/known/shared_search.h"

#include <utility>

namespace rekey::discovery {

SharedSearch::SharedSearch(std::vector<KnownEntry> entries, crypto::KnownSearchKey key)
    : key_(std::move(key)), index_(std::move(entries)), filter_(index_, key_) {}

std::vector<KnownHit> SharedSearch::search_run(std::string_view bytes, std::size_t begin,
                                               std::size_t end) const {
  if (!filter_.may_find(bytes, begin, end)) return {};
  auto search = borrow();
  auto hits = search->search_run(bytes, begin, end);
  give_back(std::move(search));
  return hits;
}

std::unique_ptr<KnownSearch> SharedSearch::borrow() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto search = std::move(idle_.back());
      idle_.pop_back();
      return search;
    }
  }
  return std::make_unique<KnownSearch>(index_, key_);
}

void SharedSearch::give_back(std::unique_ptr<KnownSearch> search) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(search));
}

}  // namespace rekey::discovery

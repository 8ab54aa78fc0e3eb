#include "engagement/data_extensions/page_marks.h"

#include <algorithm>
#include <utility>

namespace rekey::engagement::data_extensions {

PageMarks::Mark PageMarks::nearest(const std::string& reader, std::int64_t page) {
  const std::lock_guard lock(mutex_);
  const auto found = readers_.find(reader);
  if (found == readers_.end()) return {};
  found->second.last_use = ++uses_;
  const auto& pages = found->second.pages;
  const auto after = pages.upper_bound(page);
  if (after == pages.begin()) return {};
  const auto& [known, key] = *std::prev(after);
  return {known, key};
}

void PageMarks::keep(const std::string& reader, Mark mark) {
  const std::lock_guard lock(mutex_);
  Reader& kept = readers_[reader];
  kept.last_use = ++uses_;
  // Pages after this one belong to an earlier reading, which began elsewhere.
  kept.pages.erase(kept.pages.upper_bound(mark.page), kept.pages.end());
  kept.pages[mark.page] = std::move(mark.after);
  if (kept.pages.size() > kMostPages) kept.pages.erase(kept.pages.begin());
  if (readers_.size() > kMostReaders) forget_oldest();
}

void PageMarks::forget_oldest() {
  const auto oldest = std::min_element(
      readers_.begin(), readers_.end(),
      [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; });
  readers_.erase(oldest);
}

}  // namespace rekey::engagement::data_extensions

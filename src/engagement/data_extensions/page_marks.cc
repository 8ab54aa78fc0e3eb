#include "engagement/data_extensions/page_marks.h"

#include <algorithm>
#include <utility>

namespace rekey::engagement::data_extensions {

std::optional<std::string> PageMarks::find(const std::string& reader, std::int64_t page,
                                           base::Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = readers_.find(reader);
  if (found == readers_.end()) return std::nullopt;
  found->second.last_use = ++uses_;
  const auto mark = found->second.pages.find(page);
  const bool is_good = mark != found->second.pages.end() && now < mark->second.kept_at + kGoodFor;
  if (!is_good) return std::nullopt;
  return mark->second.after;
}

void PageMarks::keep(const std::string& reader, std::int64_t page, std::string after,
                     base::Instant now) {
  const std::lock_guard lock(mutex_);
  Reader& kept = readers_[reader];
  kept.last_use = ++uses_;
  // Pages after this one belong to an earlier reading, which began elsewhere.
  kept.pages.erase(kept.pages.upper_bound(page), kept.pages.end());
  kept.pages[page] = {std::move(after), now};
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

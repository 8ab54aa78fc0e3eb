#include "discovery/git/problems.h"

#include <iterator>
#include <numeric>
#include <utility>

namespace rekey::discovery::git {

std::string_view name_of(ProblemKind kind) noexcept {
  switch (kind) {
    case ProblemKind::kMissing:
      return "missing";
    case ProblemKind::kCorrupt:
      return "corrupt";
    case ProblemKind::kTooLarge:
      return "too_large";
    case ProblemKind::kUnreadable:
      return "unreadable";
    case ProblemKind::kUnsupported:
      return "unsupported";
    case ProblemKind::kChanged:
      return "changed";
    case ProblemKind::kCut:
      return "cut";
  }
  return "problem";
}

ProblemKind problem_of(base::Code code) noexcept {
  switch (code) {
    case base::Code::kNotFound:
      return ProblemKind::kMissing;
    case base::Code::kLimitReached:
      return ProblemKind::kTooLarge;
    case base::Code::kIo:
      return ProblemKind::kUnreadable;
    case base::Code::kUnsupported:
      return ProblemKind::kUnsupported;
    default:
      return ProblemKind::kCorrupt;
  }
}

void Problems::add(ProblemKind kind, std::string subject, std::string detail) {
  const std::lock_guard lock(mutex_);
  const bool is_new = listed_.insert({kind, std::move(subject), std::move(detail)}).second;
  if (!is_new) return;
  ++counts_[static_cast<std::size_t>(kind)];
  // The last in order goes, so that what is listed does not depend on which thread came first.
  if (listed_.size() > kMostProblemsListed) listed_.erase(std::prev(listed_.end()));
}

std::vector<Problem> Problems::list() const {
  const std::lock_guard lock(mutex_);
  return {listed_.begin(), listed_.end()};
}

std::uint64_t Problems::count(ProblemKind kind) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(kind)];
}

std::uint64_t Problems::count() const {
  const std::lock_guard lock(mutex_);
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace rekey::discovery::git

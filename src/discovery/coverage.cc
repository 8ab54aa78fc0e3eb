#include "discovery/coverage.h"

#include <algorithm>
#include <utility>

namespace rekey::discovery {

std::string_view name_of(LeftOut reason) noexcept {
  switch (reason) {
    case LeftOut::kIgnored:
      return "ignored";
    case LeftOut::kSpecial:
      return "special";
    case LeftOut::kLink:
      return "link";
    case LeftOut::kGitStore:
      return "git_store";
    case LeftOut::kUntagged:
      return "untagged";
    case LeftOut::kHole:
      return "hole";
  }
  return "";
}

std::string_view name_of(Unread reason) noexcept {
  switch (reason) {
    case Unread::kUnreadable:
      return "unreadable";
    case Unread::kChanged:
      return "changed";
    case Unread::kBroken:
      return "broken";
    case Unread::kEncrypted:
      return "encrypted";
    case Unread::kLimit:
      return "limit";
    case Unread::kMissing:
      return "missing";
  }
  return "";
}

void Coverage::expect(std::uint64_t files) {
  const std::lock_guard lock(mutex_);
  certificate_.files_expected += files;
}

void Coverage::read(std::uint64_t bytes, std::uint64_t files) {
  const std::lock_guard lock(mutex_);
  certificate_.files_read += files;
  certificate_.bytes_read += bytes;
}

void Coverage::leave_out(LeftOut reason, const std::string& where) {
  const std::lock_guard lock(mutex_);
  ++certificate_.left_out[reason];
  // The first ones in order, whichever thread came first.
  auto& examples = certificate_.left_out_examples[reason];
  examples.insert(std::upper_bound(examples.begin(), examples.end(), where), where);
  if (examples.size() > kExamples) examples.pop_back();
}

void Coverage::problem(Unread reason, std::string where, std::string detail) {
  const std::lock_guard lock(mutex_);
  const std::pair key{reason, std::move(where)};
  if (told_.contains(key)) return;
  ++certificate_.unread[reason];
  if (told_.size() < kProblemsKept) told_.emplace(key, std::move(detail));
}

void Coverage::begin(const std::string& step) {
  if (progress_ != nullptr) progress_->begin(step);
}

void Coverage::advance(std::uint64_t bytes) {
  if (progress_ != nullptr) progress_->advance(bytes);
}

void Coverage::reach(double share) {
  if (progress_ != nullptr) progress_->reach(share);
}

Certificate Coverage::certificate() const {
  const std::lock_guard lock(mutex_);
  Certificate certificate = certificate_;
  for (const auto& [key, detail] : told_) {
    certificate.problems.push_back({key.first, key.second, detail});
  }
  return certificate;
}

}  // namespace rekey::discovery

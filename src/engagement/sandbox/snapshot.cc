#include "engagement/sandbox/snapshot.h"

#include <chrono>
#include <utility>

namespace rekey::engagement::sandbox {

namespace {

constexpr base::Duration kMostBetweenPages = std::chrono::minutes{1};

}  // namespace

base::Status Snapshot::begin(std::string name, base::Instant now) {
  const std::lock_guard lock(mutex_);
  REKEY_CHECK(end_it());
  REKEY_CHECK(reads_.execute("BEGIN"));
  name_ = std::move(name);
  read_at_ = now;
  // The first read is what fixes the state.
  return reads_.execute("SELECT count(*) FROM sqlite_schema");
}

base::Status Snapshot::read(std::string_view name, base::Instant now,
                            const std::function<base::Status(storage::Connection&)>& work) {
  const std::lock_guard lock(mutex_);
  if (name_.empty() || name != name_) {
    return base::fail(base::Code::kConflict,
                      "this export has ended: another one began, or nobody asked for its next page "
                      "within a minute; begin again");
  }
  read_at_ = now;
  return work(reads_);
}

base::Status Snapshot::end(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (name != name_) return {};
  return end_it();
}

base::Status Snapshot::end_if_left(base::Instant now) {
  const std::lock_guard lock(mutex_);
  if (now - read_at_ <= kMostBetweenPages) return {};
  return end_it();
}

base::Status Snapshot::end_it() {
  name_.clear();
  if (!reads_.is_in_transaction()) return {};
  return reads_.execute("ROLLBACK");
}

}  // namespace rekey::engagement::sandbox

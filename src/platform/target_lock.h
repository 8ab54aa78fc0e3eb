// The turn to read, compare and exchange one file: one writer of Rekey at a time, among the threads
// of a process and among processes. For platform/ alone.
//
// The lock is on a small file of its own beside the target, since the target is another file after
// each exchange. Whoever does not know Rekey is not held up by it.
#pragma once

#include <string>

#include "base/result.h"
#include "platform/descriptor.h"

namespace rekey::platform {

class TargetLock {
 public:
  // `target`: a path whose last component is no symbolic link. Does not wait: kUnavailable where
  // another writer has the turn. A killed writer has lost it.
  [[nodiscard]] static base::Result<TargetLock> try_acquire(const std::string& target);
  TargetLock(TargetLock&& other) noexcept = default;
  TargetLock& operator=(TargetLock&&) = delete;
  ~TargetLock();

 private:
  TargetLock(Descriptor folder, std::string name, Descriptor file)
      : folder_(std::move(folder)), name_(std::move(name)), file_(std::move(file)) {}

  Descriptor folder_;
  std::string name_;
  Descriptor file_;  // open: the turn is ours
};

}  // namespace rekey::platform

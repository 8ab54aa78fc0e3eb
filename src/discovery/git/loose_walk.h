// Gives every loose object that no pack holds, on several threads, beside a DeltaWalk.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "discovery/git/object_reader.h"
#include "discovery/git/problems.h"
#include "discovery/git/visitor.h"

namespace rekey::discovery::git {

class LooseWalk {
 public:
  LooseWalk(const Holdings& holdings, const VisitOptions& options, ObjectVisitor& visitor,
            Problems& problems);

  // How many there are.
  [[nodiscard]] std::uint64_t count() const noexcept { return loose_.size(); }
  [[nodiscard]] VisitCounts run(unsigned thread);
  // Those that were gone when their turn came: a collection of garbage has packed or removed them.
  [[nodiscard]] const std::vector<ObjectId>& vanished() const noexcept { return vanished_; }

 private:
  struct Loose {
    ObjectId id;
    std::size_t folder = 0;  // of the holdings
  };
  class Worker;

  const Holdings& holdings_;
  const VisitOptions& options_;
  ObjectVisitor& visitor_;
  Problems& problems_;
  std::vector<Loose> loose_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::vector<ObjectId> vanished_;
};

}  // namespace rekey::discovery::git

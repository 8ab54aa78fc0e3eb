// A limit on what the statements of one thread may do, so that no read goes on for ever.
//
// Counted are the instructions of SQLite's machine: the same statement on the same rows always
// takes as many, whatever else the computer does.
#pragma once

#include <atomic>
#include <cstdint>

namespace rekey::storage {

// While it lives, the statements of its thread, on whatever connection, take so many steps
// together; one that goes beyond fails with kTimeout, and so does each later one that takes more
// than a few. `most_steps` may be lowered by any thread meanwhile and outlives it. One at a time in
// a thread.
class StepLimit {
 public:
  explicit StepLimit(const std::atomic<std::int64_t>& most_steps);
  StepLimit(const StepLimit&) = delete;
  StepLimit& operator=(const StepLimit&) = delete;
  ~StepLimit();
};

}  // namespace rekey::storage

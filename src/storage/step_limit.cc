#include "storage/step_limit.h"

#include "base/assert.h"
#include "storage/step_count.h"

namespace rekey::storage {

namespace {

struct Count {
  const std::atomic<std::int64_t>* most = nullptr;  // none: no limit
  std::int64_t taken = 0;
};
thread_local Count count;

}  // namespace

StepLimit::StepLimit(const std::atomic<std::int64_t>& most_steps) {
  REKEY_ASSERT(count.most == nullptr);
  count = {&most_steps, 0};
}
StepLimit::~StepLimit() {
  count = {};
}

bool count_steps() noexcept {
  count.taken += kStepsAtOnce;
  return has_no_steps_left();
}

bool has_no_steps_left() noexcept {
  return count.most != nullptr && count.taken >= *count.most;
}

}  // namespace rekey::storage

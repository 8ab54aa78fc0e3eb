#include "rotation/engine/error_budget.h"

#include <fmt/format.h>

namespace rekey::rotation {
namespace {

using base::Code;

// A plan that a rule forbids is the matter of that one integration, and nothing has begun. So is
// one that another process works on.
bool is_of_one_alone(const base::Error& error) {
  return error.code == Code::kRefused || error.code == Code::kTooEarly ||
         error.code == Code::kInvalidArgument || error.code == Code::kNeedsPerson ||
         error.code == Code::kConflict;
}

}  // namespace

void ErrorBudget::note(const base::Result<Outcome>& ended) {
  const std::lock_guard lock(mutex_);
  is_one_out_ = false;
  if (!ended && is_of_one_alone(ended.error())) return;
  const bool is_stop = !ended || (ended->ending == Ending::kParked && !ended->is_waiting);
  if (!is_stop) {
    stops_ = 0;
    return;
  }
  ++stops_;
  last_ = ended ? ended->message : ended.error().detail;
}

bool ErrorBudget::try_begin() {
  const std::lock_guard lock(mutex_);
  if (stops_ < kStopsInARow) return true;
  if (!is_one_allowed_) return false;
  is_one_allowed_ = false;
  is_one_out_ = true;
  return true;
}

std::string ErrorBudget::why_not() const {
  const std::lock_guard lock(mutex_);
  return fmt::format(
      "not begun, because {} rotations in a row stopped, the last one with: {}. Mend that, then "
      "start it again",
      stops_, last_);
}

void ErrorBudget::allow_one() {
  const std::lock_guard lock(mutex_);
  is_one_allowed_ = stops_ >= kStopsInARow && !is_one_out_;
}

}  // namespace rekey::rotation

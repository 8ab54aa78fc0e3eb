#include "platform/clock.h"

#include <ctime>

namespace rekey::platform {

base::Instant SystemClock::now() const noexcept {
  return std::chrono::floor<base::Duration>(std::chrono::system_clock::now());
}

base::Duration SystemClock::monotonic() const noexcept {
  return std::chrono::floor<base::Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemClock::sleep_for(base::Duration duration) {
  if (duration <= base::Duration::zero()) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const timespec wait{seconds.count(), std::chrono::nanoseconds(duration - seconds).count()};
  // A signal ends the wait early: the caller looks at its clock and decides.
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, nullptr);
}

}  // namespace rekey::platform

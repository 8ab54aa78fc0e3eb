// Time comes from here and nowhere else.
#pragma once

#include <atomic>
#include <chrono>

#include "base/time.h"

namespace rekey::platform {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, for what is written down and compared with end dates. Any thread.
  [[nodiscard]] virtual base::Instant now() const noexcept = 0;
  // Never goes back, for waiting; its zero means nothing. Any thread.
  [[nodiscard]] virtual base::Duration monotonic() const noexcept = 0;
  // Returns after `duration` or when interrupted; a set clock moves itself instead of waiting.
  virtual void sleep_for(base::Duration duration) = 0;
};

// The system's. Only cli/ and tests of whole programs make one.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] base::Instant now() const noexcept override;
  [[nodiscard]] base::Duration monotonic() const noexcept override;
  void sleep_for(base::Duration duration) override;
};

// Stands still until told to move. sleep_for moves it at once.
class SetClock final : public Clock {
 public:
  explicit SetClock(base::Instant start) : now_(base::to_millis(start)) {}
  [[nodiscard]] base::Instant now() const noexcept override { return base::from_millis(now_); }
  [[nodiscard]] base::Duration monotonic() const noexcept override { return base::Duration{now_}; }
  void sleep_for(base::Duration duration) override { advance(duration); }
  void advance(base::Duration duration) noexcept { now_ += duration.count(); }
  void set(base::Instant at) noexcept { now_ = base::to_millis(at); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace rekey::platform

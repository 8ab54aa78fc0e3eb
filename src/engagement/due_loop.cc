#include "engagement/due_loop.h"

#include <algorithm>

#include "telemetry/names.h"

namespace rekey::engagement {

namespace {

constexpr base::Duration kLongestNap = std::chrono::seconds{1};
constexpr base::Duration kShortestNap{10};

}  // namespace

DueLoop::DueLoop(std::function<NextDue()> work, const platform::Clock& clock,
                 telemetry::Logger& logger)
    : work_(std::move(work)), clock_(clock), logger_(logger) {}

DueLoop::~DueLoop() {
  stop();
}

NextDue DueLoop::run_once() {
  const std::lock_guard lock(work_mutex_);
  return work_();
}

void DueLoop::start() {
  thread_ = std::thread([this] { loop(); });
}

void DueLoop::poke() {
  const std::lock_guard lock(mutex_);
  is_poked_ = true;
  woken_.notify_one();
}

void DueLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DueLoop::loop() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    is_poked_ = false;
    lock.unlock();
    const base::Duration nap = nap_after(run_once());
    lock.lock();
    woken_.wait_for(lock, nap, [this] { return is_stopping_ || is_poked_; });
  }
}

base::Duration DueLoop::nap_after(const NextDue& next) {
  if (!next) {
    logger_.log(telemetry::Level::kError, clock_.now(), telemetry::names::kDueWorkFailed,
                {{"detail", next.error().detail}});
    return kLongestNap;
  }
  if (!*next) return kLongestNap;
  return std::clamp<base::Duration>(**next - clock_.now(), kShortestNap, kLongestNap);
}

}  // namespace rekey::engagement

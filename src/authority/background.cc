#include "authority/background.h"

#include <algorithm>

namespace rekey::authority {

namespace {

// The system's sleep and the clock may disagree (a machine that slept), so look at least this
// often.
constexpr base::Duration kLongestNap = std::chrono::seconds{1};
constexpr base::Duration kShortestNap{10};

}  // namespace

Background::Background(const platform::Clock& clock, std::vector<Task> tasks) : clock_(clock) {
  for (Task& task : tasks) tasks_.push_back({std::move(task), clock.monotonic()});
}

Background::~Background() {
  stop();
}

void Background::start() {
  thread_ = std::thread([this] { loop(); });
}

void Background::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_asked_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Background::run_due() {
  for (Scheduled& scheduled : tasks_) {
    if (scheduled.due_at > clock_.monotonic()) continue;
    scheduled.task.run();
    scheduled.due_at = clock_.monotonic() + scheduled.task.interval;
  }
}

base::Duration Background::time_to_next() const {
  base::Duration shortest = kLongestNap;
  for (const Scheduled& scheduled : tasks_) {
    shortest = std::min(shortest, scheduled.due_at - clock_.monotonic());
  }
  return std::max(shortest, kShortestNap);
}

void Background::loop() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    lock.unlock();
    run_due();
    lock.lock();
    stop_asked_.wait_for(lock, time_to_next(), [this] { return is_stopping_; });
  }
}

}  // namespace rekey::authority

#include "engagement/reader_pool.h"

#include <algorithm>
#include <utility>

#include "storage/step_limit.h"

namespace rekey::engagement {

ReaderPool::ReaderPool(std::vector<storage::Connection> connections, std::int64_t most_steps)
    : connections_(std::move(connections)), most_steps_(most_steps) {
  for (storage::Connection& connection : connections_) {
    threads_.emplace_back([this, &connection] { loop(connection); });
  }
}

ReaderPool::~ReaderPool() {
  stop();
}

bool ReaderPool::offer(Job job) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_ || queue_.size() >= kQueueLimit) return false;
  queue_.push_back(std::move(job));
  arrived_.notify_one();
  return true;
}

void ReaderPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    most_steps_ = std::min(most_steps_.load(), kLastSteps);
  }
  arrived_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

// Empty once stopped and nothing waits.
ReaderPool::Job ReaderPool::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
  if (queue_.empty()) return {};
  Job job = std::move(queue_.front());
  queue_.pop_front();
  return job;
}

void ReaderPool::loop(storage::Connection& connection) {
  while (const Job job = take()) {
    const storage::StepLimit limit(most_steps_);
    job(connection);
  }
}

}  // namespace rekey::engagement

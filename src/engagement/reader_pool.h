// A few threads, each with its own read connection, that take jobs in the order of their arrival.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/sqlite.h"

namespace rekey::engagement {

class ReaderPool {
 public:
  // Jobs must not throw.
  using Job = std::function<void(storage::Connection&)>;
  static constexpr std::size_t kQueueLimit = 1024;
  // Of SQLite's machine, a job: some ten comparisons with each of a million rows.
  static constexpr std::int64_t kMostSteps = 100'000'000;
  // The same after stop(): what is read at once is answered still.
  static constexpr std::int64_t kLastSteps = 1'000'000;

  explicit ReaderPool(std::vector<storage::Connection> connections,
                      std::int64_t most_steps = kMostSteps);
  ~ReaderPool();  // stops

  // False where too many wait, or after stop(). Any thread.
  [[nodiscard]] bool offer(Job job);
  // Does what waits and is short, then ends the threads; what is long fails. Idempotent.
  void stop();

 private:
  void loop(storage::Connection& connection);
  [[nodiscard]] Job take();

  std::vector<storage::Connection> connections_;
  std::atomic<std::int64_t> most_steps_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job> queue_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rekey::engagement

// A few threads, each with its own read connection, that take jobs in the order of their arrival.
#pragma once

#include <condition_variable>
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

  explicit ReaderPool(std::vector<storage::Connection> connections);
  ~ReaderPool();  // stops

  // False where too many wait, or after stop(). Any thread.
  [[nodiscard]] bool offer(Job job);
  // Does what waits, then ends the threads. Idempotent.
  void stop();

 private:
  void loop(storage::Connection& connection);
  [[nodiscard]] Job take();

  std::vector<storage::Connection> connections_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job> queue_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rekey::engagement

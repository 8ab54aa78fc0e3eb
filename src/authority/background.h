// Work that recurs behind the requests, on one thread.
//
// Each task is due again its interval after it ran; a tick that was missed costs nothing, because
// every task looks at what is and does what is due. start and stop belong to one thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/time.h"
#include "platform/clock.h"

namespace rekey::authority {

class Background {
 public:
  struct Task {
    base::Duration interval;
    std::function<void()> run;
  };

  // All tasks are due at once. `clock` must outlive it.
  Background(const platform::Clock& clock, std::vector<Task> tasks);
  ~Background();  // stops

  void start();
  // Returns when the task under way is done. Idempotent.
  void stop();
  // Runs what is due on the caller's thread; only while it is not started.
  void run_due();

 private:
  struct Scheduled {
    Task task;
    base::Duration due_at;
  };
  void loop();
  [[nodiscard]] base::Duration time_to_next() const;

  const platform::Clock& clock_;
  std::vector<Scheduled> tasks_;
  std::mutex mutex_;
  std::condition_variable stop_asked_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace rekey::authority

// A thread that does what is due, naps until more is, and can be woken.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engagement/due_work.h"
#include "platform/clock.h"
#include "telemetry/logger.h"

namespace rekey::engagement {

class DueLoop {
 public:
  // `work` is never run twice at once. `clock` and `logger` outlive it.
  DueLoop(std::function<NextDue()> work, const platform::Clock& clock, telemetry::Logger& logger);
  ~DueLoop();  // stops

  // Once, on the caller's thread.
  [[nodiscard]] NextDue run_once();
  void start();
  // Ends the nap. Any thread.
  void poke();
  // Returns when the work under way is done. Idempotent.
  void stop();

 private:
  void loop();
  [[nodiscard]] base::Duration nap_after(const NextDue& next);

  const std::function<NextDue()> work_;
  const platform::Clock& clock_;
  telemetry::Logger& logger_;
  std::mutex work_mutex_;
  std::mutex mutex_;  // of the three below
  std::condition_variable woken_;
  bool is_poked_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace rekey::engagement

// One thread's event loop: descriptors that become ready, calls from other threads, and a tick.
//
// Linux epoll, level-triggered: a watcher is told again for as long as there is something to do, so
// that one read for each turn is enough and no read is made only to hear that there is nothing.
// docs/adr/0005 says why this and no library's loop. All of it belongs to the thread that runs it,
// but post and stop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/time.h"
#include "net/descriptor.h"

namespace rekey::net {

// What a watcher waits for. An error or a hang-up of the descriptor is told in any case.
enum class Interest : std::uint32_t { kNothing = 0, kReading, kWriting };

struct Readiness {
  bool is_readable = false;
  bool is_writable = false;
  bool is_broken = false;  // error, or closed in both directions
};

class EventLoop {
 public:
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void on_ready(Readiness readiness) = 0;
  };
  class Ticker {
   public:
    virtual ~Ticker() = default;
    virtual void on_tick() = 0;
  };

  // Throws std::system_error where the system has no descriptor left.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() = default;

  // A watcher may remove itself while it is told, and no other. False where the system refuses.
  [[nodiscard]] bool add(const Descriptor& descriptor, Interest interest, Watcher& watcher);
  void change(const Descriptor& descriptor, Interest interest, Watcher& watcher);
  // Before the descriptor is closed.
  void remove(const Descriptor& descriptor);

  // From any thread: `call` runs on the loop's thread, after the calls before it. A call that the
  // loop no longer comes to is destroyed with the loop.
  template <typename Call>
  void post(Call call) {
    post_task(std::make_unique<TaskOf<Call>>(std::move(call)));
  }

  // Runs until stop; `ticker` is told every `tick`.
  void run(Ticker& ticker, base::Duration tick);
  void set_tick(base::Duration tick) noexcept;
  void stop();  // from any thread

 private:
  using Clock = std::chrono::steady_clock;
  struct Task {
    virtual ~Task() = default;
    virtual void run() = 0;
  };
  template <typename Call>
  struct TaskOf final : Task {
    explicit TaskOf(Call what) : call(std::move(what)) {}
    void run() override { call(); }
    Call call;
  };

  void post_task(std::unique_ptr<Task> task);
  void wake() noexcept;
  void run_posted();
  [[nodiscard]] int milliseconds_to_tick(Clock::time_point now) const noexcept;

  Descriptor epoll_;
  Descriptor wake_;
  base::Duration tick_{};
  Clock::time_point next_tick_;
  std::atomic<bool> is_stopped_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Task>> posted_;
  std::vector<std::unique_ptr<Task>> running_;
};

}  // namespace rekey::net

// A worker: one thread, one event loop, its connections and its handler.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "net/event_loop.h"
#include "net/server.h"
#include "net/server_clock.h"
#include "net/server_connection.h"
#include "net/server_counters.h"
#include "net/server_listener.h"

namespace rekey::net {

// What all workers of one server share; nothing of it is touched on the way of a request.
struct ServerShared {
  ServerShared(const Limits& server_limits, telemetry::Metrics& registry)
      : limits(server_limits), metrics(registry) {}
  void count_opened() noexcept;
  void count_closed() noexcept;
  // False where connections are left when `patience` is over.
  [[nodiscard]] bool wait_until_all_closed(base::Duration patience);

  const Limits limits;
  const ServerMetrics metrics;
  std::atomic<std::size_t> connections{0};
  std::mutex mutex;
  std::condition_variable all_closed;
};

// The way from any thread into a worker's loop. Outlives the worker, whose end closes it.
class Mailbox {
 public:
  explicit Mailbox(Worker& worker) : worker_(&worker) {}
  void deliver(Connection& connection, std::uint64_t generation, Response response);
  void close();

 private:
  std::mutex mutex_;
  Worker* worker_;
};

// Whether a connection is within the limit. Where the house is full, it gets the place of a client
// that has been idle for long, or is told so.
enum class Room { kThereIs, kFull };

class Worker final : private EventLoop::Ticker {
 public:
  Worker(ServerShared& shared, std::unique_ptr<Handler> handler);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // From any thread: gives the socket to the loop.
  void adopt(Descriptor socket, const PeerAddress& peer, Room room);
  void begin_drain();  // at once where the caller is the worker's own thread
  void close_all();
  // Ends the thread; what is still open is closed with the worker.
  void stop();

  // The rest is for the worker's own thread.
  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
  // Before start: what else is done once a tick.
  void on_each_tick(std::function<void()> call) { on_each_tick_ = std::move(call); }
  [[nodiscard]] const Limits& limits() const noexcept { return shared_.limits; }
  [[nodiscard]] Handler& handler() noexcept { return *handler_; }
  [[nodiscard]] const ServerClock& clock() const noexcept { return clock_; }
  [[nodiscard]] ServerCounters& counters() noexcept { return counters_; }
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] bool is_draining() const noexcept { return is_draining_; }
  // A deadline that is never early, though the clock is as old as the last tick.
  [[nodiscard]] ServerClock::Point deadline_in(base::Duration timeout) const noexcept {
    return clock_.now() + timeout + tick_;
  }
  void release(Connection& connection);

 private:
  void drain();
  [[nodiscard]] bool close_longest_idle();
  void on_tick() override;

  ServerShared& shared_;
  EventLoop loop_;
  base::Duration tick_;
  ServerClock clock_;
  ServerCounters counters_;
  std::unique_ptr<Handler> handler_;
  std::shared_ptr<Mailbox> mailbox_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> unused_;
  std::function<void()> on_each_tick_;
  bool is_draining_ = false;
  std::thread thread_;
};

}  // namespace rekey::net

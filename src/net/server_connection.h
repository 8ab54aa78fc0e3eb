// One connection of a worker: socket, parser, output, and the deadline that applies now.
//
// Lives on its worker's thread and belongs to the worker's pool, which uses it again. Each turn is:
// read what is there, answer every request in it, write once.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "net/event_loop.h"
#include "net/http1_parser.h"
#include "net/http1_writer.h"
#include "net/server.h"
#include "net/server_clock.h"
#include "net/server_listener.h"

namespace rekey::net {

class Worker;

class Connection final : public Exchange, public EventLoop::Watcher {
 public:
  explicit Connection(Worker& worker);
  ~Connection() override = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Takes a connected, non-blocking socket. With a rejection, the peer is told so and nothing else.
  void open(Descriptor socket, const PeerAddress& peer, std::optional<Rejection> rejection);
  // The reply that a Later brought; dropped where `generation` is not the connection's own any
  // more.
  void deliver(std::uint64_t generation, Response response);
  void on_ready(Readiness readiness) override;
  void on_tick();
  // Gives a client that is between requests a last, short time to send one.
  void begin_drain();
  void close();
  // How long it has been waiting for a request; 0 where it does something else.
  [[nodiscard]] base::Duration idle_for() const noexcept;
  // While it is closed; open() takes new memory.
  void give_memory_back() noexcept;

  [[nodiscard]] const Request& request() const noexcept override { return parser_.request(); }
  void respond(int status, std::string_view content_type, std::string_view body,
               std::span<const HeaderView> extra_headers) override;
  [[nodiscard]] Later later() override;

 private:
  enum class Phase { kClosed, kServing, kAwaitingReply, kLingering };
  enum class Answer { kOwed, kGiven, kLater };
  enum class Wait { kNothing, kRequest, kHead, kBody, kWrite, kLinger };

  void want(Interest interest);
  void await_input();
  void on_readable();
  void on_lingering(std::size_t count);
  void on_writable();
  void run();
  void handle_request();
  void write(const Reply& reply);
  void reject(Rejection rejection);
  [[nodiscard]] ssize_t receive();
  [[nodiscard]] bool flush();
  [[nodiscard]] bool send_some();
  void finish();
  void expire();
  void expire_read();
  void expire_write();
  void forget();
  void wait_for(Wait what);
  [[nodiscard]] bool has_more_input();
  [[nodiscard]] int unsent_bytes() const noexcept;

  Worker& worker_;
  Descriptor socket_;
  RequestParser parser_;
  OutputBuffer output_;

  Interest interest_ = Interest::kNothing;
  Phase phase_ = Phase::kClosed;
  Wait wait_ = Wait::kNothing;
  Answer answer_ = Answer::kGiven;
  RequestParser::Outcome outcome_ = RequestParser::Outcome::kNeedMore;
  ServerClock::Point deadline_ = ServerClock::Point::max();
  std::uint64_t generation_ = 0;  // which user of this object a Later means
  std::size_t linger_budget_ = 0;
  int unsent_at_deadline_ = 0;  // in the kernel's buffer, when the deadline of kWrite was set
  bool closes_ = false;         // after what is in output_
  bool lingers_ = false;        // when it closes
};

}  // namespace rekey::net

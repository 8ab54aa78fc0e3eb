#include "net/server.h"

#include <unistd.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "net/later_state.h"
#include "net/server_listener.h"
#include "net/server_worker.h"

namespace rekey::net {
namespace {

using boost::system::error_code;

// Connections over the limit that are still told so, before the rest is just closed.
constexpr std::size_t kRefusalRoom = 64;
// So that a burst of connections does not keep the accepting worker from its own.
constexpr int kAcceptsPerTurn = 64;
// When descriptors or memory ran out, the next attempt waits for some to come free.
constexpr base::Duration kAcceptPause = std::chrono::milliseconds{100};
// What closing sockets by force may take; a handler that blocks would hold it up.
constexpr base::Duration kForcePatience = std::chrono::seconds{1};

}  // namespace

Later::Later(std::shared_ptr<State> state) : state_(std::move(state)) {}
Later::Later(Later&&) noexcept = default;

Later& Later::operator=(Later&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Later::~Later() {
  if (!state_) return;
  respond({500, "application/json", R"({"status":500,"detail":"No reply was made."})", {}});
}

void Later::respond(Response response) {
  REKEY_ASSERT(state_);
  const std::shared_ptr<State> state = std::exchange(state_, nullptr);
  state->mailbox->deliver(state->connection, state->generation, std::move(response));
}

Later Exchange::make_later(std::shared_ptr<Later::State> state) {
  return Later(std::move(state));
}

void Exchange::respond(const Response& response) {
  std::vector<HeaderView> headers;
  headers.reserve(response.headers.size());
  for (const auto& [name, value] : response.headers) headers.push_back({name, value});
  respond(response.status, response.content_type, response.body, headers);
}

namespace {

// Accepts on the first worker's thread and hands each socket to `take`.
class Acceptor {
 public:
  using Take = std::function<void(Accepted)>;

  Acceptor(boost::asio::io_context& context, Descriptor listener, Take take)
      : listener_(context, listener.release()), pause_(context), take_(std::move(take)) {}

  void arm() {
    listener_.async_wait(Listener::wait_read, [this](const error_code& error) {
      if (!error) on_readable();
    });
  }

  // Takes everybody who is in the backlog, and closes.
  void finish() {
    ignore_new_handshakes(listener_.native_handle());
    while (take_next()) {
    }
    error_code ignored;
    listener_.close(ignored);
    pause_.cancel();
  }

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Listener = boost::asio::posix::basic_stream_descriptor<Executor>;
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void on_readable() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      if (const auto taken = take_next(); !taken) {
        if (taken.error() == AcceptFailure::kNoResources) return arm_after_pause();
        break;
      }
    }
    arm();
  }

  tl::expected<void, AcceptFailure> take_next() {
    auto accepted = accept_from(listener_.native_handle());
    if (!accepted) return tl::unexpected(accepted.error());
    take_(*std::move(accepted));
    return {};
  }

  void arm_after_pause() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& error) {
      if (!error) arm();
    });
  }

  Listener listener_;
  Timer pause_;
  Take take_;
};

class HttpServer final : public Server {
 public:
  HttpServer(const ServerOptions& options, const HandlerFactory& factory,
             telemetry::Metrics& metrics)
      : shared_(options.limits, metrics), local_socket_path_(options.local_socket_path) {
    REKEY_ASSERT(options.workers > 0);
    for (std::size_t i = 0; i < options.workers; ++i) {
      workers_.push_back(std::make_unique<Worker>(shared_, factory(i)));
    }
  }
  ~HttpServer() override {
    stop(base::Duration{0});
    // Where a later thread could not be started, the first ones run and are not stopped yet.
    for (const auto& worker : workers_) worker->stop();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void listen(Descriptor tcp, Descriptor local) {
    port_ = port_of(tcp);
    boost::asio::io_context& context = workers_.front()->context();
    acceptors_.emplace_back(context, std::move(tcp), [this](Accepted accepted) {
      next_worker_ = (next_worker_ + 1) % workers_.size();
      take(std::move(accepted), *workers_[next_worker_]);
    });
    if (local.get() >= 0) {
      acceptors_.emplace_back(context, std::move(local), [this](Accepted accepted) {
        take(std::move(accepted), *workers_.front());
      });
    }
    for (Acceptor& acceptor : acceptors_) acceptor.arm();
    for (const auto& worker : workers_) worker->start();
    is_running_ = true;
  }

  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }

  void stop(base::Duration patience) override {
    const std::lock_guard lock(stop_mutex_);
    if (!std::exchange(is_running_, false)) return;
    finish_accepting();
    if (!local_socket_path_.empty()) ::unlink(local_socket_path_.c_str());
    if (!shared_.wait_until_all_closed(patience)) {
      for (const auto& worker : workers_) worker->close_all();
      static_cast<void>(shared_.wait_until_all_closed(kForcePatience));
    }
    for (const auto& worker : workers_) worker->stop();
  }

 private:
  // On the first worker's thread, where the acceptors live; returns when it is done. The workers
  // hear of it first, so that every reply after the listener has gone says "Connection: close".
  void finish_accepting() {
    std::promise<void> done;
    boost::asio::post(workers_.front()->context(), [this, &done] {
      for (const auto& worker : workers_) worker->begin_drain();
      for (Acceptor& acceptor : acceptors_) acceptor.finish();
      done.set_value();
    });
    done.get_future().wait();
  }

  void take(Accepted accepted, Worker& worker) {
    const std::size_t open = shared_.connections.load();
    if (open >= shared_.limits.connections + kRefusalRoom) return;
    shared_.count_opened();
    const bool is_over = open >= shared_.limits.connections;
    worker.adopt(std::move(accepted.socket), accepted.peer,
                 is_over ? std::optional(Rejection::kTooManyConnections) : std::nullopt);
  }

  ServerShared shared_;
  const std::string local_socket_path_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::deque<Acceptor> acceptors_;  // after the workers: they use the first one's loop
  std::size_t next_worker_ = 0;
  std::uint16_t port_ = 0;
  std::mutex stop_mutex_;
  bool is_running_ = false;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options,
                                                    const HandlerFactory& factory,
                                                    telemetry::Metrics& metrics,
                                                    const OnBound& on_bound) {
  REKEY_TRY(Descriptor tcp, listen_on_tcp(options.address, options.port));
  Descriptor local;
  if (!options.local_socket_path.empty()) {
    REKEY_TRY(local, listen_on_local_socket(options.local_socket_path));
  }
  // Who connects from here on waits in the backlog until the workers run.
  if (on_bound) REKEY_CHECK(on_bound(port_of(tcp)));
  try {
    auto server = std::make_unique<HttpServer>(options, factory, metrics);
    server->listen(std::move(tcp), std::move(local));
    return std::unique_ptr<Server>(std::move(server));
  } catch (const std::system_error& error) {
    return base::fail(base::Code::kUnavailable,
                      std::string("cannot start the server's event loop: ") + error.what());
  }
}

}  // namespace rekey::net

#include "net/server.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "net/adopting_server.h"
#include "net/later_state.h"
#include "net/server_listener.h"
#include "net/server_worker.h"

namespace rekey::net {
namespace {

// Connections over the limit that are still told so, before the rest is just closed.
constexpr std::size_t kRefusalRoom = 64;
// Places beyond the limit that only the local socket has.
constexpr std::size_t kLocalRoom = kRefusalRoom + 64;
// So that a burst of connections does not keep the accepting worker from its own.
constexpr int kAcceptsPerTurn = 64;
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
class Acceptor final : private EventLoop::Watcher {
 public:
  using Take = std::function<void(Accepted)>;

  Acceptor(EventLoop& loop, Descriptor listener, telemetry::Counter& pauses, Take take)
      : loop_(loop), listener_(std::move(listener)), pauses_(pauses), take_(std::move(take)) {
    if (loop_.add(listener_, Interest::kReading, *this)) return;
    throw std::system_error(errno, std::generic_category(), "epoll");
  }

  // When descriptors or memory ran out, the next attempt waits a tick for some to come free.
  void on_tick() {
    if (std::exchange(is_pausing_, false)) loop_.change(listener_, Interest::kReading, *this);
  }

  // Takes everybody who is in the backlog, and closes.
  void finish() {
    ignore_new_handshakes(listener_.get());
    while (take_next()) {
    }
    loop_.remove(listener_);
    listener_ = Descriptor();
    is_pausing_ = false;
  }

 private:
  void on_ready(Readiness /*readiness*/) override {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      const auto taken = take_next();
      if (taken) continue;
      if (taken.error() == AcceptFailure::kNoneWaiting) return;
      is_pausing_ = true;
      pauses_.increment();
      return loop_.change(listener_, Interest::kNothing, *this);
    }
  }

  tl::expected<void, AcceptFailure> take_next() {
    auto accepted = accept_from(listener_.get());
    if (!accepted) return tl::unexpected(accepted.error());
    take_(*std::move(accepted));
    return {};
  }

  EventLoop& loop_;
  Descriptor listener_;
  telemetry::Counter& pauses_;
  Take take_;
  bool is_pausing_ = false;
};

class HttpServer final : public AdoptingServer {
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
    EventLoop& loop = workers_.front()->loop();
    telemetry::Counter& pauses = *shared_.metrics.accept_pauses;
    acceptors_.emplace_back(loop, std::move(tcp), pauses, [this](Accepted accepted) {
      take(std::move(accepted), next_worker(), shared_.limits.connections);
    });
    if (local.get() >= 0) {
      // Strangers cannot reach the local socket, so they must not be able to fill it either.
      acceptors_.emplace_back(loop, std::move(local), pauses, [this](Accepted accepted) {
        take(std::move(accepted), *workers_.front(), shared_.limits.connections + kLocalRoom);
      });
    }
    workers_.front()->on_each_tick([this] {
      for (Acceptor& acceptor : acceptors_) acceptor.on_tick();
    });
    run();
  }
  void run() {
    for (const auto& worker : workers_) worker->start();
    is_running_ = true;
  }

  void adopt(Descriptor socket, const PeerAddress& peer) override {
    take({std::move(socket), peer}, next_worker(), shared_.limits.connections);
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
    workers_.front()->loop().post([this, &done] {
      for (const auto& worker : workers_) worker->begin_drain();
      for (Acceptor& acceptor : acceptors_) acceptor.finish();
      done.set_value();
    });
    done.get_future().wait();
  }

  Worker& next_worker() noexcept { return *workers_[++next_worker_ % workers_.size()]; }

  void take(Accepted accepted, Worker& worker, std::size_t limit) {
    const std::size_t open = shared_.connections.load();
    if (open >= limit + kRefusalRoom) return;
    shared_.count_opened();
    worker.adopt(std::move(accepted.socket), accepted.peer,
                 open < limit ? Room::kThereIs : Room::kFull);
  }

  ServerShared shared_;
  const std::string local_socket_path_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::deque<Acceptor> acceptors_;  // after the workers: they use the first one's loop
  std::atomic<std::size_t> next_worker_{0};
  std::uint16_t port_ = 0;
  std::mutex stop_mutex_;
  bool is_running_ = false;
};

template <typename Begin>
base::Result<std::unique_ptr<HttpServer>> build(const ServerOptions& options,
                                                const HandlerFactory& factory,
                                                telemetry::Metrics& metrics, Begin begin) {
  try {
    auto server = std::make_unique<HttpServer>(options, factory, metrics);
    begin(*server);
    return server;
  } catch (const std::system_error& error) {
    return base::fail(base::Code::kUnavailable,
                      std::string("cannot start the server's event loop: ") + error.what());
  }
}

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
  return build(options, factory, metrics,
               [&](HttpServer& server) { server.listen(std::move(tcp), std::move(local)); });
}

base::Result<std::unique_ptr<AdoptingServer>> AdoptingServer::start(const ServerOptions& options,
                                                                    const HandlerFactory& factory,
                                                                    telemetry::Metrics& metrics) {
  ServerOptions own = options;
  own.local_socket_path.clear();  // which a stop would remove
  return build(own, factory, metrics, [](HttpServer& server) { server.run(); });
}

}  // namespace rekey::net

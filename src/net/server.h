// The HTTP/1.1 server: strict framing, hard limits, thread per core.
//
// Each worker thread has its own event loop, connections and handler; nothing is shared on the way
// of a request. Reading and replying allocate nothing in the steady state. Framing that RFC 9112
// lets a server doubt is refused with 400 and the connection is closed (docs/adr has the list and
// why). Connections of a worker are handed out round robin by one acceptor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "telemetry/metrics.h"

namespace rekey::net {

struct Limits {
  std::size_t header_bytes = 8 * 1024;  // request line and all headers: 431
  std::size_t headers = 64;             // 431
  std::size_t body_bytes = 64 * 1024;   // 413
  std::size_t connections = 4096;       // over all workers: 503 and close
  base::Duration header_timeout =
      std::chrono::seconds{10};                            // from first byte to end of headers: 408
  base::Duration body_timeout = std::chrono::seconds{10};  // to the end of the body: 408
  base::Duration idle_timeout = std::chrono::seconds{75};  // between requests: closed
  // Over the limit of connections, who has been idle for this long makes room for who comes.
  base::Duration crowded_idle_timeout = std::chrono::seconds{5};
  base::Duration write_timeout = std::chrono::seconds{10};  // a reader that takes nothing: closed
};

// A reply that is given later, from any thread. Dropped without a reply: 500.
class Later {
 public:
  struct State;  // the server's own
  Later(Later&&) noexcept;
  Later& operator=(Later&&) noexcept;
  ~Later();
  void respond(Response response);

 private:
  friend class Exchange;
  explicit Later(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// One request and its reply. Exactly one of respond, and later, must be called before the handler
// returns; neither: 500.
class Exchange {
 public:
  [[nodiscard]] virtual const Request& request() const noexcept = 0;
  // Copies the parts into the connection's buffer; allocates nothing for replies up to 8 KiB.
  virtual void respond(int status, std::string_view content_type, std::string_view body,
                       std::span<const HeaderView> extra_headers) = 0;
  void respond(const Response& response);
  [[nodiscard]] virtual Later later() = 0;

 protected:
  ~Exchange() = default;
  [[nodiscard]] static Later make_later(std::shared_ptr<Later::State> state);
};

// One per worker; called on that worker's thread only. Must not block.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(Exchange& exchange) = 0;
};
using HandlerFactory = std::function<std::unique_ptr<Handler>(std::size_t worker)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;         // 0: the system chooses
  std::string local_socket_path;  // empty: none. Created 0600; handled by worker 0
  std::size_t workers = 1;
  Limits limits;
};

class Server {
 public:
  // Binds and starts the workers. `on_bound` runs between the two with the port, before the factory
  // makes a handler; its error stops the start. kUnavailable where the address is taken, with what
  // to do.
  using OnBound = std::function<base::Status(std::uint16_t port)>;
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> start(const ServerOptions& options,
                                                                   const HandlerFactory& factory,
                                                                   telemetry::Metrics& metrics,
                                                                   const OnBound& on_bound = {});
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  // Stops accepting, answers what has arrived with "Connection: close", waits at most `patience`
  // for open requests, then closes. No request whose bytes had arrived is lost. Idempotent.
  virtual void stop(base::Duration patience) = 0;
};

}  // namespace rekey::net

// For the tests of the server: a server on a free port, and a client that sends raw bytes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/server.h"
#include "net/server_listener.h"

namespace rekey::net {

inline constexpr std::chrono::seconds kTestDeadline{20};

// A connection that is given bytes as they are. Waits for nothing longer than kTestDeadline.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : RawClient(AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect_to(address);
  }
  explicit RawClient(const std::string& path) : RawClient(AF_UNIX) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connect_to(address);
  }

  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }
  bool send(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_ = Descriptor(); }

  // One response whose length is told: head and body. What came before the end, where that comes
  // first.
  std::string read_response() {
    std::size_t head_end = 0;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return std::exchange(received_, {});
    }
    std::size_t size = head_end + 4;
    const std::size_t length = received_.find("Content-Length: ");
    if (length < head_end) size += std::stoul(received_.substr(length + 16));
    while (received_.size() < size) {
      if (!receive()) return std::exchange(received_, {});
    }
    const std::string response = received_.substr(0, size);
    received_.erase(0, size);
    return response;
  }
  // At most this many bytes, dropped; false at the end.
  bool skip(std::size_t count) {
    std::vector<char> bytes(count);
    return ::recv(socket_.get(), bytes.data(), bytes.size(), 0) > 0;
  }
  // Everything until the server closes.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  std::string ask(std::string_view bytes) {
    send(bytes);
    return read_response();
  }
  // True when there is something to read, or the end, within this time.
  [[nodiscard]] bool is_readable_within(std::chrono::milliseconds time) const {
    pollfd entry{socket_.get(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(time.count())) == 1;
  }

 private:
  explicit RawClient(int family) : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval deadline{kTestDeadline.count(), 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  }
  template <typename Address>
  void connect_to(const Address& address) {
    is_connected_ =
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool receive() {
    std::array<char, 16384> bytes{};
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    EXPECT_FALSE(count < 0 && errno == EAGAIN) << "no answer before the deadline";
    if (count <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  Descriptor socket_;
  bool is_connected_ = false;
  std::string received_;
};

using HandleFunction = std::function<void(Exchange&)>;

class FunctionHandler final : public Handler {
 public:
  explicit FunctionHandler(HandleFunction function) : function_(std::move(function)) {}
  void handle(Exchange& exchange) override { function_(exchange); }

 private:
  HandleFunction function_;
};

// "METHOD path query body".
inline void echo(Exchange& exchange) {
  const Request& request = exchange.request();
  std::string text(name_of(request.method));
  for (const std::string_view part : {request.path, request.query, request.body}) {
    text += ' ';
    text += part;
  }
  exchange.respond(200, "text/plain", text, {});
}

class TestServer {
 public:
  explicit TestServer(HandleFunction function = echo, ServerOptions options = {})
      : server_(Server::start(
                    options,
                    [&](std::size_t) { return std::make_unique<FunctionHandler>(function); },
                    metrics_)
                    .value()) {}
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] RawClient connect() const { return RawClient(port()); }
  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] telemetry::Metrics& metrics() { return metrics_; }
  // As a program does at its end: the server goes, everything else still stands.
  void destroy() { server_.reset(); }

 private:
  telemetry::Metrics metrics_;
  std::unique_ptr<Server> server_;
};

// Asks until the answer is yes or the deadline is over.
template <typename Question>
bool eventually(Question question) {
  const auto end = std::chrono::steady_clock::now() + kTestDeadline;
  while (!question()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

inline std::string status_of_response(const std::string& response) {
  return response.size() < 12 ? "" : response.substr(9, 3);
}
inline std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}
inline bool says_close(const std::string& response) {
  return response.find("\r\nConnection: close\r\n") != std::string::npos;
}
inline std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

}  // namespace rekey::net

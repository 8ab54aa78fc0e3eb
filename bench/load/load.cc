// A closed-loop load generator for the benchmarks: one thread that never sleeps.
//
//   load PORT CONNECTIONS SECONDS REQUESTS_FILE
//
// The file holds whole HTTP requests, each behind a line with its size in bytes; they are sent in
// turn. Each connection sends its next request when it has the reply to the last one. Prints one
// line of JSON: requests, seconds, not_2xx, p50_us, p99_us.
//
// It polls without a pause, because a generator that sleeps has to be woken by the server's own
// system calls: what a request costs would then depend on which of the two is the faster, and on a
// virtual machine that can be half of the cost. Replies need a Content-Length.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  Clock::time_point sent;
  std::array<char, 65536> buffer{};
  std::size_t size = 0;
};

struct Totals {
  std::vector<float> latencies_us;
  std::size_t not_2xx = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::vector<std::string> read_requests(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> requests;
  for (std::string line; std::getline(file, line);) {
    std::string request(std::stoul(line), '\0');
    file.read(request.data(), static_cast<std::streamsize>(request.size()));
    requests.push_back(std::move(request));
  }
  if (requests.empty()) fail("no requests");
  return requests;
}

int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  const int one = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return socket;
}

void send_request(Connection& connection, const std::string& request) {
  connection.sent = Clock::now();
  if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    fail("send");
  }
}

// The size of the whole reply in the buffer, 0 where it is not whole yet.
std::size_t reply_size(const Connection& connection) {
  const char* data = connection.buffer.data();
  const auto* end = static_cast<const char*>(memmem(data, connection.size, "\r\n\r\n", 4));
  if (end == nullptr) return 0;
  const std::size_t head = static_cast<std::size_t>(end - data) + 4;
  const auto* field = static_cast<const char*>(memmem(data, head, "ontent-", 7));
  while (field != nullptr && strncasecmp(field, "ontent-length: ", 15) != 0) {
    field = static_cast<const char*>(
        memmem(field + 1, head - static_cast<std::size_t>(field + 1 - data), "ontent-", 7));
  }
  if (field == nullptr) fail("a reply without Content-Length");
  const std::size_t size = head + std::strtoul(field + 15, nullptr, 10);
  return size <= connection.size ? size : 0;
}

// True when the connection's reply is whole; it is then noted and taken out of the buffer.
bool take_reply(Connection& connection, Totals& totals) {
  const ssize_t got = ::recv(connection.socket, connection.buffer.data() + connection.size,
                             connection.buffer.size() - connection.size, MSG_DONTWAIT);
  if (got == 0) fail("the server closed a connection");
  if (got < 0) return false;
  connection.size += static_cast<std::size_t>(got);
  const std::size_t size = reply_size(connection);
  if (size == 0) return false;
  if (connection.buffer[9] != '2') ++totals.not_2xx;
  totals.latencies_us.push_back(
      std::chrono::duration<float, std::micro>(Clock::now() - connection.sent).count());
  connection.size -= size;
  return true;
}

float percentile(std::vector<float>& values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto requests = read_requests(argv[4]);
  std::vector<Connection> connections(std::stoul(argv[2]));
  const int poll = ::epoll_create1(0);
  for (Connection& connection : connections) {
    connection.socket = connect_to(std::atoi(argv[1]));
    epoll_event interest{EPOLLIN, {.ptr = &connection}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &interest);
  }
  Totals totals;
  totals.latencies_us.reserve(1 << 22);
  std::size_t next = 0;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(std::stod(argv[3]));
  for (Connection& connection : connections) {
    send_request(connection, requests[next++ % requests.size()]);
  }
  std::array<epoll_event, 256> events{};
  while (Clock::now() < end) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (take_reply(connection, totals)) {
        send_request(connection, requests[next++ % requests.size()]);
      }
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (totals.latencies_us.empty()) fail("no reply");
  std::printf(R"({"requests":%zu,"seconds":%.6f,"not_2xx":%zu,"p50_us":%.1f,"p99_us":%.1f})"
              "\n",
              totals.latencies_us.size(), seconds, totals.not_2xx,
              static_cast<double>(percentile(totals.latencies_us, 0.5)),
              static_cast<double>(percentile(totals.latencies_us, 0.99)));
}

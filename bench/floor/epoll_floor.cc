// The least that any HTTP server has to do: one thread, raw epoll, a request found by its blank
// line and its Content-Length, a fixed reply. What bench/run token calls the floor.
//
//   epoll_floor REPLY_FILE       prints the port that it listens on; the file holds the whole reply
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_map>

namespace {

struct Connection {
  std::array<char, 8192> buffer{};
  std::size_t size = 0;
};

// The length of the first whole request in the buffer, 0 where there is none yet.
std::size_t request_size(const char* data, std::size_t size) {
  const auto* end = static_cast<const char*>(memmem(data, size, "\r\n\r\n", 4));
  if (end == nullptr) return 0;
  const auto head = static_cast<std::size_t>(end - data) + 4;
  const auto* field = static_cast<const char*>(memmem(data, head, "Content-Length: ", 16));
  const std::size_t body = field == nullptr ? 0 : std::strtoul(field + 16, nullptr, 10);
  return head + body <= size ? head + body : 0;
}

int listen_on_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 1024) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("epoll_floor");
    std::exit(1);
  }
  std::printf("%u\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

// False when the connection is over.
bool serve(int socket, Connection& connection, const std::string& reply) {
  const auto got = recv(socket, connection.buffer.data() + connection.size,
                        connection.buffer.size() - connection.size, 0);
  if (got < 0) return errno == EAGAIN;
  if (got == 0) return false;
  connection.size += static_cast<std::size_t>(got);
  while (const auto used = request_size(connection.buffer.data(), connection.size)) {
    if (send(socket, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return false;
    std::memmove(connection.buffer.data(), connection.buffer.data() + used, connection.size - used);
    connection.size -= used;
  }
  return connection.size < connection.buffer.size();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string reply{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const int listener = listen_on_loopback();
  const int poll = epoll_create1(0);
  epoll_event interest{EPOLLIN, {.fd = listener}};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &interest);
  std::unordered_map<int, std::unique_ptr<Connection>> connections;
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted < 0) continue;
        const int one = 1;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connections[accepted] = std::make_unique<Connection>();
        interest = {EPOLLIN, {.fd = accepted}};
        epoll_ctl(poll, EPOLL_CTL_ADD, accepted, &interest);
      } else if (!serve(socket, *connections[socket], reply)) {
        connections.erase(socket);
        close(socket);
      }
    }
  }
}

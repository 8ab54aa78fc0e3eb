#include "net/server_listener.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace rekey::net {
namespace {

using base::Code;

std::string text_of_error(int error) {
  return std::generic_category().message(error);
}

PeerAddress peer_of_tcp(const sockaddr_storage& storage) noexcept {
  PeerAddress peer;
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    std::memcpy(peer.bytes.data(), &address.sin6_addr, peer.bytes.size());
  } else {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    peer.bytes[10] = peer.bytes[11] = 0xff;
    std::memcpy(peer.bytes.data() + 12, &address.sin_addr, 4);
  }
  return peer;
}

PeerAddress peer_of_local(int socket) noexcept {
  PeerAddress peer;
  peer.is_local_socket = true;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  // Without an answer the peer is nobody: the overflow user, who owns nothing.
  const bool is_known = ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
  peer.local_uid = is_known ? credentials.uid : 65534;
  return peer;
}

base::Status bind_and_listen(const Descriptor& socket, const sockaddr* address, socklen_t size,
                             const std::string& name) {
  if (::bind(socket.get(), address, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    const int error = errno;
    if (error == EADDRINUSE) {
      return base::fail(Code::kUnavailable,
                        fmt::format("{} is in use by another program: stop that one, or listen on "
                                    "another address",
                                    name));
    }
    return base::fail(Code::kUnavailable,
                      fmt::format("cannot listen on {}: {}", name, text_of_error(error)));
  }
  return {};
}

// Removes a socket file that a killed server left behind.
base::Status make_way_for(const std::string& path, const sockaddr_un& address) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return {};
  if (!S_ISSOCK(facts.st_mode)) {
    return base::fail(Code::kAlreadyExists,
                      fmt::format("{} exists and is not a socket; move it away", path));
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return base::fail(Code::kUnavailable,
                      fmt::format("another server listens on {}: stop it first", path));
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

base::Result<Descriptor> listen_on_tcp(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    return base::fail(Code::kInvalidArgument, fmt::format("\"{}\" is no address to listen on: {}",
                                                          address, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Descriptor socket(
      ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (socket.get() < 0) {
    return base::fail(Code::kUnavailable, "cannot make a socket: " + text_of_error(errno));
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  REKEY_CHECK(bind_and_listen(socket, found->ai_addr, found->ai_addrlen,
                              fmt::format("{}:{}", address, port)));
  return socket;
}

base::Result<Descriptor> listen_on_local_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} is longer than the {} characters that a local socket's path "
                                  "may have",
                                  path, sizeof address.sun_path - 1));
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) {
    return base::fail(Code::kUnavailable, "cannot make a socket: " + text_of_error(errno));
  }
  REKEY_CHECK(make_way_for(path, address));
  // Linux gives the file the socket's own mode, so no other user can reach it between two calls.
  ::fchmod(socket.get(), S_IRUSR | S_IWUSR);
  REKEY_CHECK(
      bind_and_listen(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address, path));
  return socket;
}

std::uint16_t port_of(const Descriptor& listener) noexcept {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  // The port stands at the same place in both families.
  sockaddr_in address{};
  std::memcpy(&address, &storage, sizeof address);
  return ntohs(address.sin_port);
}

tl::expected<Accepted, AcceptFailure> accept_from(int listener) {
  for (;;) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    Descriptor socket(::accept4(listener, reinterpret_cast<sockaddr*>(&storage), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      switch (errno) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          return tl::unexpected(AcceptFailure::kNoResources);
        case EAGAIN:
        case EBADF:
        case EINVAL:
          return tl::unexpected(AcceptFailure::kNoneWaiting);
        default:
          continue;  // the error of a peer that went away while it waited
      }
    }
    if (storage.ss_family == AF_UNIX) {
      const PeerAddress peer = peer_of_local(socket.get());
      return Accepted{std::move(socket), peer};
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return Accepted{std::move(socket), peer_of_tcp(storage)};
  }
}

void ignore_new_handshakes(int listener) noexcept {
  sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &drop_all};
  ::setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

}  // namespace rekey::net

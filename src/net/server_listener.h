// Listening sockets, as plain descriptors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "net/http.h"

namespace rekey::net {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const noexcept { return value_; }
  int release() noexcept { return std::exchange(value_, -1); }

 private:
  int value_ = -1;
};

// `address` is a numeric address or a host name, of which the first address is taken.
[[nodiscard]] base::Result<Descriptor> listen_on_tcp(const std::string& address,
                                                     std::uint16_t port);
// The socket file has mode 0600 from its first moment. One that nobody listens on any more is
// replaced.
[[nodiscard]] base::Result<Descriptor> listen_on_local_socket(const std::string& path);

[[nodiscard]] std::uint16_t port_of(const Descriptor& listener) noexcept;

struct Accepted {
  Descriptor socket;  // non-blocking, without Nagle's delay
  PeerAddress peer;
};
enum class AcceptFailure { kNoneWaiting, kNoResources };
[[nodiscard]] tl::expected<Accepted, AcceptFailure> accept_from(int listener);

// From now on the kernel ignores new TCP handshakes on it, so that the backlog can be emptied and
// the listener closed with nobody in between; who connects then is refused, with nothing sent yet.
void ignore_new_handshakes(int listener) noexcept;

}  // namespace rekey::net

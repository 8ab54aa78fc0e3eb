// Listening sockets, as plain descriptors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/descriptor.h"
#include "net/http.h"

namespace rekey::net {

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

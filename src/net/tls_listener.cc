#include "net/tls_listener.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "net/server_listener.h"

namespace rekey::net {

base::Result<TlsListener> TlsListener::open(const TlsListenerSettings& settings) {
  REKEY_TRY(auto identity, TlsIdentity::make(settings.certificate_pem, settings.key_pem));
  REKEY_TRY(auto socket, listen_on_tcp(settings.address, settings.port));
  return TlsListener(std::move(identity), std::move(socket));
}

std::uint16_t TlsListener::port() const noexcept {
  return port_of(socket_);
}

std::optional<Descriptor> TlsListener::accept(base::Duration timeout) {
  if (!wait_for(socket_.get(), POLLIN, std::chrono::steady_clock::now() + timeout)) {
    return std::nullopt;
  }
  auto accepted = accept_from(socket_.get());
  if (!accepted) return std::nullopt;
  return std::move(accepted->socket);
}

base::Result<TlsConnection> TlsListener::shake_hands(Descriptor socket, base::Duration lifetime) {
  return identity_.shake_hands(std::move(socket), lifetime);
}

}  // namespace rekey::net

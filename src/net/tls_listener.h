// HTTPS for one page: a listener that speaks TLS 1.2 and 1.3, one blocking connection at a time.
//
// It is no part of the server (net/server.h), which serves thousands and leaves TLS to a proxy:
// here a handful of connections come, each on its own thread, each with one deadline for all that
// it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/descriptor.h"
#include "net/tls_connection.h"

namespace rekey::net {

struct TlsListenerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       // 0: one that is free
  std::string certificate_pem;  // the chain, its own certificate first
  base::Secret key_pem;         // not encrypted
};

class TlsListener {
 public:
  // kInvalidArgument where certificate and key are none or do not belong together, or the address
  // is none; kUnavailable where it cannot be listened on.
  [[nodiscard]] static base::Result<TlsListener> open(const TlsListenerSettings& settings);

  [[nodiscard]] std::uint16_t port() const noexcept;
  // Who has connected, before TLS; nothing where nobody came in time.
  [[nodiscard]] std::optional<Descriptor> accept(base::Duration timeout);
  // As TlsIdentity::shake_hands.
  [[nodiscard]] base::Result<TlsConnection> shake_hands(Descriptor socket, base::Duration lifetime);

 private:
  TlsListener(TlsIdentity identity, Descriptor socket) noexcept
      : identity_(std::move(identity)), socket_(std::move(socket)) {}
  TlsIdentity identity_;
  Descriptor socket_;
};

}  // namespace rekey::net

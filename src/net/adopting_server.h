// The HTTP server without a listener: its connections are handed to it, by whoever accepted them
// and took off what lies around the HTTP (net/tls_gateway.h).
#pragma once

#include <memory>

#include "base/result.h"
#include "net/descriptor.h"
#include "net/http.h"
#include "net/server.h"
#include "telemetry/metrics.h"

namespace rekey::net {

class AdoptingServer : public Server {
 public:
  // As Server::start; of the options, address, port and local socket are not looked at, and port()
  // is 0.
  [[nodiscard]] static base::Result<std::unique_ptr<AdoptingServer>> start(
      const ServerOptions& options, const HandlerFactory& factory, telemetry::Metrics& metrics);

  // Serves what is at the other end of a connected stream socket that does not block; `peer` is who
  // that is. Over the limit of connections it is closed, or told so. Any thread; not once stop has
  // been called.
  virtual void adopt(Descriptor socket, const PeerAddress& peer) = 0;
};

}  // namespace rekey::net

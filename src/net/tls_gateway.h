// TLS before a server, for a few host names: on one port it speaks TLS, and is a proxy (CONNECT,
// RFC 9110 section 9.3.6) to those hosts, which are all itself. So a program whose hosts are fixed
// reaches it by its proxy settings alone.
//
// A connection's first byte tells which of the two comes. It is no open proxy: a tunnel to any
// other host, or another port than 443, is refused, and nothing is ever connected to. A few hundred
// connections, each with a thread of its own; who comes when they are all taken is hung up on,
// and counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/adopting_server.h"
#include "telemetry/metrics.h"

namespace rekey::net {

struct TlsGatewaySettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       // 0: one that is free
  std::string certificate_pem;  // the chain, its own certificate first
  base::Secret key_pem;         // not encrypted
  // Whether tunnels may lead to that host (in lower case). Any thread.
  std::function<bool(std::string_view host)> serves;
  std::string what_is_here;  // sentences for whoever speaks plain HTTP, or asks for another host
  std::size_t head_bytes = 8 * 1024;  // of a CONNECT request
  base::Duration head_timeout = std::chrono::seconds{10};
  base::Duration handshake_timeout = std::chrono::seconds{10};
  base::Duration write_timeout = std::chrono::seconds{10};  // a reader that takes nothing: closed
  std::size_t connections = 256;                            // of kDescriptorsPerTunnel each
};
// Of a process's: three of the gateway's, and the server's own.
inline constexpr std::size_t kDescriptorsPerTunnel = 4;

class TlsGateway {
 public:
  // Listens, and hands every connection, without its TLS, to `server`, which outlives the gateway,
  // as `metrics` do. kInvalidArgument where certificate and key are none or do not belong together,
  // or the address is none; kUnavailable where it cannot be listened on.
  [[nodiscard]] static base::Result<std::unique_ptr<TlsGateway>> start(TlsGatewaySettings settings,
                                                                       AdoptingServer& server,
                                                                       telemetry::Metrics& metrics);
  ~TlsGateway();  // stops

  [[nodiscard]] std::uint16_t port() const noexcept;
  // Takes nobody any more; who has not shaken hands yet is hung up on. Before the server stops.
  void stop_accepting();
  // Waits for the connections that are left: once the server has stopped, they end by themselves.
  // Who has not taken all that is left for it after `write_timeout` is hung up on.
  void stop();

 private:
  struct State;
  explicit TlsGateway(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::net

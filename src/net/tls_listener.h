// HTTPS for one page: a listener that speaks TLS 1.2 and 1.3, one blocking connection at a time.
//
// It is no part of the server (net/server.h), which serves thousands and leaves TLS to a proxy:
// here a handful of connections come, each on its own thread, each with one deadline for all that
// it does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/descriptor.h"

namespace rekey::net {

struct TlsListenerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       // 0: one that is free
  std::string certificate_pem;  // the chain, its own certificate first
  base::Secret key_pem;         // not encrypted
};

// One thread. Every call ends at the deadline that was set when it was made.
class TlsConnection {
 public:
  TlsConnection(TlsConnection&&) noexcept;
  ~TlsConnection();
  // How many bytes came, at least one; 0 when the other side has ended. kTimeout at the deadline,
  // kUnavailable where the connection broke.
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> space);
  [[nodiscard]] base::Status write(std::string_view bytes);
  // Says goodbye, so that the other side knows that nothing was cut off (RFC 8446 section 6.1).
  void close() noexcept;

 private:
  friend class TlsListener;
  struct State;
  explicit TlsConnection(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

// kInvalidArgument where they are none or do not belong together.
[[nodiscard]] base::Status check_pair(std::string_view certificate_pem,
                                      const base::Secret& key_pem);

class TlsListener {
 public:
  // kInvalidArgument where certificate and key are none or do not belong together, or the address
  // is none; kUnavailable where it cannot be listened on.
  [[nodiscard]] static base::Result<TlsListener> open(const TlsListenerSettings& settings);
  TlsListener(TlsListener&&) noexcept;
  ~TlsListener();

  [[nodiscard]] std::uint16_t port() const noexcept;
  // Who has connected, before TLS; nothing where nobody came in time.
  [[nodiscard]] std::optional<Descriptor> accept(base::Duration timeout);
  // Any thread, in which SIGPIPE is blocked from then on. Returns when the handshake is done;
  // `lifetime` bounds the whole connection, which must stay on that thread.
  [[nodiscard]] base::Result<TlsConnection> shake_hands(Descriptor socket, base::Duration lifetime);

 private:
  struct State;
  explicit TlsListener(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::net

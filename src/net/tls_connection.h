// A server's side of TLS 1.2 and 1.3 on a socket that somebody else accepted, for few connections:
// each on its own thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/descriptor.h"

namespace rekey::net {

// One thread. read, write and the handshake end at the deadline that was set when it was made.
class TlsConnection {
 public:
  TlsConnection(TlsConnection&&) noexcept;
  ~TlsConnection();
  // How many bytes came, at least one; 0 when the other side has ended. kTimeout at the deadline,
  // kUnavailable where the connection broke.
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> space);
  [[nodiscard]] base::Status write(std::string_view bytes);

  // The same without waiting, whatever the deadline. Nothing, or false, where there is nothing to
  // read, or no room to write, now; the next write must then be of the same bytes, at the same
  // place.
  [[nodiscard]] base::Result<std::optional<std::size_t>> read_now(std::span<char> space);
  [[nodiscard]] base::Result<bool> write_now(std::string_view bytes);
  // What the last of them that could do nothing waits for (poll(2)). It need not be its own
  // direction: who asks for new keys (RFC 8446 section 4.6.3) is answered before it is read on.
  [[nodiscard]] short waits_for() const noexcept;
  // To wait on; nobody else reads it or writes to it.
  [[nodiscard]] const Descriptor& socket() const noexcept;

  // Says goodbye, so that the other side knows that nothing was cut off (RFC 8446 section 6.1).
  void close() noexcept;

 private:
  friend class TlsIdentity;
  struct State;
  explicit TlsConnection(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

// kInvalidArgument where they are none or do not belong together.
[[nodiscard]] base::Status check_pair(std::string_view certificate_pem,
                                      const base::Secret& key_pem);

// A certificate with its key, as connections need them.
class TlsIdentity {
 public:
  // `certificate_pem`: the chain, its own certificate first; `key_pem`: not encrypted.
  // kInvalidArgument as check_pair.
  [[nodiscard]] static base::Result<TlsIdentity> make(std::string_view certificate_pem,
                                                      const base::Secret& key_pem);
  TlsIdentity(TlsIdentity&&) noexcept;
  ~TlsIdentity();

  // Any thread, in which SIGPIPE is blocked from then on; `socket` does not block. Returns when the
  // handshake is done; `lifetime` bounds it and every waiting call. The connection must stay on
  // that thread.
  [[nodiscard]] base::Result<TlsConnection> shake_hands(Descriptor socket, base::Duration lifetime);

 private:
  struct State;
  explicit TlsIdentity(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

// Until one of `events` (poll(2)), or an end, is there; false at the deadline.
[[nodiscard]] bool wait_for(int socket, short events,
                            std::chrono::steady_clock::time_point deadline);

}  // namespace rekey::net

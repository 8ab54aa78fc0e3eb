// The one place where the server reads clocks.
//
// Timeouts of sockets and the Date header belong to the transport, not to the rules: no decision
// about a secret depends on them, so they are not injected. A worker reads both once a tick;
// between ticks a request costs no look at a clock.
#pragma once

#include <array>
#include <chrono>
#include <string_view>

namespace rekey::net {

class ServerClock {
 public:
  using Point = std::chrono::steady_clock::time_point;

  ServerClock() { read(); }
  void read();
  // As of the last read.
  [[nodiscard]] Point now() const noexcept { return now_; }
  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110 section 5.6.7).
  [[nodiscard]] std::string_view date_line() const noexcept { return {line_.data(), line_.size()}; }

 private:
  Point now_;
  std::chrono::sys_seconds second_{};
  std::array<char, 37> line_{};
};

}  // namespace rekey::net

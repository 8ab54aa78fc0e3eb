// Faults that a sandbox plays, so that a client's way with them can be rehearsed: every call but
// the sandbox's own is told to come later, is refused, or waits. Gone with the server.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "net/http.h"

namespace rekey::engagement {

inline constexpr base::Duration kSlowestFault = std::chrono::seconds{30};

// Any thread.
struct Faults {
  std::atomic<bool> is_throttled{false};     // 429, errorcode 50100 (contract section 1.6)
  std::atomic<bool> is_out{false};           // 503, errorcode 50300
  std::atomic<std::int64_t> slow_millis{0};  // each call waits so long, on the thread that reads

  // What ends a call to that path; nullopt where it goes on.
  [[nodiscard]] std::optional<net::Response> strike(std::string_view path) const;
  // How long a call to that path waits.
  [[nodiscard]] base::Duration delay(std::string_view path) const noexcept;
  // Waits for that long by `wait`, or until no call has to wait any more.
  void hold_up(base::Duration delay, const std::function<void(base::Duration)>& wait) const;
};

}  // namespace rekey::engagement

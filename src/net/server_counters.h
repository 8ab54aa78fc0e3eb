// What a worker counts. Plain numbers on its own thread, added to the registry once a tick, so that
// workers share no cache line on the way of a request.
#pragma once

#include <array>
#include <cstdint>

#include "net/http1_rejection.h"
#include "telemetry/metrics.h"

namespace rekey::net {

// The registry's side; one for all workers.
struct ServerMetrics {
  explicit ServerMetrics(telemetry::Metrics& metrics);
  std::array<telemetry::Counter*, 4> requests{};  // by status class, from 2xx to 5xx
  std::array<telemetry::Counter*, kRejectionCount> rejections{};
  telemetry::Gauge* connections = nullptr;
  telemetry::Counter* accept_pauses = nullptr;
};

class ServerCounters {
 public:
  void count_reply(int status) noexcept {
    ++requests_[static_cast<std::size_t>(status / 100 - 2) % requests_.size()];
  }
  void count_rejection(Rejection rejection) noexcept {
    ++rejections_[static_cast<std::size_t>(rejection)];
  }
  // Adds everything counted since the last call.
  void flush_to(const ServerMetrics& metrics) noexcept;

 private:
  std::array<std::uint64_t, 4> requests_{};
  std::array<std::uint64_t, kRejectionCount> rejections_{};
};

}  // namespace rekey::net

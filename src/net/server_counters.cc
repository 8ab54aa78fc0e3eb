#include "net/server_counters.h"

#include <string>
#include <utility>

#include "telemetry/names.h"

namespace rekey::net {
namespace {

template <std::size_t Size>
void flush(std::array<std::uint64_t, Size>& counts,
           const std::array<telemetry::Counter*, Size>& counters) noexcept {
  for (std::size_t i = 0; i < Size; ++i) {
    if (counts[i] == 0) continue;
    counters[i]->increment(static_cast<double>(std::exchange(counts[i], 0)));
  }
}

}  // namespace

ServerMetrics::ServerMetrics(telemetry::Metrics& metrics) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i] = &metrics.counter(telemetry::names::kHttpRequestsTotal,
                                   "Requests answered, by status class.",
                                   {{"status", std::to_string(i + 2) + "xx"}});
  }
  for (std::size_t i = 0; i < rejections.size(); ++i) {
    const std::string_view label = facts_of(static_cast<Rejection>(i)).label;
    rejections[i] =
        &metrics.counter(telemetry::names::kHttpRejectedTotal,
                         "Requests and connections refused by the transport, by reason.",
                         {{"reason", std::string(label)}});
  }
  accept_pauses = &metrics.counter(
      telemetry::names::kHttpAcceptPausesTotal,
      "Times that accepting waited because the system had no descriptors or memory.");
  connections =
      &metrics.gauge(telemetry::names::kHttpConnections, "Connections that are open now.");
}

void ServerCounters::flush_to(const ServerMetrics& metrics) noexcept {
  flush(requests_, metrics.requests);
  flush(rejections_, metrics.rejections);
}

}  // namespace rekey::net

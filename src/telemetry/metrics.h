// Counters and gauges, shown in the Prometheus text format (version 0.0.4).
//
// Labels come from closed lists in this program, never from a client. A Counter's address is stable
// for the life of the registry; increments are lock-free and may come from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rekey::telemetry {

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void increment(double by = 1) noexcept = 0;
  [[nodiscard]] virtual double value() const noexcept = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) noexcept = 0;
  virtual void add(double by) noexcept = 0;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  // The same name and labels give the same object; a new one starts at 0 and is shown at once. The
  // help of a name's first use stands. Any thread.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  // All series as text/plain; version=0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::telemetry

#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

#include "base/assert.h"

namespace rekey::telemetry {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void increment(double by) noexcept override { counter_.Increment(by); }
  [[nodiscard]] double value() const noexcept override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) noexcept override { gauge_.Set(value); }
  void add(double by) noexcept override { gauge_.Increment(by); }

 private:
  prometheus::Gauge& gauge_;
};

using SeriesKey = std::pair<std::string, prometheus::Labels>;

// The series of that name and those labels, made where there is none. A std::map's nodes do not
// move, so that the reference stays good.
template <typename Wrapper, typename Builder>
Wrapper& series(std::map<SeriesKey, Wrapper>& known, Builder builder,
                prometheus::Registry& registry, std::string_view name, std::string_view help,
                const Labels& labels) {
  SeriesKey key{name, prometheus::Labels(labels.begin(), labels.end())};
  REKEY_ASSERT(key.second.size() == labels.size());
  if (const auto found = known.find(key); found != known.end()) return found->second;
  auto& family = builder.Name(key.first).Help(std::string(help)).Register(registry);
  auto& metric = family.Add(key.second);
  return known.emplace(std::move(key), Wrapper(metric)).first->second;
}

}  // namespace

struct Metrics::State {
  std::mutex mutex;  // for the maps; the series themselves are atomic
  prometheus::Registry registry;
  std::map<SeriesKey, PrometheusCounter> counters;
  std::map<SeriesKey, PrometheusGauge> gauges;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  return series(state_->counters, prometheus::BuildCounter(), state_->registry, name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  return series(state_->gauges, prometheus::BuildGauge(), state_->registry, name, help, labels);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace rekey::telemetry

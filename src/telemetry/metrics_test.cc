#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "telemetry/names.h"

namespace rekey::telemetry {
namespace {

using testing::HasSubstr;

TEST(Metrics, shows_counters_and_gauges_in_the_prometheus_format) {
  Metrics metrics;
  metrics.counter(names::kTokensRefusedTotal, "Token requests refused", {{"reason", "expired"}})
      .increment(2);
  Gauge& gauge = metrics.gauge(names::kReady, "1 when ready");
  gauge.set(3);
  gauge.add(-2);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP rekey_tokens_refused_total Token requests refused\n"
                              "# TYPE rekey_tokens_refused_total counter\n"
                              "rekey_tokens_refused_total{reason=\"expired\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE rekey_ready gauge\nrekey_ready 1\n"));
}

TEST(Metrics, shows_a_counter_before_it_counts) {
  Metrics metrics;
  metrics.counter("rekey_x_total", "x");
  EXPECT_THAT(metrics.text(), HasSubstr("rekey_x_total 0\n"));
}

TEST(Metrics, gives_the_same_object_for_the_same_name_and_labels) {
  Metrics metrics;
  Counter& first = metrics.counter("rekey_x_total", "x", {{"a", "1"}, {"b", "2"}});
  for (int i = 0; i < 100; ++i) {
    metrics.counter("rekey_x_total", "x", {{"a", std::to_string(i + 2)}, {"b", "2"}});
  }
  EXPECT_EQ(&first, &metrics.counter("rekey_x_total", "x", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&first, &metrics.counter("rekey_x_total", "x", {{"a", "2"}, {"b", "2"}}));
}

TEST(Metrics, counts_exactly_from_many_threads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      Counter& counter = metrics.counter("rekey_x_total", "x");
      for (int n = 0; n < 1000; ++n) counter.increment();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("rekey_x_total", "x").value(), 4000);
}

}  // namespace
}  // namespace rekey::telemetry

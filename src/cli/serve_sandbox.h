// The guarded API beside the authority, for `rekey serve --sandbox`: where the two rooms meet.
#pragma once

#include <memory>
#include <string>

#include "authority/front_door.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "engagement/api.h"
#include "platform/clock.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"

namespace rekey::cli {

class Sandbox final : public authority::GuardedApi {
 public:
  // `database`: where its tables are.
  [[nodiscard]] static base::Result<std::unique_ptr<Sandbox>> open(const std::string& database,
                                                                   const Arguments& arguments,
                                                                   const platform::Clock& clock,
                                                                   telemetry::Logger& logger,
                                                                   telemetry::Metrics& metrics);

  [[nodiscard]] bool owns(std::string_view lower_path) const noexcept override;
  void handle(net::Exchange& exchange, std::string_view path,
              std::optional<authority::Bearer> bearer) override;

  void start() { api_->start(); }
  void stop() { api_->stop(); }

 private:
  explicit Sandbox(std::unique_ptr<engagement::Api> api) : api_(std::move(api)) {}
  std::unique_ptr<engagement::Api> api_;
};

}  // namespace rekey::cli

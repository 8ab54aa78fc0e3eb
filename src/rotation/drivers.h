// Where the engine gets issuers, sinks, probes and reload commands from: the registries, or
// doubles.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "platform/process.h"
#include "rotation/inventory.h"
#include "rotation/issuer.h"
#include "rotation/probe.h"
#include "rotation/sink.h"

namespace rekey::rotation {

// What plan is handed: nothing that can write.
class ReaderDrivers {
 public:
  virtual ~ReaderDrivers() = default;
  [[nodiscard]] virtual base::Result<std::unique_ptr<IssuerReader>> issuer_reader(
      const Inventory& inventory) = 0;
  [[nodiscard]] virtual base::Result<std::unique_ptr<SinkReader>> sink_reader(
      const SinkSpec& spec) = 0;
  // `issuer` outlives the probe.
  [[nodiscard]] virtual base::Result<std::unique_ptr<Probe>> probe(
      const IntegrationFacts& integration, IssuerReader& issuer) = 0;
  // Ok where run_reload would find a program that it may execute; runs nothing.
  [[nodiscard]] virtual base::Status check_reload(const std::vector<std::string>& command) = 0;
};

class Drivers : public ReaderDrivers {
 public:
  [[nodiscard]] virtual base::Result<std::unique_ptr<Issuer>> issuer(
      const Inventory& inventory) = 0;
  [[nodiscard]] virtual base::Result<std::unique_ptr<Sink>> sink(const SinkSpec& spec) = 0;
  [[nodiscard]] virtual base::Result<platform::ProcessResult> run_reload(
      const std::vector<std::string>& command, base::Duration timeout) = 0;
};

// The real ones, by the kinds that the inventory names.
class SystemDrivers final : public Drivers {
 public:
  // Both outlive it.
  SystemDrivers(platform::Clock& clock, platform::Files& files) : clock_(clock), files_(files) {}
  [[nodiscard]] base::Result<std::unique_ptr<IssuerReader>> issuer_reader(
      const Inventory& inventory) override;
  [[nodiscard]] base::Result<std::unique_ptr<Issuer>> issuer(const Inventory& inventory) override;
  [[nodiscard]] base::Result<std::unique_ptr<SinkReader>> sink_reader(
      const SinkSpec& spec) override;
  [[nodiscard]] base::Result<std::unique_ptr<Sink>> sink(const SinkSpec& spec) override;
  [[nodiscard]] base::Result<std::unique_ptr<Probe>> probe(const IntegrationFacts& integration,
                                                           IssuerReader& issuer) override;
  [[nodiscard]] base::Status check_reload(const std::vector<std::string>& command) override;
  [[nodiscard]] base::Result<platform::ProcessResult> run_reload(
      const std::vector<std::string>& command, base::Duration timeout) override;

 private:
  platform::Clock& clock_;
  platform::Files& files_;
};

}  // namespace rekey::rotation

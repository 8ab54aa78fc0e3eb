// Where the engine gets issuers, sinks, probes and reload commands from: the registries, or
// doubles.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "platform/process.h"
#include "rotation/drivers/registry.h"
#include "rotation/engine/workflow_runner.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {

// What plan is handed: nothing that can write.
class ReaderDrivers {
 public:
  virtual ~ReaderDrivers() = default;
  // What the inventory may name.
  [[nodiscard]] virtual const DriverRegistry& registry() const noexcept = 0;
  [[nodiscard]] virtual base::Result<std::unique_ptr<IssuerReader>> issuer_reader(
      const Inventory& inventory) = 0;
  [[nodiscard]] virtual base::Result<std::unique_ptr<SinkReader>> sink_reader(
      const DriverSpec& spec) = 0;
  // `issuer` outlives the probe.
  [[nodiscard]] virtual base::Result<std::unique_ptr<Probe>> probe(
      const DriverSpec& spec, const IntegrationFacts& integration, IssuerReader& issuer) = 0;
  // Of what the inventory declares under `usage`, for that client.
  [[nodiscard]] virtual base::Result<std::unique_ptr<UsageReader>> usage_reader(
      const DriverSpec& spec, const std::string& client_id);
  // Ok where run_reload would find a program that it may execute, or a process to signal; runs and
  // signals nothing. Of a reload that is by the engine.
  [[nodiscard]] virtual base::Status check_reload(const ReloadSpec& reload) = 0;
};

class Drivers : public ReaderDrivers {
 public:
  [[nodiscard]] virtual base::Result<std::unique_ptr<Issuer>> issuer(
      const Inventory& inventory) = 0;
  [[nodiscard]] virtual base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) = 0;
  [[nodiscard]] virtual base::Result<platform::ProcessResult> run_reload(
      const ReloadSpec& reload) = 0;
  // `issuer` outlives it. kUnsupported where there is none.
  [[nodiscard]] virtual base::Result<std::unique_ptr<WorkflowRunner>> workflow_runner(
      const IntegrationFacts& integration, IssuerReader& issuer);
  // nullptr: nobody is there.
  [[nodiscard]] virtual Administrator* administrator() noexcept { return nullptr; }
};

// What the issuer and every declared source tell, as one report. An error names the source that
// cannot be read: without it, nobody knows what it would have shown.
[[nodiscard]] base::Result<UsageReport> read_usage(const Inventory& inventory, IssuerReader& issuer,
                                                   ReaderDrivers& drivers);

// The real ones, by the kinds that the inventory names.
class SystemDrivers final : public Drivers {
 public:
  // Clock, files and administrator outlive it.
  SystemDrivers(platform::Clock& clock, platform::Files& files,
                DriverRegistry registry = builtin_drivers(), Administrator* administrator = nullptr)
      : registry_(std::move(registry)), parts_{clock, files, administrator} {}
  [[nodiscard]] const DriverRegistry& registry() const noexcept override { return registry_; }
  [[nodiscard]] base::Result<std::unique_ptr<IssuerReader>> issuer_reader(
      const Inventory& inventory) override;
  [[nodiscard]] base::Result<std::unique_ptr<Issuer>> issuer(const Inventory& inventory) override;
  [[nodiscard]] base::Result<std::unique_ptr<SinkReader>> sink_reader(
      const DriverSpec& spec) override;
  [[nodiscard]] base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) override;
  [[nodiscard]] base::Result<std::unique_ptr<Probe>> probe(const DriverSpec& spec,
                                                           const IntegrationFacts& integration,
                                                           IssuerReader& issuer) override;
  [[nodiscard]] base::Result<std::unique_ptr<UsageReader>> usage_reader(
      const DriverSpec& spec, const std::string& client_id) override;
  [[nodiscard]] base::Status check_reload(const ReloadSpec& reload) override;
  [[nodiscard]] base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override;
  [[nodiscard]] base::Result<std::unique_ptr<WorkflowRunner>> workflow_runner(
      const IntegrationFacts& integration, IssuerReader& issuer) override;
  [[nodiscard]] Administrator* administrator() noexcept override { return parts_.administrator; }

 private:
  DriverRegistry registry_;
  DriverParts parts_;
};

}  // namespace rekey::rotation

// The engine's drivers and journal over a World: what the engine is told, after whatever goes wrong
// on the way. The engine itself, its plan, machine, steps and runner, is the real one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rotation/drivers/drivers.h"
#include "rotation/journal/journal.h"
#include "rotation/report/report.h"
#include "simulation/world.h"

namespace rekey::simulation {

// What the issuer tells of who uses which secret, or that it tells nothing.
[[nodiscard]] rotation::UsageReport usage_told(const World& world);

// The journal of a World outlives whoever is killed.
class SimulatedJournal final : public rotation::RunJournal {
 public:
  explicit SimulatedJournal(World& world) : world_(world) {}
  base::Fingerprint fingerprint(const base::Secret& value) override;
  base::Result<std::optional<std::string>> find_open_run(const std::string& client_id,
                                                         const std::string& slot) override;
  base::Result<std::vector<rotation::RunEvent>> load(const std::string& run_id) override;
  base::Status append(const std::string& run_id, std::int64_t expected_version,
                      const std::vector<rotation::RunEvent>& events,
                      const std::vector<rotation::KeptValue>& values) override;
  base::Result<base::Secret> value(const std::string& run_id,
                                   const base::Fingerprint& fingerprint) override;
  base::Status check_turn() override { return {}; }
  base::Result<bool> is_of_closed_run(const std::string& client_id, const std::string& slot,
                                      const base::Fingerprint& fingerprint) override;

 private:
  World& world_;
};

// Where an inventory's issuer is that is another than the world's.
inline constexpr const char* kOtherIssuer = "http://other/";

// The sink of a consumer, by the number of its place in the world.
[[nodiscard]] rotation::DriverSpec spec_of_place(int place);

class SimulatedDrivers final : public rotation::Drivers {
 public:
  explicit SimulatedDrivers(World& world) : world_(world) {}
  const rotation::DriverRegistry& registry() const noexcept override;
  base::Result<std::unique_ptr<rotation::IssuerReader>> issuer_reader(
      const rotation::Inventory& inventory) override;
  base::Result<std::unique_ptr<rotation::Issuer>> issuer(
      const rotation::Inventory& inventory) override;
  base::Result<std::unique_ptr<rotation::SinkReader>> sink_reader(
      const rotation::DriverSpec& spec) override;
  base::Result<std::unique_ptr<rotation::Sink>> sink(const rotation::DriverSpec& spec) override;
  base::Result<std::unique_ptr<rotation::Probe>> probe(const rotation::DriverSpec& spec,
                                                       const rotation::IntegrationFacts& facts,
                                                       rotation::IssuerReader& issuer) override;
  base::Status check_reload(const rotation::ReloadSpec& reload) override;
  base::Result<platform::ProcessResult> run_reload(const rotation::ReloadSpec& reload) override;
  base::Result<std::unique_ptr<rotation::WorkflowRunner>> workflow_runner(
      const rotation::IntegrationFacts& facts, rotation::IssuerReader& issuer) override;

 private:
  World& world_;
};

struct SilentReporter final : rotation::Reporter {
  void on_event(const rotation::RunNotice&) override {}
  void on_progress(const rotation::Progress&) override {}
};

}  // namespace rekey::simulation

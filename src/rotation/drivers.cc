#include "rotation/drivers.h"

#include "rotation/issuers/registry.h"
#include "rotation/probes/token.h"
#include "rotation/sinks/registry.h"

namespace rekey::rotation {

base::Result<std::unique_ptr<IssuerReader>> SystemDrivers::issuer_reader(
    const Inventory& inventory) {
  return make_issuer(inventory, clock_, files_);
}

base::Result<std::unique_ptr<Issuer>> SystemDrivers::issuer(const Inventory& inventory) {
  return make_issuer(inventory, clock_, files_);
}

base::Result<std::unique_ptr<SinkReader>> SystemDrivers::sink_reader(const SinkSpec& spec) {
  return make_sink(spec, files_);
}

base::Result<std::unique_ptr<Sink>> SystemDrivers::sink(const SinkSpec& spec) {
  return make_sink(spec, files_);
}

base::Result<std::unique_ptr<Probe>> SystemDrivers::probe(const IntegrationFacts& integration,
                                                          IssuerReader& issuer) {
  return make_token_probe(integration, issuer);
}

base::Result<platform::ProcessResult> SystemDrivers::run_reload(
    const std::vector<std::string>& command, base::Duration timeout) {
  return platform::run_process(command, timeout);
}

}  // namespace rekey::rotation

#include "rotation/drivers/registry.h"

#include <fmt/format.h>

#include "rotation/issuers/registry.h"
#include "rotation/probes/registry.h"
#include "rotation/sinks/registry.h"
#include "rotation/sources/registry.h"

namespace rekey::rotation {
namespace {

tl::unexpected<base::Error> no_such(std::string_view what, const std::string& kind) {
  return base::fail(base::Code::kUnsupported, fmt::format("there is no {} of kind {}", what, kind));
}

}  // namespace

std::vector<Sibling> siblings_of(const IssuerTask& task) {
  std::vector<Sibling> siblings;
  if (task.clients == nullptr) return siblings;
  for (const Sibling& one : *task.clients) {
    if (one.issuer_kind == task.issuer_kind && one.client_id != task.client_id) {
      siblings.push_back(one);
    }
  }
  return siblings;
}

DriverRegistry builtin_drivers() {
  return {issuer_kinds(), sink_kinds(), probe_kinds(), usage_source_kinds()};
}

base::Result<std::unique_ptr<Issuer>> make_issuer(const DriverRegistry& registry,
                                                  const DriverSpec& spec, const IssuerTask& task,
                                                  const DriverParts& parts) {
  const IssuerKind* kind = find_kind(registry.issuers, spec.kind);
  if (kind == nullptr) return no_such("issuer", spec.kind);
  return kind->make(spec, task, parts);
}

base::Result<std::unique_ptr<Sink>> make_sink(const DriverRegistry& registry,
                                              const DriverSpec& spec, const DriverParts& parts) {
  const SinkKind* kind = find_kind(registry.sinks, spec.kind);
  if (kind == nullptr) return no_such("sink", spec.kind);
  return kind->make(spec, parts);
}

base::Result<std::unique_ptr<Probe>> make_probe(const DriverRegistry& registry,
                                                const DriverSpec& spec,
                                                const IntegrationFacts& integration,
                                                IssuerReader& issuer, const DriverParts& parts) {
  const ProbeKind* kind = find_kind(registry.probes, spec.kind);
  if (kind == nullptr) return no_such("probe", spec.kind);
  return kind->make(spec, integration, issuer, parts);
}

base::Result<std::unique_ptr<UsageReader>> make_usage_reader(const DriverRegistry& registry,
                                                             const DriverSpec& spec,
                                                             const std::string& client_id,
                                                             const DriverParts& parts) {
  const UsageSourceKind* kind = find_kind(registry.usage_sources, spec.kind);
  if (kind == nullptr) return no_such("source of usage", spec.kind);
  return kind->make(spec, client_id, parts);
}

}  // namespace rekey::rotation

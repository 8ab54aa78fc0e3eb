// The drivers that there are, by the kind that the inventory names.
//
// A value that is passed on: whoever runs the engine may hand in more kinds than are built in, and
// nothing else has to know them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "rotation/drivers/administrator.h"
#include "rotation/drivers/issuer.h"
#include "rotation/drivers/probe.h"
#include "rotation/drivers/sink.h"
#include "rotation/drivers/usage_source.h"
#include "rotation/inventory/driver_kind.h"
#include "rotation/machine/sibling.h"

namespace rekey::rotation {

// What a driver may use of this machine; outlives it.
struct DriverParts {
  platform::Clock& clock;
  platform::Files& files;
  Administrator* administrator = nullptr;  // nullptr: nobody is there
};

// Whose secrets an issuer is asked for, and what the inventory says of it.
struct IssuerTask {
  std::string client_id;
  std::string package_name;
  std::optional<base::Instant> generated_at{};  // of the present secret
  std::optional<base::Instant> expires_at{};
  int consumers = 0;
  std::string issuer_kind{};
  // Every client of the inventory, itself among them, once each; one list for all tasks.
  std::shared_ptr<const std::vector<Sibling>> clients{};
};
// The other clients of its kind of issuer. A walk through the inventory: for where one is needed.
[[nodiscard]] std::vector<Sibling> siblings_of(const IssuerTask& task);

struct IssuerKind {
  DriverKind kind;
  std::string_view usual_probe;  // the kind of probe where the inventory names none
  std::function<base::Result<std::unique_ptr<Issuer>>(
      const DriverSpec& spec, const IssuerTask& task, const DriverParts& parts)>
      make;
  // When a secret ends that was generated then, where one rule holds for all of them; kFarFuture
  // where none is known.
  std::function<base::Instant(const DriverSpec& spec, base::Instant generated_at)> usual_end{};
  bool has_own_client_ids = false;  // they are not the 24 characters of Rekey and Marketing Cloud
  // What such an issuer does where its own rules cannot be asked; nullopt where nobody knows that.
  std::optional<Descriptor> usual_rules{};
};
struct SinkKind {
  DriverKind kind;
  std::function<base::Result<std::unique_ptr<Sink>>(const DriverSpec& spec,
                                                    const DriverParts& parts)>
      make;
};
struct ProbeKind {
  DriverKind kind;
  // The issuer marks the requests as the engine's own, and outlives the probe.
  std::function<base::Result<std::unique_ptr<Probe>>(
      const DriverSpec& spec, const IntegrationFacts& integration, IssuerReader& issuer,
      const DriverParts& parts)>
      make;
};

struct UsageSourceKind {
  DriverKind kind;
  std::function<base::Result<std::unique_ptr<UsageReader>>(
      const DriverSpec& spec, const std::string& client_id, const DriverParts& parts)>
      make;
};

struct DriverRegistry {
  std::vector<IssuerKind> issuers;
  std::vector<SinkKind> sinks;
  std::vector<ProbeKind> probes;
  std::vector<UsageSourceKind> usage_sources{};
};

// What issuers/, sinks/, probes/ and sources/ hold.
[[nodiscard]] DriverRegistry builtin_drivers();

// nullptr where there is none of that name.
template <typename Kind>
[[nodiscard]] const Kind* find_kind(const std::vector<Kind>& kinds, std::string_view name) {
  for (const Kind& one : kinds) {
    if (one.kind.name == name) return &one;
  }
  return nullptr;
}

// kUnsupported for a kind that is not registered; else what its factory says.
[[nodiscard]] base::Result<std::unique_ptr<Issuer>> make_issuer(const DriverRegistry& registry,
                                                                const DriverSpec& spec,
                                                                const IssuerTask& task,
                                                                const DriverParts& parts);
[[nodiscard]] base::Result<std::unique_ptr<Sink>> make_sink(const DriverRegistry& registry,
                                                            const DriverSpec& spec,
                                                            const DriverParts& parts);
[[nodiscard]] base::Result<std::unique_ptr<Probe>> make_probe(const DriverRegistry& registry,
                                                              const DriverSpec& spec,
                                                              const IntegrationFacts& integration,
                                                              IssuerReader& issuer,
                                                              const DriverParts& parts);
[[nodiscard]] base::Result<std::unique_ptr<UsageReader>> make_usage_reader(
    const DriverRegistry& registry, const DriverSpec& spec, const std::string& client_id,
    const DriverParts& parts);

}  // namespace rekey::rotation

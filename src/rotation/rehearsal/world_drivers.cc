// Issuer, sinks, probe and reloads of a rehearsal's world.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotation/drivers/usage_source.h"
#include "rotation/engine/workflow_runner.h"
#include "rotation/rehearsal/world.h"

namespace rekey::rotation::rehearsal {
namespace {

using base::Code;

class WorldIssuer final : public Issuer {
 public:
  WorldIssuer(World& world, const Inventory& inventory) : world_(world), inventory_(inventory) {}

  base::Result<Descriptor> describe() override { return world_.issuer(); }
  base::Result<IntegrationFacts> integration() override { return world_.integration(inventory_); }
  base::Result<std::vector<IssuedSecret>> list_secrets() override { return world_.list_secrets(); }
  base::Result<UsageReport> usage() override { return world_.usage(); }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }
  base::Result<StagedSecret> stage(const std::string& slot, const std::string& label,
                                   const std::optional<std::string>&) override {
    return world_.stage(slot, label);
  }
  base::Result<Activation> activate(const std::string&, const std::string& secret_id, bool,
                                    const std::string&) override {
    return world_.activate(secret_id);
  }
  base::Status revoke(const std::string& secret_id, const std::string&) override {
    world_.end(secret_id);
    return {};
  }

 private:
  World& world_;
  const Inventory& inventory_;
};

class WorldProbe final : public Probe {
 public:
  explicit WorldProbe(const World& world) : world_(world) {}
  base::Result<ProbeResult> present(const base::Secret& value) override {
    const bool is_good = world_.is_accepted(std::string(value.reveal()), world_.now());
    return ProbeResult{is_good ? ProbeAnswer::kAccepted : ProbeAnswer::kRefused,
                       is_good ? "accepted" : "refused", ToldCause::kNone,
                       is_good ? world_.token_life() : base::Duration{0}};
  }

 private:
  const World& world_;
};

class WorldSink final : public Sink {
 public:
  WorldSink(World& world, DriverSpec spec) : world_(world), spec_(std::move(spec)) {}
  std::string describe() const override { return spec_.location; }
  std::string address() const override { return spec_.kind + ' ' + spec_.location; }
  base::Result<SinkContent> read() override {
    const std::string value = world_.value_in(spec_);
    return SinkContent{base::Secret(value), value};
  }
  base::Status check_writable(std::string_view) override { return {}; }
  std::optional<Card> card(const HandOver& task) const override {
    Card card;
    card.title = fmt::format("Fill in the form of {}", task.consumer);
    return card;
  }
  base::Status write(const base::Secret& expected, const base::Secret& value) override {
    const std::string held = world_.value_in(spec_);
    if (held == value.reveal()) return {};
    if (held != expected.reveal()) {
      return base::fail(Code::kConflict, fmt::format("{} holds something else", spec_.location));
    }
    world_.put(spec_, std::string(value.reveal()));
    return {};
  }

 private:
  World& world_;
  DriverSpec spec_;
};

// They pass wherever the value is accepted: what they would find nobody can rehearse.
class WorldWorkflows final : public WorkflowRunner {
 public:
  explicit WorldWorkflows(const World& world) : world_(world) {}
  WorkflowResult run(const Workflow&, const base::Secret& value) override {
    const bool is_good = world_.is_accepted(std::string(value.reveal()), world_.now());
    if (is_good) return {WorkflowOutcome::kPassed};
    return {WorkflowOutcome::kFailed, std::string(kTokenStep), "refused"};
  }
  WorkflowResult clean_up(const Workflow&, const base::Secret&) override {
    return {WorkflowOutcome::kPassed};
  }

 private:
  const World& world_;
};

// Tells nothing, and is complete for no time.
class NoUsage final : public UsageReader {
 public:
  explicit NoUsage(base::Instant now) : now_(now) {}
  base::Result<UsageReport> read() override {
    UsageReport report = untold_usage(now_);
    report.sources = sources_of(report);
    report.sources.front().name = "a log that is not read in a rehearsal";
    return report;
  }

 private:
  base::Instant now_;
};

}  // namespace

base::Result<std::unique_ptr<IssuerReader>> WorldDrivers::issuer_reader(const Inventory&) {
  return std::make_unique<WorldIssuer>(world_, inventory_);
}

base::Result<std::unique_ptr<Issuer>> WorldDrivers::issuer(const Inventory&) {
  return std::make_unique<WorldIssuer>(world_, inventory_);
}

base::Result<std::unique_ptr<SinkReader>> WorldDrivers::sink_reader(const DriverSpec& spec) {
  return std::make_unique<WorldSink>(world_, spec);
}

base::Result<std::unique_ptr<Sink>> WorldDrivers::sink(const DriverSpec& spec) {
  return std::make_unique<WorldSink>(world_, spec);
}

base::Result<std::unique_ptr<Probe>> WorldDrivers::probe(const DriverSpec&, const IntegrationFacts&,
                                                         IssuerReader&) {
  return std::make_unique<WorldProbe>(world_);
}

base::Result<std::unique_ptr<UsageReader>> WorldDrivers::usage_reader(const DriverSpec&,
                                                                      const std::string&) {
  return std::make_unique<NoUsage>(world_.now());
}

// Whose reload it is follows from the command: that of another consumer does it no harm.
base::Result<platform::ProcessResult> WorldDrivers::run_reload(const ReloadSpec& reload) {
  for (const Consumer& consumer : inventory_.consumers) {
    if (consumer.reload == reload) world_.reload(consumer.name);
  }
  return platform::ProcessResult{};
}

base::Result<std::unique_ptr<WorkflowRunner>> WorldDrivers::workflow_runner(const IntegrationFacts&,
                                                                            IssuerReader&) {
  return std::make_unique<WorldWorkflows>(world_);
}

}  // namespace rekey::rotation::rehearsal

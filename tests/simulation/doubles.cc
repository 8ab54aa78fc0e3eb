#include "simulation/doubles.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rekey::simulation {
namespace {

using base::Code;
using base::Secret;
using rotation::IssuedSecret;
using rotation::SinkContent;

constexpr std::string_view kPlaceKey = "place";

std::string id_of(int secret) {
  return fmt::format("sec_{}", secret);
}
int number_of(const std::string& id) {
  return value_of_text(std::string_view(id).substr(std::min<std::size_t>(4, id.size())));
}

base::Status unavailable() {
  return base::fail(Code::kUnavailable, "nobody answers");
}
tl::unexpected<base::Error> lost() {
  return base::fail(Code::kTimeout, "the answer did not come");
}

CallKind call_of(EffectKind kind) {
  switch (kind) {
    case EffectKind::kStage:
      return CallKind::kStage;
    case EffectKind::kActivate:
      return CallKind::kActivate;
    case EffectKind::kRevoke:
      return CallKind::kRevoke;
    case EffectKind::kWrite:
      return CallKind::kWrite;
    case EffectKind::kReload:
      return CallKind::kReload;
    case EffectKind::kUndo:
      return CallKind::kUndo;
  }
  return CallKind::kStage;
}

// A demand that meets a fault. What is lost or late was asked for all the same.
base::Result<int> ask(World& world, const Effect& effect, Instant down_until) {
  const Fault fault = world.on_call(call_of(effect.kind), down_until);
  world.asks.push_back(world.calls);
  switch (fault.kind) {
    case FaultKind::kUnavailable:
      return tl::unexpected(unavailable().error());
    case FaultKind::kLostReply:
      static_cast<void>(world.demand(effect));
      return lost();
    case FaultKind::kLate:
      world.late.push_back({world.time + fault.delay, effect});
      return lost();
    case FaultKind::kTwice:
      world.late.push_back({world.time + fault.delay, effect});
      return world.demand(effect);
    case FaultKind::kCutsOff: {
      auto done = world.demand(effect);
      if (done && effect.kind == EffectKind::kWrite) world.cut_off(effect.subject);
      return done;
    }
    case FaultKind::kSlow: {
      auto done = world.demand(effect);
      world.advance(fault.delay);
      return done;
    }
    case FaultKind::kForgets:
      if (effect.kind == EffectKind::kWrite) return effect.value;
      static_cast<void>(world.demand(effect));
      return lost();
    default:
      return world.demand(effect);
  }
}

rotation::Caller caller_of(const World& world, int instance) {
  const Instance& one = world.instances[static_cast<std::size_t>(instance)];
  const std::string name = one.consumer < 0 ? "stranger" : fmt::format("c{}", one.consumer);
  return {fmt::format("10.0.0.{}", instance + 1), name + "/1.0", "-", false};
}

base::Status read(World& world, CallKind kind, Instant down_until) {
  const Fault fault = world.on_call(kind, down_until);
  if (fault.kind == FaultKind::kNone || fault.kind == FaultKind::kCutsOff) return {};
  if (fault.kind != FaultKind::kSlow) return unavailable();
  world.advance(fault.delay);
  return {};
}

class SimulatedIssuer final : public rotation::Issuer {
 public:
  SimulatedIssuer(World& world, bool is_other) : world_(world), is_other_(is_other) {}

  base::Result<rotation::Descriptor> describe() override { return world_.nature.rules; }
  base::Result<rotation::IntegrationFacts> integration() override {
    return rotation::IntegrationFacts{world_.nature.client_id,
                                      "Order sync",
                                      "http://issuer/",
                                      true,
                                      world_.nature.is_engines_own,
                                      {},
                                      {}};
  }
  base::Result<std::vector<IssuedSecret>> list_secrets() override {
    if (is_other_) world_.break_rule(16, "an issuer is asked that the run did not begin with");
    REKEY_CHECK(read(world_, CallKind::kList, world_.issuer_down_until));
    std::vector<IssuedSecret> all;
    for (const TrueSecret& one : world_.secrets) {
      all.push_back({id_of(one.number),
                     "-",
                     one.label,
                     world_.state_of(one),
                     one.generated_at,
                     one.usable_from,
                     one.ends_at,
                     one.ends_at,
                     one.activated_at,
                     {}});
    }
    return all;
  }
  base::Result<rotation::UsageReport> usage() override {
    REKEY_CHECK(read(world_, CallKind::kUsage, world_.issuer_down_until));
    world_.last_observed_at = world_.time;
    return usage_told(world_);
  }
  base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers() override {
    return std::vector<std::pair<std::string, std::string>>{};
  }
  base::Result<rotation::StagedSecret> stage(const std::string&, const std::string& label,
                                             const std::optional<std::string>& replaces) override {
    const Effect effect{EffectKind::kStage, 0, 0, 0, label, replaces ? number_of(*replaces) : 0};
    REKEY_TRY(const int number, ask(world_, effect, world_.issuer_down_until));
    const TrueSecret* staged = world_.find(number);
    return rotation::StagedSecret{id_of(number), Secret(text_of_value(number)), staged->usable_from,
                                  staged->ends_at};
  }
  base::Result<rotation::Activation> activate(const std::string&, const std::string& secret_id,
                                              bool, const std::string&) override {
    REKEY_TRY(const int number,
              ask(world_, {EffectKind::kActivate, number_of(secret_id)}, world_.issuer_down_until));
    rotation::Activation activation{id_of(number), std::nullopt, std::nullopt};
    for (const TrueSecret& one : world_.secrets) {
      if (world_.state_of(one) != rotation::SecretState::kSuperseded) continue;
      activation.superseded_id = id_of(one.number);
      activation.old_ends_at = one.ends_at;
    }
    return activation;
  }
  base::Status undo_activation(const std::string&, const std::string& secret_id,
                               const std::string&) override {
    REKEY_TRY(const int number,
              ask(world_, {EffectKind::kUndo, number_of(secret_id)}, world_.issuer_down_until));
    static_cast<void>(number);
    return {};
  }
  base::Status revoke(const std::string& secret_id, const std::string&) override {
    REKEY_TRY(const int number,
              ask(world_, {EffectKind::kRevoke, number_of(secret_id)}, world_.issuer_down_until));
    static_cast<void>(number);
    return {};
  }

 private:
  World& world_;
  bool is_other_;
};

class SimulatedProbe final : public rotation::Probe {
 public:
  explicit SimulatedProbe(World& world) : world_(world) {}
  base::Result<rotation::ProbeResult> present(const Secret& value) override {
    REKEY_CHECK(read(world_, CallKind::kProbe, world_.issuer_down_until));
    const int presented = value_of_text(value.reveal());
    const bool is_good = world_.is_accepted(presented);
    world_.note_probe(presented, is_good);
    return rotation::ProbeResult{
        is_good ? rotation::ProbeAnswer::kAccepted : rotation::ProbeAnswer::kRefused,
        is_good ? "status 200" : "status 401"};
  }

 private:
  World& world_;
};

class SimulatedWorkflows final : public rotation::WorkflowRunner {
 public:
  explicit SimulatedWorkflows(World& world) : world_(world) {}
  rotation::WorkflowResult run(const rotation::Workflow& workflow, const Secret& value) override {
    const Fault fault = on_call(CallKind::kWorkflow);
    world_.asks.push_back(world_.calls);
    if (fault.kind == FaultKind::kUnavailable) return unclear("nobody answers");
    auto result = world_.run_workflow(workflow.name, value_of_text(value.reveal()));
    return fault.kind == FaultKind::kNone ? result : unclear("the answer did not come");
  }
  rotation::WorkflowResult clean_up(const rotation::Workflow& workflow,
                                    const Secret& value) override {
    const Fault fault = on_call(CallKind::kCleanUp);
    if (fault.kind == FaultKind::kUnavailable) return unclear("nobody answers");
    auto result = world_.clean_up_workflow(workflow.name, value_of_text(value.reveal()));
    return fault.kind == FaultKind::kNone ? result : unclear("the answer did not come");
  }

 private:
  // What is slow is an answer all the same.
  Fault on_call(CallKind kind) {
    const Fault fault = world_.on_call(kind, world_.issuer_down_until);
    if (fault.kind == FaultKind::kSlow) world_.advance(fault.delay);
    const bool is_met = fault.kind != FaultKind::kSlow && fault.kind != FaultKind::kCutsOff;
    return is_met ? fault : Fault{};
  }
  static rotation::WorkflowResult unclear(const std::string& why) {
    return {rotation::WorkflowOutcome::kUnclear, "sync", why, ""};
  }
  World& world_;
};

class SimulatedSink final : public rotation::Sink {
 public:
  SimulatedSink(World& world, int place) : world_(world), place_(place) {}
  std::string describe() const override { return fmt::format("place {}", place_); }
  std::string address() const override { return describe(); }
  base::Result<SinkContent> read() override {
    if (is_form()) return base::fail(Code::kUnsupported, "nobody reads a form");
    REKEY_CHECK(simulation::read(world_, CallKind::kReadSink, world_.sinks_down_until));
    const int value = world_.places[static_cast<std::size_t>(place_)].value;
    return SinkContent{Secret(text_of_value(value)), std::to_string(value)};
  }
  base::Status check_writable(std::string_view) override { return {}; }
  std::optional<rotation::Card> card(const rotation::HandOver& task) const override {
    if (!is_form()) return std::nullopt;
    return rotation::Card{
        "Put the secret of " + task.consumer + " into its form", {}, {}, {}, {}, {}};
  }
  base::Status write(const Secret& expected, const Secret& value) override {
    const Effect effect{EffectKind::kWrite, place_, value_of_text(expected.reveal()),
                        value_of_text(value.reveal())};
    REKEY_TRY(const int written, ask(world_, effect, world_.sinks_down_until));
    static_cast<void>(written);
    return {};
  }

 private:
  bool is_form() const { return world_.places[static_cast<std::size_t>(place_)].is_form; }
  World& world_;
  int place_;
};

}  // namespace

rotation::UsageReport usage_told(const World& world) {
  if (!world.nature.is_usage_told) return rotation::untold_usage(world.time);
  rotation::UsageReport report{{}, world.usage_since, world.time};
  for (const UsageCell& cell : world.usage) {
    if (cell.count == 0) continue;
    const std::int64_t count = world.nature.is_count_told ? cell.count : 1;
    report.rows.push_back(
        {id_of(cell.secret), caller_of(world, cell.instance), cell.first, cell.last, count});
  }
  return report;
}

// ---- the journal --------------------------------------------------------------------------------

base::Fingerprint SimulatedJournal::fingerprint(const Secret& value) {
  return fingerprint_of(value_of_text(value.reveal()));
}

base::Result<std::optional<std::string>> SimulatedJournal::find_open_run(const std::string&,
                                                                         const std::string&) {
  if (world_.events.empty() || world_.is_over) return std::optional<std::string>();
  return std::optional(world_.run_id);
}

base::Result<std::vector<rotation::RunEvent>> SimulatedJournal::load(const std::string&) {
  std::vector<rotation::RunEvent> all;
  all.reserve(world_.events.size());
  for (const auto& event : world_.events) all.push_back(*event);
  return all;
}

base::Status SimulatedJournal::append(const std::string& run_id, std::int64_t expected_version,
                                      const std::vector<rotation::RunEvent>& events,
                                      const std::vector<rotation::KeptValue>& values) {
  std::vector<int> numbers;
  for (const rotation::KeptValue& kept : values) {
    numbers.push_back(value_of_text(kept.value.reveal()));
  }
  return world_.append(run_id, expected_version, events, numbers);
}

base::Result<Secret> SimulatedJournal::value(const std::string&,
                                             const base::Fingerprint& fingerprint) {
  for (const int value : world_.kept) {
    if (fingerprint_of(value) == fingerprint) return Secret(text_of_value(value));
  }
  return base::fail(Code::kNotFound, "such a value is not kept");
}

base::Result<bool> SimulatedJournal::is_of_closed_run(const std::string&, const std::string&,
                                                      const base::Fingerprint&) {
  return false;
}

// ---- the drivers --------------------------------------------------------------------------------

rotation::DriverSpec spec_of_place(int place) {
  rotation::DriverSpec spec;
  spec.kind = "simulated";
  spec.set(kPlaceKey, std::to_string(place));
  spec.location = fmt::format("place {}", place);
  return spec;
}

const rotation::DriverRegistry& SimulatedDrivers::registry() const noexcept {
  static const rotation::DriverRegistry kNone;
  return kNone;
}
base::Result<std::unique_ptr<rotation::IssuerReader>> SimulatedDrivers::issuer_reader(
    const rotation::Inventory& inventory) {
  return std::make_unique<SimulatedIssuer>(world_, inventory.issuer.location == kOtherIssuer);
}
base::Result<std::unique_ptr<rotation::Issuer>> SimulatedDrivers::issuer(
    const rotation::Inventory& inventory) {
  return std::make_unique<SimulatedIssuer>(world_, inventory.issuer.location == kOtherIssuer);
}
base::Result<std::unique_ptr<rotation::SinkReader>> SimulatedDrivers::sink_reader(
    const rotation::DriverSpec& spec) {
  return std::make_unique<SimulatedSink>(world_, value_of_text(*spec.find(kPlaceKey)));
}
base::Result<std::unique_ptr<rotation::Sink>> SimulatedDrivers::sink(
    const rotation::DriverSpec& spec) {
  return std::make_unique<SimulatedSink>(world_, value_of_text(*spec.find(kPlaceKey)));
}
base::Result<std::unique_ptr<rotation::Probe>> SimulatedDrivers::probe(
    const rotation::DriverSpec&, const rotation::IntegrationFacts&, rotation::IssuerReader&) {
  return std::make_unique<SimulatedProbe>(world_);
}
base::Result<std::unique_ptr<rotation::WorkflowRunner>> SimulatedDrivers::workflow_runner(
    const rotation::IntegrationFacts&, rotation::IssuerReader&) {
  return std::make_unique<SimulatedWorkflows>(world_);
}
base::Status SimulatedDrivers::check_reload(const rotation::ReloadSpec&) {
  return {};
}
base::Result<platform::ProcessResult> SimulatedDrivers::run_reload(
    const rotation::ReloadSpec& reload) {
  const int consumer = value_of_text(std::string_view(reload.command.front()).substr(1));
  REKEY_TRY(const int done, ask(world_, {EffectKind::kReload, consumer}, {}));
  static_cast<void>(done);
  return platform::ProcessResult{};
}

}  // namespace rekey::simulation

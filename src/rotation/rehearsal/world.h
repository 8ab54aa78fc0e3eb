// A world in which an inventory's rotation can be played: an issuer by its descriptor, sinks that
// hold made-up values, consumers that behave as they are declared, and a clock that skips what
// nothing happens in. Touches nothing outside.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/clock.h"
#include "rotation/drivers/drivers.h"
#include "rotation/plan/facts.h"
#include "rotation/rehearsal/consumer_model.h"

namespace rekey::rotation::rehearsal {

// As Marketing Cloud's, where the issuer has not told it.
inline constexpr base::Duration kTokenLife = std::chrono::seconds{1079};

struct WorldRules {
  KnownFacts facts;
  base::Instant start{};
  base::Duration person_takes = std::chrono::minutes{30};  // for anything that a person does
  // Told before a person begins to act.
  std::function<void(const std::string& what)> on_person{};
};

// Token requests of a consumer that were refused since the start.
struct CutOff {
  base::Instant first{};
  base::Instant last{};
  std::int64_t count = 0;
};

class World final : public platform::Clock {
 public:
  // The inventory outlives it.
  World(const Inventory& inventory, const WorldRules& rules);

  [[nodiscard]] base::Instant now() const noexcept override { return now_; }
  [[nodiscard]] base::Duration monotonic() const noexcept override {
    return now_.time_since_epoch();
  }
  // At least that long; on to where `skip_to` says, or to where something happens.
  void sleep_for(base::Duration duration) override;
  void skip_to(base::Instant at) noexcept { skip_to_ = at; }
  // The earliest token request that is still to come.
  [[nodiscard]] base::Instant next_request() const;
  // `what`: for what a person is waited for.
  void let_a_person_act(const std::string& what);
  [[nodiscard]] int times_that_people_acted() const noexcept { return acts_; }

  // ---- sinks and consumers: by the location of the sink, and the consumer's name
  [[nodiscard]] std::string value_in(const DriverSpec& sink) const;
  void put(const DriverSpec& sink, std::string value);
  void reload(const std::string& consumer);
  // Every instance of it holds the value that is in its sinks, and has asked for a token since.
  [[nodiscard]] bool is_using(const std::string& consumer, const std::string& value) const;

  // ---- the issuer
  [[nodiscard]] bool is_accepted(const std::string& value, base::Instant at) const;
  [[nodiscard]] base::Duration token_life() const {
    return rules_.facts.token_life.value_or(kTokenLife);
  }
  [[nodiscard]] const Descriptor& issuer() const noexcept { return rules_.facts.rules; }
  [[nodiscard]] IntegrationFacts integration(const Inventory& inventory) const;
  [[nodiscard]] std::vector<IssuedSecret> list_secrets() const;
  [[nodiscard]] UsageReport usage() const;
  StagedSecret stage(const std::string& slot, const std::string& label);
  base::Result<Activation> activate(const std::string& secret_id);
  void end(const std::string& secret_id);

  [[nodiscard]] const std::map<std::string, CutOff>& cut_off() const noexcept { return cut_off_; }
  // What consumers held at the start was not accepted then.
  [[nodiscard]] bool is_cut_off_already() const { return is_cut_off_already_; }

 private:
  struct Secret {
    IssuedSecret facts;
    std::string value;
  };
  struct Instance {
    const Consumer* consumer = nullptr;
    const DriverSpec* sink = nullptr;
    Caller caller;
    ConsumerModel model;
  };

  void take_in_secrets(const Inventory& inventory);
  [[nodiscard]] bool is_kept_awake(const Inventory& inventory, const IssuedSecret& secret) const;
  void take_in_usage(const Inventory& inventory);
  [[nodiscard]] base::Duration interval_of(const Consumer& consumer) const;
  [[nodiscard]] base::Duration history_of(const Inventory& inventory) const;
  void move_to(base::Instant to);
  void advance_all(base::Instant to);
  void note(const Instance& instance, const Use& use);
  [[nodiscard]] Secret* find(const std::string& secret_id);
  [[nodiscard]] const Secret* find_value(const std::string& value) const;

  const WorldRules rules_;
  base::Instant seen_since_;        // consumers' requests are played from then on
  base::Instant complete_since_{};  // of usage
  base::Instant now_;
  base::Instant skip_to_{};
  int acts_ = 0;  // of people
  bool is_cut_off_already_ = false;
  std::vector<Secret> secrets_;
  std::map<std::string, std::string> sinks_;
  std::vector<Instance> instances_;
  std::map<std::string, UsageRow> usage_;  // by secret and caller
  std::map<std::string, CutOff> cut_off_;
};

// What of the engine's surroundings a rehearsal has. The world outlives it.
class WorldDrivers final : public Drivers {
 public:
  WorldDrivers(World& world, const Inventory& inventory, const DriverRegistry& registry)
      : world_(world), inventory_(inventory), registry_(registry) {}
  [[nodiscard]] const DriverRegistry& registry() const noexcept override { return registry_; }
  base::Result<std::unique_ptr<IssuerReader>> issuer_reader(const Inventory&) override;
  base::Result<std::unique_ptr<Issuer>> issuer(const Inventory&) override;
  base::Result<std::unique_ptr<SinkReader>> sink_reader(const DriverSpec& spec) override;
  base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) override;
  base::Result<std::unique_ptr<Probe>> probe(const DriverSpec&, const IntegrationFacts&,
                                             IssuerReader&) override;
  // What else tells of usage is taken to tell what the issuer does.
  base::Result<std::unique_ptr<UsageReader>> usage_reader(const DriverSpec&,
                                                          const std::string&) override;
  base::Status check_reload(const ReloadSpec&) override { return {}; }
  base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override;
  base::Result<std::unique_ptr<WorkflowRunner>> workflow_runner(const IntegrationFacts&,
                                                                IssuerReader&) override;

 private:
  World& world_;
  const Inventory& inventory_;
  const DriverRegistry& registry_;
};

}  // namespace rekey::rotation::rehearsal

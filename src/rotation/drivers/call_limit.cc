#include "rotation/drivers/call_limit.h"

#include <utility>

#include "base/assert.h"

namespace rekey::rotation {
namespace {

class LimitedIssuer final : public Issuer {
 public:
  LimitedIssuer(std::unique_ptr<Issuer> inner, CallLimit& limit)
      : inner_(std::move(inner)), limit_(limit) {}

  [[nodiscard]] Issuer& inner() noexcept { return *inner_; }
  [[nodiscard]] CallLimit& limit() noexcept { return limit_; }

  [[nodiscard]] base::Result<Descriptor> describe() override {
    const CallLimit::Place place(limit_);
    return inner_->describe();
  }
  [[nodiscard]] base::Result<IntegrationFacts> integration() override {
    const CallLimit::Place place(limit_);
    return inner_->integration();
  }
  [[nodiscard]] base::Result<std::vector<IssuedSecret>> list_secrets() override {
    const CallLimit::Place place(limit_);
    return inner_->list_secrets();
  }
  [[nodiscard]] base::Result<UsageReport> usage() override {
    const CallLimit::Place place(limit_);
    return inner_->usage();
  }
  [[nodiscard]] base::Result<std::vector<std::pair<std::string, std::string>>> own_request_headers()
      override {
    const CallLimit::Place place(limit_);
    return inner_->own_request_headers();
  }
  void remember(Memory memory) override { inner_->remember(std::move(memory)); }
  [[nodiscard]] std::optional<HandCards> cards(const std::string& label, bool is_outage) override {
    return inner_->cards(label, is_outage);
  }
  [[nodiscard]] base::Result<StagedSecret> stage(
      const std::string& slot, const std::string& label,
      const std::optional<std::string>& replaces) override {
    const CallLimit::Place place(limit_);
    return inner_->stage(slot, label, replaces);
  }
  [[nodiscard]] base::Result<Activation> activate(const std::string& slot,
                                                  const std::string& secret_id, bool has_evidence,
                                                  const std::string& reason) override {
    const CallLimit::Place place(limit_);
    return inner_->activate(slot, secret_id, has_evidence, reason);
  }
  [[nodiscard]] base::Status undo_activation(const std::string& slot, const std::string& secret_id,
                                             const std::string& reason) override {
    const CallLimit::Place place(limit_);
    return inner_->undo_activation(slot, secret_id, reason);
  }
  [[nodiscard]] base::Status revoke(const std::string& secret_id,
                                    const std::string& reason) override {
    const CallLimit::Place place(limit_);
    return inner_->revoke(secret_id, reason);
  }

 private:
  std::unique_ptr<Issuer> inner_;
  CallLimit& limit_;
};

class LimitedProbe final : public Probe {
 public:
  LimitedProbe(std::unique_ptr<Probe> inner, CallLimit& limit)
      : inner_(std::move(inner)), limit_(limit) {}
  [[nodiscard]] base::Result<ProbeResult> present(const base::Secret& value) override {
    const CallLimit::Place place(limit_);
    return inner_->present(value);
  }

 private:
  std::unique_ptr<Probe> inner_;
  CallLimit& limit_;
};

}  // namespace

CallLimit::Place::Place(CallLimit& limit) : limit_(limit) {
  std::unique_lock lock(limit_.mutex_);
  limit_.freed_.wait(lock, [this] { return limit_.places_ > 0; });
  --limit_.places_;
}

CallLimit::Place::~Place() {
  {
    const std::lock_guard lock(limit_.mutex_);
    ++limit_.places_;
  }
  limit_.freed_.notify_one();
}

const DriverRegistry& LimitedDrivers::registry() const noexcept {
  return inner_.registry();
}

CallLimit& LimitedDrivers::limit_of(const DriverSpec& issuer) {
  const std::lock_guard lock(mutex_);
  auto& limit = limits_[issuer.kind + " " + issuer.location];
  if (limit == nullptr) limit = std::make_unique<CallLimit>(calls_per_issuer_);
  return *limit;
}

base::Result<std::unique_ptr<IssuerReader>> LimitedDrivers::issuer_reader(
    const Inventory& inventory) {
  return issuer(inventory);
}

base::Result<std::unique_ptr<Issuer>> LimitedDrivers::issuer(const Inventory& inventory) {
  REKEY_TRY(auto inner, inner_.issuer(inventory));
  return std::make_unique<LimitedIssuer>(std::move(inner), limit_of(inventory.issuer));
}

base::Result<std::unique_ptr<SinkReader>> LimitedDrivers::sink_reader(const DriverSpec& spec) {
  return inner_.sink_reader(spec);
}

base::Result<std::unique_ptr<Sink>> LimitedDrivers::sink(const DriverSpec& spec) {
  return inner_.sink(spec);
}

// The probe asks its issuer for headers while it holds a place: of the inner one, or calls that
// wait for each other could take every place.
base::Result<std::unique_ptr<Probe>> LimitedDrivers::probe(const DriverSpec& spec,
                                                           const IntegrationFacts& integration,
                                                           IssuerReader& issuer) {
  auto* const limited = dynamic_cast<LimitedIssuer*>(&issuer);
  REKEY_ASSERT(limited != nullptr);
  REKEY_TRY(auto inner, inner_.probe(spec, integration, limited->inner()));
  return std::make_unique<LimitedProbe>(std::move(inner), limited->limit());
}

base::Result<std::unique_ptr<UsageReader>> LimitedDrivers::usage_reader(
    const DriverSpec& spec, const std::string& client_id) {
  return inner_.usage_reader(spec, client_id);
}

base::Result<std::unique_ptr<WorkflowRunner>> LimitedDrivers::workflow_runner(
    const IntegrationFacts& integration, IssuerReader& issuer) {
  return inner_.workflow_runner(integration, issuer);
}

base::Status LimitedDrivers::check_reload(const ReloadSpec& reload) {
  return inner_.check_reload(reload);
}

base::Result<platform::ProcessResult> LimitedDrivers::run_reload(const ReloadSpec& reload) {
  return inner_.run_reload(reload);
}

}  // namespace rekey::rotation

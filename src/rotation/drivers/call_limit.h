// At most so many calls to one issuer at a time, whoever makes them.
//
// LimitedDrivers stands before the real ones: issuers and probes that it gives wait for a place
// before each call. Any thread; each issuer and probe belongs to one at a time, as always.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "rotation/drivers/drivers.h"

namespace rekey::rotation {

// The places of one issuer.
class CallLimit {
 public:
  explicit CallLimit(int places) : places_(places) {}

  // Holds a place until it dies.
  class Place {
   public:
    explicit Place(CallLimit& limit);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    CallLimit& limit_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  int places_;  // guarded by mutex_
};

class LimitedDrivers final : public Drivers {
 public:
  // `inner` outlives it, and is safe for several threads.
  LimitedDrivers(Drivers& inner, int calls_per_issuer)
      : inner_(inner), calls_per_issuer_(calls_per_issuer) {}
  [[nodiscard]] const DriverRegistry& registry() const noexcept override;
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
  // Its requests go where the workflow says, not to the issuer alone: they wait for no place.
  [[nodiscard]] base::Result<std::unique_ptr<WorkflowRunner>> workflow_runner(
      const IntegrationFacts& integration, IssuerReader& issuer) override;
  [[nodiscard]] base::Status check_reload(const ReloadSpec& reload) override;
  [[nodiscard]] base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override;

 private:
  [[nodiscard]] CallLimit& limit_of(const DriverSpec& issuer);

  Drivers& inner_;
  const int calls_per_issuer_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<CallLimit>> limits_;  // guarded by mutex_
};

}  // namespace rekey::rotation

// The guarded API beside the authority, for `rekey serve --sandbox`: where the two rooms meet.
#pragma once

#include <memory>
#include <string>

#include "authority/data_folder.h"
#include "authority/front_door.h"
#include "authority/token_gate.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/sandbox_clock.h"
#include "cli/serve_mail.h"
#include "engagement/api.h"
#include "platform/clock.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"

namespace rekey::cli {

struct SandboxOptions {
  engagement::Settings settings;
  MailOptions mail;
};
// Reads what goes with --sandbox, before anything is made.
[[nodiscard]] base::Result<SandboxOptions> read_sandbox_options(const Context& context,
                                                                const Arguments& arguments);

class Sandbox final : public authority::GuardedApi {
 public:
  // On the tables and the mailbox of a sandbox's folder, whose authority is open already. `door`:
  // the authority's, which knows the tokens; `clock`: the authority's too. Both outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<Sandbox>> open(
      const authority::DataFolder& folder, const authority::FrontDoor& door, SandboxOptions given,
      SandboxClock& clock, telemetry::Logger& logger, telemetry::Metrics& metrics);

  [[nodiscard]] bool owns(std::string_view lower_path) const noexcept override;
  void handle(net::Exchange& exchange, std::string_view path,
              std::optional<authority::Bearer> bearer) override;
  // The same for who asks by another address than the public one, without a slash at its end.
  void handle(net::Exchange& exchange, std::string_view path,
              std::optional<authority::Bearer> bearer, std::string_view base_url);

  // Where clients reach this server, without a slash at the end. Before the server starts.
  void set_public_url(std::string url) { api_->set_public_url(std::move(url)); }
  void start() { api_->start(); }
  void stop() { api_->stop(); }

 private:
  explicit Sandbox(const authority::FrontDoor& door) : gate_(door) {}
  authority::SharedTokenGate gate_;  // for tokens that do not come in a header
  std::unique_ptr<engagement::Api> api_;
};

}  // namespace rekey::cli

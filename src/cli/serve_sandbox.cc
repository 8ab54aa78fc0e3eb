#include "cli/serve_sandbox.h"

#include <utility>

#include "base/time.h"
#include "crypto/random.h"

namespace rekey::cli {
namespace {

using base::Result;

// A part of the delay for which clients find no status at all (contract section 4.3).
constexpr int kUnknownPart = 4;

Result<engagement::Settings> read_settings(const Arguments& arguments) {
  engagement::Settings settings;
  const auto delay = arguments.get("--async-delay");
  if (!delay) return settings;
  auto parsed = base::parse_duration(*delay);
  if (!parsed) return tl::unexpected(base::with_context("--async-delay", parsed.error()));
  settings.async_taken_up_after = *parsed;
  settings.async_unknown_for = *parsed / kUnknownPart;
  settings.sends_taken_up_after = *parsed;
  return settings;
}

}  // namespace

Result<SandboxOptions> read_sandbox_options(const Context& context, const Arguments& arguments) {
  SandboxOptions options;
  REKEY_TRY(options.settings, read_settings(arguments));
  REKEY_TRY(options.mail, read_mail_options(context, arguments));
  return options;
}

Result<std::unique_ptr<Sandbox>> Sandbox::open(const authority::DataFolder& folder,
                                               SandboxOptions given, const platform::Clock& clock,
                                               telemetry::Logger& logger,
                                               telemetry::Metrics& metrics) {
  engagement::ApiOptions options;
  options.database = folder.sandbox_database();
  options.settings = given.settings;
  options.mail = std::move(given.mail.settings);
  REKEY_TRY(options.transport, open_transport(std::move(given.mail.relay), folder.mailbox()));
  options.fill_random = [](std::span<std::uint8_t> bytes) { crypto::fill_random(bytes); };
  REKEY_TRY(auto api, engagement::Api::open(std::move(options), clock, logger, metrics));
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(api)));
}

bool Sandbox::owns(std::string_view lower_path) const noexcept {
  return api_->owns(lower_path);
}

void Sandbox::handle(net::Exchange& exchange, std::string_view path,
                     std::optional<authority::Bearer> bearer) {
  std::optional<engagement::Caller> caller;
  if (bearer) {
    caller = engagement::Caller{bearer->business_unit.value, bearer->enterprise.value,
                                bearer->integration.value, std::move(bearer->scopes),
                                bearer->is_administrator};
  }
  api_->handle(exchange, path, caller);
}

}  // namespace rekey::cli

#include "cli/serve_sandbox.h"

#include <utility>

#include "authority/tables/integrations.h"
#include "base/time.h"
#include "cli/serve_audit.h"
#include "crypto/random.h"
#include "storage/sqlite.h"

namespace rekey::cli {
namespace {

using base::Result;

// A part of the delay for which clients find no status at all (contract section 4.3).
constexpr int kUnknownPart = 4;

Result<engagement::Settings> read_settings(const Arguments& arguments) {
  engagement::Settings settings;
  const std::string shape = arguments.get_or("--audit-shape", "object");
  if (shape != "object" && shape != "list") {
    return base::fail(base::Code::kInvalidArgument, "--audit-shape takes one of: object, list");
  }
  settings.wraps_audit_events = shape == "list";
  const auto delay = arguments.get("--async-delay");
  if (!delay) return settings;
  auto parsed = base::parse_duration(*delay);
  if (!parsed) return tl::unexpected(base::with_context("--async-delay", parsed.error()));
  settings.async_taken_up_after = *parsed;
  settings.async_unknown_for = *parsed / kUnknownPart;
  settings.sends_taken_up_after = *parsed;
  settings.journeys_published_after = *parsed;
  return settings;
}

engagement::Caller caller_of(authority::Bearer bearer) {
  return {bearer.business_unit.value, bearer.enterprise.value, bearer.integration.value,
          std::move(bearer.scopes), bearer.is_administrator};
}

// As they stand in the authority's database now; asked seldom.
Result<std::vector<engagement::PackageFacts>> read_packages(const std::string& database) {
  REKEY_TRY(auto reads, storage::Connection::open(database, storage::OpenMode::kReadOnly));
  REKEY_TRY(const auto integrations, authority::tables::load_all_integrations(reads));
  std::vector<engagement::PackageFacts> packages;
  for (const auto& one : integrations) {
    if (one.is_deleted || one.is_admin) continue;
    engagement::PackageFacts facts;
    facts.integration = one.id.value;
    facts.name = one.package.name;
    facts.client_id = one.client_id.value;
    facts.is_enabled = one.is_enabled;
    facts.home_business_unit = one.home_business_unit.value;
    for (const auto& unit : one.business_units) facts.business_units.push_back(unit.value);
    facts.created_at = one.created_at;
    packages.push_back(std::move(facts));
  }
  return packages;
}

}  // namespace

Result<SandboxOptions> read_sandbox_options(const Context& context, const Arguments& arguments) {
  SandboxOptions options;
  REKEY_TRY(options.settings, read_settings(arguments));
  REKEY_TRY(options.mail, read_mail_options(context, arguments));
  return options;
}

Result<std::unique_ptr<Sandbox>> Sandbox::open(const authority::DataFolder& folder,
                                               const authority::FrontDoor& door,
                                               SandboxOptions given, SandboxClock& clock,
                                               telemetry::Logger& logger,
                                               telemetry::Metrics& metrics) {
  std::unique_ptr<Sandbox> sandbox(new Sandbox(door));
  engagement::ApiOptions options;
  options.database = folder.sandbox_database();
  options.settings = given.settings;
  options.mail = std::move(given.mail.settings);
  REKEY_TRY(options.transport, open_transport(std::move(given.mail.relay), folder.mailbox()));
  options.fill_random = [](std::span<std::uint8_t> bytes) { crypto::fill_random(bytes); };
  options.identify = [gate = &sandbox->gate_](std::string_view token, base::Instant now) {
    authority::SharedTokenGate::Found found = gate->find(token, now);
    engagement::Identified identified;
    if (found.bearer) identified.caller = caller_of(*std::move(found.bearer));
    identified.has_expired = found.has_expired;
    return identified;
  };
  options.ask_packages = [database = folder.database()] { return read_packages(database); };
  options.ask_audit = [database = folder.database()](const engagement::AuditAsked& asked) {
    return read_audit(database, asked);
  };
  options.advance_clock = [&clock](base::Duration by) { return clock.advance(by); };
  options.wait = [&clock](base::Duration time) { clock.sleep_for(time); };
  REKEY_TRY(sandbox->api_, engagement::Api::open(std::move(options), clock, logger, metrics));
  return sandbox;
}

bool Sandbox::owns(std::string_view lower_path) const noexcept {
  return api_->owns(lower_path);
}

void Sandbox::handle(net::Exchange& exchange, std::string_view path,
                     std::optional<authority::Bearer> bearer) {
  handle(exchange, path, std::move(bearer), {});
}

void Sandbox::handle(net::Exchange& exchange, std::string_view path,
                     std::optional<authority::Bearer> bearer, std::string_view base_url) {
  std::optional<engagement::Caller> caller;
  if (bearer) caller = caller_of(*std::move(bearer));
  api_->handle(exchange, path, caller, base_url);
}

}  // namespace rekey::cli

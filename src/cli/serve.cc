// rekey serve: the authority on a data folder.
#include <fmt/format.h>

#include <thread>

#include "authority/authority.h"
#include "authority/router.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/listen_address.h"
#include "cli/sandbox_clock.h"
#include "cli/serve_hosts.h"
#include "cli/serve_sandbox.h"
#include "cli/serve_shares.h"
#include "net/client.h"
#include "net/listen_check.h"
#include "net/loopback.h"
#include "net/server.h"
#include "platform/process.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"
#include "telemetry/names.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
namespace names = telemetry::names;

// Long enough for any request that the limits allow, short enough for a service manager.
constexpr base::Duration kStopPatience = std::chrono::seconds{20};

// Tokens live longer than they say, so that no clock's error cuts one off (contract section 1.3).
constexpr std::chrono::seconds kHeldBack{121};
// Below this the FuelSDKs renew before every call (contract section 5.4).
constexpr std::chrono::seconds kShortExpiresIn{301};

// A partner may send many matches at once.
constexpr std::size_t kLargestReport = std::size_t{1024} * 1024;

template <typename Value>
Result<Value> choice(const Arguments& arguments, std::string_view option,
                     std::initializer_list<std::pair<std::string_view, Value>> choices) {
  const auto text = arguments.get(option);
  if (!text) return choices.begin()->second;
  std::string words;
  for (const auto& [word, value] : choices) {
    if (word == *text) return value;
    words += words.empty() ? "" : ", ";
    words += word;
  }
  return fail(Code::kInvalidArgument, fmt::format("{} takes one of: {}", option, words));
}

// As long as Marketing Cloud's may be (contract 1.5).
Result<base::Duration> read_scope_delay(const Arguments& arguments) {
  constexpr base::Duration kMost = std::chrono::minutes{5};
  const auto delay = base::parse_duration(arguments.get_or("--scope-delay", "0s"));
  if (delay && *delay >= base::Duration::zero() && *delay <= kMost) return *delay;
  return fail(Code::kInvalidArgument, "--scope-delay takes a time from 0s to 5m");
}

// What is fetched there decides who may report: nobody on the way may change it.
Result<std::string> read_partner_keys_url(const Arguments& arguments) {
  auto url = arguments.get_or("--partner-keys", "");
  if (url.empty()) return url;
  REKEY_CHECK(net::check_url(url));
  if (net::may_carry_secrets(url)) return url;
  return fail(Code::kInvalidArgument, "--partner-keys takes an https URL");
}

Result<authority::AuthorityOptions> read_options(const Arguments& arguments) {
  authority::AuthorityOptions options;
  const auto folder = arguments.get("--data");
  if (!folder)
    return fail(Code::kInvalidArgument, "--data DIR is needed: where the authority lives");
  options.folder = *folder;
  if (arguments.has("--sandbox")) options.kind = authority::FolderKind::kSandbox;
  for (const char* option :
       {"--async-delay", "--scope-delay", "--audit-shape", "--mail-from", "--smtp-relay"}) {
    if (arguments.has(option) && !arguments.has("--sandbox")) {
      return fail(Code::kInvalidArgument, fmt::format("{} goes with --sandbox", option));
    }
  }
  REKEY_TRY(options.scope_delay, read_scope_delay(arguments));
  REKEY_TRY(options.partner_keys_url, read_partner_keys_url(arguments));
  options.key_file = arguments.get_or("--key", "");
  options.tenant_name = arguments.get_or("--tenant", "");
  REKEY_TRY(options.front.detailed_client_errors,
            choice<bool>(arguments, "--detailed-client-errors", {{"off", false}, {"on", true}}));
  REKEY_TRY(options.front.ignores_unknown_scopes,
            choice<bool>(arguments, "--unknown-scopes", {{"refuse", false}, {"ignore", true}}));
  REKEY_TRY(const auto expires_in, arguments.number_or("--expires-in", 1079, 1, 86'400));
  options.front.expires_in = std::chrono::seconds{expires_in};
  options.front.token_lifetime = options.front.expires_in + kHeldBack;
  for (const auto& text : arguments.all("--trusted-proxy")) {
    const auto network = net::parse_network(text);
    if (!network) {
      return fail(
          Code::kInvalidArgument,
          fmt::format("--trusted-proxy takes a network such as 10.0.0.0/8, not \"{}\"", text));
    }
    options.front.trusted_proxies.push_back(*network);
  }
  return options;
}

struct Service {
  std::unique_ptr<SandboxClock> clock;  // of a sandbox alone
  std::unique_ptr<authority::Authority> authority;
  std::unique_ptr<Sandbox> sandbox;  // none where it is not asked for
  std::unique_ptr<net::Server> server;
  std::unique_ptr<SandboxHosts> hosts;  // of a sandbox alone, where they are asked for
};

base::Status listen_at(const ListenAddress& listen, Service& service, const Arguments& arguments,
                       net::ServerOptions options, telemetry::Metrics& metrics) {
  options.address = listen.address;
  options.port = listen.port;
  options.local_socket_path = service.authority->control_socket_path();
  const auto fixed_url = arguments.get("--public-url");
  auto factory = authority::make_router_factory(service.authority->front_door());
  const auto on_bound = [&](std::uint16_t port) {
    auto url = fixed_url.value_or(http_url_of(listen.address, port));
    while (url.ends_with('/')) url.pop_back();
    if (service.sandbox) service.sandbox->set_public_url(url);
    return service.authority->set_public_url(url);
  };
  REKEY_TRY(service.server, net::Server::start(options, factory, metrics, on_bound));
  if (service.sandbox) service.sandbox->start();
  return {};
}

// Once it listens: whoever is told of the hosts is told of the public URL too.
base::Status open_hosts(Service& service, const std::optional<HostsOptions>& options,
                        const authority::DataFolder& folder, const net::Limits& limits,
                        Context& context, telemetry::Metrics& metrics) {
  if (!service.sandbox) return {};
  if (!options) return forget_hosts(context.files, folder);
  REKEY_TRY(service.hosts,
            SandboxHosts::start(context, folder, *options, service.authority->front_door(),
                                *service.sandbox, limits, metrics));
  return {};
}

void stop(Service& service) {
  if (service.hosts) service.hosts->stop(kStopPatience);
  service.server->stop(kStopPatience);
  if (service.sandbox) service.sandbox->stop();
  service.authority->stop();
  service.hosts.reset();
  service.server.reset();
}

// The authority, and the sandbox beside it where there is one.
base::Status open(Service& service, const authority::AuthorityOptions& options,
                  SandboxOptions sandbox, Context& context, telemetry::Logger& logger,
                  telemetry::Metrics& metrics) {
  const bool is_sandbox = options.kind == authority::FolderKind::kSandbox;
  if (is_sandbox) {
    REKEY_TRY(service.clock,
              SandboxClock::open(context.clock, context.files, options.folder + "/sandbox.clock"));
  }
  platform::Clock& clock = is_sandbox ? *service.clock : context.clock;
  REKEY_TRY(service.authority, authority::Authority::open(options, clock, logger, metrics));
  logger.log(telemetry::Level::kInfo, context.clock.now(), names::kServerStarted,
             {{"version", REKEY_VERSION}, {"folder", options.folder}});
  if (!is_sandbox) return {};
  REKEY_TRY(service.sandbox,
            Sandbox::open(authority::DataFolder{options.folder}, service.authority->front_door(),
                          std::move(sandbox), *service.clock, logger, metrics));
  service.authority->set_guarded_api(*service.sandbox);
  return {};
}

}  // namespace

Result<int> run_serve(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto listen,
            parse_listen_address("--listen", arguments.get_or("--listen", "127.0.0.1:8420")));
  REKEY_TRY(const auto options, read_options(arguments));
  REKEY_TRY(auto sandbox_options, read_sandbox_options(context, arguments));
  REKEY_TRY(auto hosts, read_hosts_options(arguments));
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  REKEY_TRY(const auto workers, arguments.number_or("--workers", cores, 1, 60));
  REKEY_TRY(const auto format,
            choice<telemetry::LogFormat>(
                arguments, "--log-format",
                {{"text", telemetry::LogFormat::kText}, {"json", telemetry::LogFormat::kJson}}));
  REKEY_TRY(const auto level, choice<telemetry::Level>(arguments, "--log-level",
                                                       {{"info", telemetry::Level::kInfo},
                                                        {"debug", telemetry::Level::kDebug},
                                                        {"warning", telemetry::Level::kWarning},
                                                        {"error", telemetry::Level::kError}}));

  // Before the folder is made: a first start that cannot serve leaves nothing behind.
  if (const auto usable = net::check_can_listen(listen.address, listen.port); !usable) {
    return tl::unexpected(base::with_context("--listen", usable.error()));
  }

  net::ServerOptions server_options;
  REKEY_TRY(const auto shares,
            share_open_files(platform::raise_open_files_limit(), hosts.has_value(),
                             server_options.limits.connections));
  server_options.limits.connections = shares.server;
  if (hosts) hosts->connections = shares.hosts;

  // Every thread that is started below inherits the blocked signals.
  platform::block_stop_signals();
  telemetry::Logger logger(format, level);
  telemetry::Metrics metrics;
  if (options.front.expires_in < kShortExpiresIn) {
    logger.log(telemetry::Level::kWarning, context.clock.now(), names::kShortTokens,
               {{"expires_in_seconds", options.front.expires_in.count()},
                {"detail", "the FuelSDKs renew before every call below 301"}});
  }
  Service service;
  REKEY_CHECK(open(service, options, std::move(sandbox_options), context, logger, metrics));
  if (service.sandbox) server_options.limits.body_bytes = engagement::kLargestBody;
  if (!options.partner_keys_url.empty()) {
    server_options.limits.body_bytes = std::max(server_options.limits.body_bytes, kLargestReport);
  }
  server_options.workers = static_cast<std::size_t>(workers);
  REKEY_CHECK(listen_at(listen, service, arguments, server_options, metrics));
  REKEY_CHECK(
      open_hosts(service, hosts, {options.folder}, server_options.limits, context, metrics));
  REKEY_CHECK(service.authority->start());
  logger.log(telemetry::Level::kInfo, context.clock.now(), names::kServerReady,
             {{"address", listen.address},
              {"port", service.server->port()},
              {"hosts_port", service.hosts ? service.hosts->facts().port : 0},
              {"workers", workers}});

  const int signal = platform::wait_for_stop_signal();
  logger.log(telemetry::Level::kInfo, context.clock.now(), names::kServerStopping,
             {{"signal", signal}});
  stop(service);
  logger.log(telemetry::Level::kInfo, context.clock.now(), names::kServerStopped);
  logger.flush();
  return kExitOk;
}

}  // namespace rekey::cli

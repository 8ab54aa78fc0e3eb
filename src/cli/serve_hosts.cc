#include "cli/serve_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "authority/host_router.h"
#include "base/text.h"
#include "cli/hosts_certificate.h"
#include "net/listen_check.h"

namespace rekey::cli {
namespace {

using authority::TenantService;
using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kUsualDomain = "marketingcloudapis.com";
// A certificate's host name has at most 253 characters; the tenant and its service come before.
constexpr std::size_t kMostDomainCharacters = 200;

Result<std::string> parse_domain(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), base::to_lower);
  const bool is_name = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (text.empty() || text.size() > kMostDomainCharacters || !is_name || text.front() == '.' ||
      text.back() == '.' || text.find("..") != std::string::npos) {
    return fail(
        Code::kInvalidArgument,
        fmt::format("--hosts-domain takes a domain such as {}, not \"{}\"", kUsualDomain, text));
  }
  return text;
}

// Where a program on this machine connects to.
std::string address_to_reach(const std::string& listening) {
  if (listening == "0.0.0.0") return "127.0.0.1";
  return listening == "::" ? "::1" : listening;
}

}  // namespace

Result<std::optional<HostsOptions>> read_hosts_options(const Arguments& arguments) {
  const auto listen = arguments.get("--hosts-listen");
  if (!listen) {
    if (!arguments.has("--hosts-domain")) return std::nullopt;
    return fail(Code::kInvalidArgument, "--hosts-domain goes with --hosts-listen ADDRESS:PORT");
  }
  if (!arguments.has("--sandbox")) {
    return fail(Code::kInvalidArgument, "--hosts-listen goes with --sandbox");
  }
  HostsOptions options;
  REKEY_TRY(options.listen, parse_listen_address("--hosts-listen", *listen));
  REKEY_TRY(options.domain, parse_domain(arguments.get_or("--hosts-domain", kUsualDomain)));
  if (const auto usable = net::check_can_listen(options.listen.address, options.listen.port);
      !usable) {
    return tl::unexpected(base::with_context("--hosts-listen", usable.error()));
  }
  return options;
}

base::Status forget_hosts(platform::Files& files, const authority::DataFolder& folder) {
  auto removed = files.remove(folder.sandbox_hosts());
  if (!removed && removed.error().code == Code::kNotFound) return {};
  return removed;
}

bool SandboxHosts::ByHost::owns(std::string_view lower_path) const noexcept {
  return sandbox_.owns(lower_path);
}

void SandboxHosts::ByHost::handle(net::Exchange& exchange, std::string_view path,
                                  std::optional<authority::Bearer> bearer) {
  sandbox_.handle(exchange, path, std::move(bearer), soap_url_);
}

Result<std::unique_ptr<SandboxHosts>> SandboxHosts::start(Context& context,
                                                          const authority::DataFolder& folder,
                                                          const HostsOptions& options,
                                                          const authority::FrontDoor& door,
                                                          Sandbox& sandbox, net::Limits limits,
                                                          telemetry::Metrics& metrics) {
  std::unique_ptr<SandboxHosts> made(new SandboxHosts(context, folder, door, sandbox));
  made->door_.settings.host_domain = options.domain;
  made->door_.guarded = &made->api_;
  HostsFacts& facts = made->facts_;
  for (const TenantService service :
       {TenantService::kAuth, TenantService::kRest, TenantService::kSoap}) {
    facts.hosts.push_back(authority::host_of(made->door_.settings, service));
  }
  made->api_.set_soap_url("https://" + facts.hosts.back());

  REKEY_TRY(auto certificate,
            make_hosts_certificate(context.files, folder, facts.hosts, context.clock.now()));
  net::TlsGatewaySettings gateway;
  gateway.address = options.listen.address;
  gateway.port = options.listen.port;
  gateway.certificate_pem = std::move(certificate.certificate_pem);
  gateway.key_pem = std::move(certificate.key_pem);
  gateway.serves = [hosts = facts.hosts](std::string_view host) {
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
  };
  gateway.what_is_here = fmt::format(
      "This port is a sandbox of Rekey: it speaks TLS for {}, {} and {}, and is a proxy that leads "
      "to these, port 443, by CONNECT. Plain HTTP is spoken at {}.",
      facts.hosts[0], facts.hosts[1], facts.hosts[2], door.settings.public_url);

  net::ServerOptions server;
  server.limits = limits;
  gateway.connections = options.connections;
  server.limits.connections = gateway.connections;
  REKEY_TRY(made->server_, net::AdoptingServer::start(
                               server, authority::make_host_router_factory(made->door_), metrics));
  REKEY_TRY(made->gateway_, net::TlsGateway::start(std::move(gateway), *made->server_, metrics));
  facts.port = made->gateway_->port();
  facts.address = address_to_reach(options.listen.address);
  facts.proxy = http_url_of(facts.address, facts.port);
  facts.ca_file = std::filesystem::absolute(folder.sandbox_ca()).lexically_normal().string();
  REKEY_CHECK(context.files.replace(folder.sandbox_hosts(), as_json(facts), 0600));
  return made;
}

SandboxHosts::~SandboxHosts() {
  stop(base::Duration{0});
}

void SandboxHosts::stop(base::Duration patience) {
  if (!gateway_) return;
  gateway_->stop_accepting();
  server_->stop(patience);
  gateway_.reset();
  // Whoever asks for them without a server is told that there is none.
  static_cast<void>(forget_hosts(context_.files, folder_));
}

}  // namespace rekey::cli

#include "authority/host_router.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "authority/identity_endpoints.h"
#include "authority/request_path.h"
#include "authority/router.h"
#include "base/assert.h"
#include "base/text.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

constexpr std::array kServices{TenantService::kAuth, TenantService::kRest, TenantService::kSoap};

// Whose path that is, in lower case; nothing for what Marketing Cloud has not.
std::optional<TenantService> service_of(std::string_view path) noexcept {
  constexpr std::array<std::string_view, 9> kOurs{"/api/",    "/local/",  "/sandbox/",
                                                  "/track/",  "/healthz", "/readyz",
                                                  "/metrics", "/oauth2/", "/.well-known/"};
  const auto begins = [path](std::string_view start) { return path.starts_with(start); };
  if (std::any_of(kOurs.begin(), kOurs.end(), begins)) return std::nullopt;
  if (begins("/v2/") || begins("/v1/")) return TenantService::kAuth;
  if (path == "/service.asmx" || path == "/etframework.wsdl") return TenantService::kSoap;
  return TenantService::kRest;
}

// Of the target, where that is in absolute form; else of the Host header (RFC 9112 section 3.2.2).
std::string_view host_and_port_of(const net::Request& request) noexcept {
  constexpr std::string_view kAfterScheme = "://";
  if (request.target.starts_with('/')) return request.header("Host");
  const std::size_t scheme_end = request.target.find(kAfterScheme);
  if (scheme_end == std::string_view::npos) return request.header("Host");
  const std::string_view rest = request.target.substr(scheme_end + kAfterScheme.size());
  return rest.substr(0, rest.find_first_of("/?"));
}

net::Response refusal(int status, std::string_view message) {
  net::JsonWriter body;
  body.begin_object()
      .member("documentation", "https://developer.salesforce.com/docs")
      .member("errorcode", status)
      .member("message", message)
      .end_object();
  net::Response response;
  response.status = status;
  response.body = body.release();
  return response;
}

class HostRouter final : public net::Handler {
 public:
  HostRouter(const FrontDoor& door, std::unique_ptr<net::Handler> router)
      : path_(door.settings.tenant_name), router_(std::move(router)) {
    for (const TenantService service : kServices) {
      hosts_[static_cast<std::size_t>(service)] = host_of(door.settings, service);
    }
  }

  void handle(net::Exchange& exchange) override {
    const net::Request& request = exchange.request();
    const auto service = service_at(host_and_port_of(request));
    if (!service) {
      return respond_rest(
          exchange, refusal(421, fmt::format("This is served at {}, {} and {}, port 443, alone.",
                                             hosts_[0], hosts_[1], hosts_[2])));
    }
    const bool is_path = path_.clean(request.path);
    const auto owner = is_path ? service_of(path_.lower()) : std::nullopt;
    if (!owner) return respond_rest(exchange, RestProblem::kNotFound);
    if (*owner != *service) {
      const std::string& other = hosts_[static_cast<std::size_t>(*owner)];
      return respond_rest(exchange,
                          refusal(404, fmt::format("Not Found: that path is one of {}", other)));
    }
    router_->handle(exchange);
  }

 private:
  [[nodiscard]] std::optional<TenantService> service_at(std::string_view host) const noexcept {
    constexpr std::string_view kHttpsPort = ":443";
    if (host.ends_with(kHttpsPort)) host.remove_suffix(kHttpsPort.size());
    for (const TenantService service : kServices) {
      if (base::equal_ignoring_case(host, hosts_[static_cast<std::size_t>(service)])) {
        return service;
      }
    }
    return std::nullopt;
  }

  std::array<std::string, kServices.size()> hosts_;
  RequestPath path_;
  const std::unique_ptr<net::Handler> router_;
};

}  // namespace

net::HandlerFactory make_host_router_factory(const FrontDoor& door) {
  REKEY_ASSERT(!door.settings.host_domain.empty());
  return [&door, routers = make_router_factory(door)](
             std::size_t worker) -> std::unique_ptr<net::Handler> {
    return std::make_unique<HostRouter>(door, routers(worker));
  };
}

}  // namespace rekey::authority

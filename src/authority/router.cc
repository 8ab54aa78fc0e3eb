#include "authority/router.h"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "authority/identity_endpoints.h"
#include "authority/oauth_error.h"
#include "authority/oauth_metadata.h"
#include "authority/oauth_token_control.h"
#include "authority/oauth_token_endpoint.h"
#include "authority/request_path.h"
#include "authority/token_endpoint.h"
#include "authority/token_gate.h"
#include "net/problem.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kEndpointPrefix = "/platform/v1/endpoints/";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

// One worker's endpoints.
struct Endpoints {
  Endpoints(const FrontDoor& front_door, EpochDomain::Reader& reader)
      : door(front_door),
        gate(door, reader),
        clients(door, gate),
        token(door, reader, clients),
        oauth_token(door, reader, clients),
        oauth_control(door, reader, clients, gate),
        metadata(door, reader),
        identity(door, reader, gate) {}

  const FrontDoor& door;
  TokenGate gate;
  ClientAuthenticator clients;
  TokenEndpoint token;
  OAuthTokenEndpoint oauth_token;
  OAuthTokenControl oauth_control;
  OAuthMetadata metadata;
  IdentityEndpoints identity;
};

struct Call {
  net::Exchange& exchange;
  std::string_view path;  // lower case
  base::Instant now;
};

void answer_health(Endpoints&, const Call& call) {
  call.exchange.respond(200, kText, "alive\n", {});
}

void answer_readiness(Endpoints& to, const Call& call) {
  const std::string reasons = to.door.readiness.reasons();
  if (reasons.empty()) return call.exchange.respond(200, kText, "ready\n", {});
  call.exchange.respond(503, kText, "not ready\n" + reasons, {});
}

void answer_metrics(Endpoints& to, const Call& call) {
  call.exchange.respond(200, kPrometheusText, to.door.metrics.text(), {});
}

// RFC 6750 section 3.1: the token is alive, and no administrator's.
net::Response insufficient_scope() {
  net::Response response = net::problem_response(
      {base::Code::kForbidden,
       "the token lacks the scope rekey_admin, which only the admin package has (admin.json)"});
  response.headers.emplace_back("WWW-Authenticate",
                                R"(Bearer error="insufficient_scope", scope="rekey_admin")");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

struct Route {
  std::string_view path;  // lower case
  net::Method method;
  void (*run)(Endpoints& to, const Call& call);
};

constexpr std::array<Route, 13> kRoutes{{
    {"/v2/token", net::Method::kPost,
     [](Endpoints& to, const Call& call) { to.token.handle(call.exchange, call.now); }},
    {"/oauth2/token", net::Method::kPost,
     [](Endpoints& to, const Call& call) { to.oauth_token.handle(call.exchange, call.now); }},
    {"/oauth2/introspect", net::Method::kPost,
     [](Endpoints& to, const Call& call) { to.oauth_control.introspect(call.exchange, call.now); }},
    {"/oauth2/revoke", net::Method::kPost,
     [](Endpoints& to, const Call& call) { to.oauth_control.revoke(call.exchange, call.now); }},
    {"/oauth2/jwks", net::Method::kGet,
     [](Endpoints& to, const Call& call) { to.metadata.jwks(call.exchange, call.now); }},
    {"/v2/userinfo", net::Method::kGet,
     [](Endpoints& to, const Call& call) { to.identity.user_info(call.exchange, call.now); }},
    {"/v2/discovery", net::Method::kGet,
     [](Endpoints& to, const Call& call) { to.identity.discovery(call.exchange); }},
    {"/platform/v1/tokencontext", net::Method::kGet,
     [](Endpoints& to, const Call& call) { to.identity.token_context(call.exchange, call.now); }},
    {"/platform/v1/endpoints", net::Method::kGet,
     [](Endpoints& to, const Call& call) { to.identity.endpoints(call.exchange, call.now); }},
    {"/v1/requesttoken", net::Method::kPost,
     [](Endpoints& to, const Call& call) { to.identity.legacy_token(call.exchange); }},
    {"/healthz", net::Method::kGet, answer_health},
    {"/readyz", net::Method::kGet, answer_readiness},
    {"/metrics", net::Method::kGet, answer_metrics},
}};
constexpr Route kMetadataRoute{{}, net::Method::kGet, [](Endpoints& to, const Call& call) {
                                 to.metadata.server(call.exchange);
                               }};
constexpr Route kEndpointRoute{kEndpointPrefix, net::Method::kGet,
                               [](Endpoints& to, const Call& call) {
                                 const auto type = call.path.substr(kEndpointPrefix.size());
                                 to.identity.endpoint(call.exchange, type, call.now);
                               }};

class Router final : public net::Handler {
 public:
  explicit Router(const FrontDoor& door)
      : door_(door),
        path_(door.settings.tenant_name),
        endpoints_(door, door.epochs.register_reader()) {}

  // Hop 1: net::Server hands a whole request to its worker's router. The time is read once, here.
  void handle(net::Exchange& exchange) override {
    const base::Instant now = door_.clock.now();
    if (!path_.clean(exchange.request().path)) {
      return respond_rest(exchange, RestProblem::kNotFound);
    }
    const std::string_view path = path_.lower();
    const bool is_local = exchange.request().peer.is_local_socket;
    if (is_local != path.starts_with("/local/")) {
      return respond_rest(exchange, RestProblem::kNotFound);
    }
    if (is_local) return door_.admin.handle(exchange, path_.text(), nullptr);

    // Hop 2: the path names an endpoint.
    const Call call{exchange, path, now};
    for (const Route& route : kRoutes) {
      if (route.path == path) return run(route, call);
    }
    if (endpoints_.metadata.is_server_path(path)) return run(kMetadataRoute, call);
    if (path.starts_with("/api/")) {
      const auto caller = endpoints_.gate.check_admin(exchange.request(), now);
      if (!caller && endpoints_.gate.check(exchange.request(), now)) {
        return exchange.respond(insufficient_scope());
      }
      return door_.admin.handle(exchange, path_.text(), caller ? &*caller : nullptr);
    }
    if (path.starts_with(kEndpointPrefix)) return run(kEndpointRoute, call);
    if (door_.guarded != nullptr && door_.guarded->owns(path)) {
      return door_.guarded->handle(exchange, path_.text(),
                                   endpoints_.gate.bearer(exchange.request(), now));
    }
    respond_rest(exchange, RestProblem::kNotFound);
  }

 private:
  void run(const Route& route, const Call& call) {
    const net::Method method = call.exchange.request().method;
    const bool is_get = route.method == net::Method::kGet;
    if (method == route.method || (is_get && method == net::Method::kHead)) {
      return route.run(endpoints_, call);
    }
    net::Response response = rest_error(RestProblem::kMethodNotAllowed);
    response.headers.emplace_back("Allow", is_get ? "GET, HEAD" : "POST");
    respond_rest(call.exchange, std::move(response));
  }

  const FrontDoor& door_;
  RequestPath path_;
  Endpoints endpoints_;
};

}  // namespace

net::HandlerFactory make_router_factory(const FrontDoor& door) {
  return [&door](std::size_t) -> std::unique_ptr<net::Handler> {
    return std::make_unique<Router>(door);
  };
}

}  // namespace rekey::authority

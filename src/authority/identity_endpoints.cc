#include "authority/identity_endpoints.h"

#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "crypto/random.h"
#include "net/form.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

struct Endpoint {
  TenantService service;
  std::string_view path;  // after the service's URL and its slash
};
constexpr std::array<Endpoint, 3> kEndpoints{{{TenantService::kAuth, ""},
                                              {TenantService::kRest, ""},
                                              {TenantService::kSoap, "Service.asmx"}}};

constexpr std::string_view kLocale = "en-US";
constexpr std::string_view kZone = "UTC";

std::string fresh_message_id() {
  std::array<std::uint8_t, 16> bytes;
  crypto::fill_random(bytes);
  const std::string hex = base::hex_encode(bytes);
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' +
         hex.substr(16, 4) + '-' + hex.substr(20);
}

void write_time_zone(net::JsonWriter& body) {
  body.member("locale", kLocale).member("zoneinfo", kZone);
  body.key("timezone")
      .begin_object()
      .member("longName", "Coordinated Universal Time")
      .member("shortName", kZone)
      .member("offset", 0)
      .member("dst", false)
      .end_object();
}

void write_endpoint(net::JsonWriter& body, const Endpoint& endpoint, const std::string& url) {
  body.begin_object()
      .member("type", name_of(endpoint.service))
      .member("url", url + std::string(endpoint.path))
      .end_object();
}

net::Response json_response(int status, net::JsonWriter& body) {
  net::Response response;
  response.status = status;
  response.body = body.release();
  return response;
}

}  // namespace

void respond_rest(net::Exchange& exchange, net::Response response) {
  response.headers.emplace_back("X-Mashery-Message-ID", fresh_message_id());
  exchange.respond(response);
}

void respond_rest(net::Exchange& exchange, RestProblem problem) {
  respond_rest(exchange, rest_error(problem));
}

IdentityEndpoints::IdentityEndpoints(const FrontDoor& door, EpochDomain::Reader& reader,
                                     TokenGate& gate)
    : door_(door),
      reader_(reader),
      gate_(gate),
      auth_url_(instance_url(door.settings, TenantService::kAuth)),
      rest_url_(instance_url(door.settings, TenantService::kRest)),
      soap_url_(instance_url(door.settings, TenantService::kSoap)) {}

const std::string& IdentityEndpoints::url_of(TenantService service) const noexcept {
  if (service == TenantService::kAuth) return auth_url_;
  return service == TenantService::kRest ? rest_url_ : soap_url_;
}

// The name of the hidden user that a package acts through comes from it (contract 2.7).
std::string IdentityEndpoints::package_name_of(const TokenClaims& claims) {
  const EpochGuard guard(door_.epochs, reader_);
  const Record* record = door_.directory.find(claims.client);
  return record != nullptr ? record->package_name : std::string{};
}

void IdentityEndpoints::user_info(net::Exchange& exchange, base::Instant now) {
  const auto claims = gate_.check(exchange.request(), now);
  if (!claims) return respond_rest(exchange, RestProblem::kNotAuthorized);
  const std::string package_name = package_name_of(*claims);
  const std::string client_id = unpack_client_id(claims->client);

  net::JsonWriter body;
  body.begin_object()
      .member("exp", base::to_millis(claims->expires_at) / 1000)
      .member("iss", auth_url_);
  body.key("user")
      .begin_object()
      .member("sub", std::to_string(claims->integration_id.value))
      .member("name", package_name + " app user")
      .member("preferred_username", client_id)
      .member("email", "");
  write_time_zone(body);
  body.end_object();
  body.key("organization")
      .begin_object()
      .member("member_id", claims->business_unit.value)
      .member("enterprise_id", claims->enterprise.value)
      .member("enterprise_name", door_.settings.tenant_name)
      .member("account_type",
              claims->business_unit == claims->enterprise ? "enterprise" : "business_unit")
      .member("stack_key", "rekey")
      .member("region", "");
  write_time_zone(body);
  body.end_object();
  body.key("rest")
      .begin_object()
      .member("rest_instance_url", rest_url_)
      .member("soap_instance_url", soap_url_)
      .end_object();
  body.key("application")
      .begin_object()
      .member("id", client_id)
      .member("name", package_name)
      .end_object();
  body.key("permissions").begin_array().end_array().end_object();
  respond_rest(exchange, json_response(200, body));
}

// Every well-formed question gets the same answer: it must not tell which clients or users exist.
void IdentityEndpoints::discovery(net::Exchange& exchange) {
  constexpr std::string_view kAccount = "acct:";
  net::FlatForm query;
  if (!query.parse(exchange.request().query)) {
    return respond_rest(exchange, RestProblem::kInvalidDiscovery);
  }
  const net::FlatForm::Member* client_id = query.find("client_id");
  const net::FlatForm::Member* resource = query.find("resource");
  if (client_id == nullptr || !pack_client_id(client_id->value) || resource == nullptr ||
      !resource->value.starts_with(kAccount) || resource->value.size() == kAccount.size()) {
    return respond_rest(exchange, RestProblem::kInvalidDiscovery);
  }

  net::JsonWriter body;
  body.begin_object().member("subject", resource->value).key("links").begin_array();
  for (const TenantService service : {TenantService::kAuth, TenantService::kRest}) {
    body.begin_object()
        .member("rel", std::string(name_of(service)) + "_instance_url")
        .member("href", url_of(service))
        .end_object();
  }
  body.end_array().end_object();
  respond_rest(exchange, json_response(200, body));
}

void IdentityEndpoints::token_context(net::Exchange& exchange, base::Instant now) {
  const auto claims = gate_.check(exchange.request(), now);
  if (!claims) return respond_rest(exchange, RestProblem::kNotAuthorized);
  const auto write_id = [](net::JsonWriter& body, std::string_view name, std::int64_t id) {
    body.key(name).begin_object().member("id", id).end_object();
  };
  net::JsonWriter body;
  body.begin_object();
  write_id(body, "enterprise", claims->enterprise.value);
  write_id(body, "organization", claims->business_unit.value);
  write_id(body, "user", claims->integration_id.value);
  body.end_object();
  // The contract's sample has this status (1.8).
  respond_rest(exchange, json_response(202, body));
}

void IdentityEndpoints::endpoints(net::Exchange& exchange, base::Instant now) {
  if (!gate_.check(exchange.request(), now)) {
    return respond_rest(exchange, RestProblem::kNotAuthorized);
  }
  const int count = static_cast<int>(kEndpoints.size());
  net::JsonWriter body;
  body.begin_object().member("page", 1).member("pageSize", count).member("count", count);
  body.key("items").begin_array();
  for (const Endpoint& endpoint : kEndpoints) {
    write_endpoint(body, endpoint, url_of(endpoint.service));
  }
  body.end_array().end_object();
  respond_rest(exchange, json_response(200, body));
}

void IdentityEndpoints::endpoint(net::Exchange& exchange, std::string_view type,
                                 base::Instant now) {
  if (!gate_.check(exchange.request(), now)) {
    return respond_rest(exchange, RestProblem::kNotAuthorized);
  }
  for (const Endpoint& endpoint : kEndpoints) {
    if (name_of(endpoint.service) != type) continue;
    net::JsonWriter body;
    write_endpoint(body, endpoint, url_of(endpoint.service));
    return respond_rest(exchange, json_response(200, body));
  }
  respond_rest(exchange, RestProblem::kUnknownEndpoint);
}

void IdentityEndpoints::legacy_token(net::Exchange& exchange) {
  respond_rest(exchange, RestProblem::kLegacyEndpoint);
}

}  // namespace rekey::authority

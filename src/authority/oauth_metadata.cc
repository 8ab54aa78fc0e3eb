#include "authority/oauth_metadata.h"

#include <fmt/format.h>

#include "authority/json_fields.h"
#include "authority/signing_plan.h"
#include "base/text.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kWellKnown = "/.well-known/oauth-authorization-server";

net::Response cacheable(std::string_view content_type, std::string body) {
  net::Response response;
  response.content_type = content_type;
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control",
                                fmt::format("public, max-age={}", kJwksCacheTime.count()));
  return response;
}

}  // namespace

OAuthMetadata::OAuthMetadata(const FrontDoor& door, EpochDomain::Reader& reader)
    : door_(door), reader_(reader), issuer_(issuer_of(door.settings)), server_path_(kWellKnown) {
  const std::size_t host = issuer_.find("://");
  const std::size_t path = host == std::string::npos ? host : issuer_.find('/', host + 3);
  if (path == std::string::npos) return;
  for (const char c : std::string_view(issuer_).substr(path)) server_path_ += base::to_lower(c);
}

bool OAuthMetadata::is_server_path(std::string_view lower_path) const noexcept {
  return lower_path == kWellKnown || lower_path == server_path_;
}

void OAuthMetadata::server(net::Exchange& exchange) {
  std::vector<std::string> scopes;
  {
    const EpochGuard guard(door_.epochs, reader_);
    scopes = door_.scopes.load().names();
  }
  std::erase(scopes, credential::kAdminScope);
  const std::vector<std::string> methods{"client_secret_basic", "client_secret_post"};
  net::JsonWriter json;
  json.begin_object()
      .member("issuer", issuer_)
      .member("token_endpoint", issuer_ + "/oauth2/token")
      .member("jwks_uri", issuer_ + "/oauth2/jwks");
  write_texts(json, "scopes_supported", scopes);
  // Required by section 2, though there is no authorization endpoint: strict readers look for it.
  write_texts(json, "response_types_supported", {});
  write_texts(json, "grant_types_supported", {"client_credentials"});
  write_texts(json, "token_endpoint_auth_methods_supported", methods);
  json.member("revocation_endpoint", issuer_ + "/oauth2/revoke");
  write_texts(json, "revocation_endpoint_auth_methods_supported", methods);
  json.member("introspection_endpoint", issuer_ + "/oauth2/introspect");
  write_texts(json, "introspection_endpoint_auth_methods_supported", methods);
  json.end_object();
  exchange.respond(cacheable("application/json", json.release()));
}

void OAuthMetadata::jwks(net::Exchange& exchange, base::Instant now) {
  exchange.respond(cacheable("application/jwk-set+json", door_.signing_keys.jwks(now)));
}

}  // namespace rekey::authority

// What the front of the authority is told at start-up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "credential/ids.h"
#include "net/http.h"

namespace rekey::authority {

struct FrontSettings {
  std::string public_url;   // "http://127.0.0.1:8420", no slash at the end: all three instance URLs
  std::string host_domain;  // "marketingcloudapis.com": each has its host below it instead
  std::string tenant_name;  // 28 characters: the subdomain
  credential::TenantId tenant_id;
  credential::BusinessUnitId enterprise_id;
  // What expires_in says and how long a token lives: two minutes are held back (contract 1.3).
  std::chrono::seconds expires_in{1079};
  base::Duration token_lifetime = std::chrono::seconds{1200};
  bool detailed_client_errors = false;        // contract 1.6 in place of 8.9
  bool ignores_unknown_scopes = false;        // in place of 400 invalid_scope
  std::vector<net::Network> trusted_proxies;  // believed in X-Forwarded-For
};

// What a client is given as its authentication base URI: sfmc-sdk insists on the tenant's host name
// in it, wherever it stands, so it is spelled behind our own origin (contract section 5.2).
[[nodiscard]] inline std::string auth_base_uri(const FrontSettings& settings) {
  return settings.public_url + "/https://" + settings.tenant_name + ".auth.marketingcloudapis.com/";
}

// The issuer identifier of JWT access tokens (RFC 8414 section 2), without a slash at the end.
[[nodiscard]] std::string issuer_of(const FrontSettings& settings);

// What a tenant has a host name of its own for (contract section 1.1).
enum class TenantService { kAuth, kRest, kSoap };
[[nodiscard]] std::string_view name_of(TenantService service) noexcept;  // "auth"

// "{tenant}.auth.marketingcloudapis.com"; there must be a domain.
[[nodiscard]] std::string host_of(const FrontSettings& settings, TenantService service);
// What a client is told of where a service is, with the slash at the end that real ones have
// (contract section 1.3).
[[nodiscard]] std::string instance_url(const FrontSettings& settings, TenantService service);

}  // namespace rekey::authority

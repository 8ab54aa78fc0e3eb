#include "authority/front_settings.h"

#include "base/assert.h"

namespace rekey::authority {

std::string_view name_of(TenantService service) noexcept {
  switch (service) {
    case TenantService::kAuth:
      return "auth";
    case TenantService::kRest:
      return "rest";
    case TenantService::kSoap:
      break;
  }
  return "soap";
}

std::string host_of(const FrontSettings& settings, TenantService service) {
  REKEY_ASSERT(!settings.host_domain.empty());
  return settings.tenant_name + "." + std::string(name_of(service)) + "." + settings.host_domain;
}

std::string instance_url(const FrontSettings& settings, TenantService service) {
  if (settings.host_domain.empty()) return settings.public_url + "/";
  return "https://" + host_of(settings, service) + "/";
}

// Marketing Cloud's hosts have no standard endpoints: their tokens are those of the public URL.
std::string issuer_of(const FrontSettings& settings) {
  return settings.public_url;
}

}  // namespace rekey::authority

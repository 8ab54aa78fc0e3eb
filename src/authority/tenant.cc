#include "authority/tenant.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

// What a tenant begins with: the settings that there were when that event was first written. A
// later one has its standard value until the policy is changed; what an old ledger says stays the
// same.
std::vector<credential::PolicySetting> founding_settings() {
  auto settings = credential::settings_of(credential::standard_policy());
  std::erase_if(settings, [](const auto& setting) { return setting.key == "on_leak"; });
  return settings;
}

struct Applier {
  Tenant& tenant;
  base::Instant at;

  base::Status operator()(const TenantCreated& body) const {
    if (tenant.id.value != 0) return base::fail(Code::kCorrupt, "the tenant is created twice");
    tenant.id = body.id;
    tenant.name = body.name;
    tenant.enterprise = body.enterprise;
    tenant.home_business_unit = body.home_business_unit;
    tenant.root_key_id = body.root_key_id;
    tenant.created_at = at;
    tenant.policy_settings = founding_settings();
    return {};
  }
  base::Status operator()(const PolicyChanged& body) const {
    tenant.policy_settings = body.settings;
    return {};
  }
  base::Status operator()(const ScopesRegistered& body) const {
    if (body.first_number != static_cast<std::int64_t>(tenant.scopes.size())) {
      return base::fail(Code::kCorrupt,
                        fmt::format("scopes are registered from number {} where {} is next",
                                    body.first_number, tenant.scopes.size()));
    }
    tenant.scopes.insert(tenant.scopes.end(), body.names.begin(), body.names.end());
    return {};
  }
  base::Status operator()(const TokenKeyMade& body) const {
    if (body.instance <= tenant.last_instance) {
      return base::fail(Code::kCorrupt,
                        fmt::format("instance {} of a token key was used before", body.instance));
    }
    tenant.last_token_key = body.kid;
    tenant.last_instance = body.instance;
    return {};
  }
  base::Status operator()(const AdminRecovered&) const { return {}; }
  base::Status operator()(const RefusalsBegan&) const { return {}; }
  base::Status operator()(const SearchKeyGiven&) const { return {}; }
  base::Status operator()(const LeakReported&) const { return {}; }
  base::Status operator()(const AuthorityRestored& body) const {
    const bool goes_on = body.numbers_after >= tenant.numbers_after &&
                         body.numbers_after >= std::int64_t{tenant.last_token_key} &&
                         body.numbers_after >= std::int64_t{tenant.last_instance};
    if (!goes_on || body.numbers_after > kMostNumbersAfter) {
      return base::fail(Code::kCorrupt,
                        fmt::format("numbers cannot go on after {}", body.numbers_after));
    }
    tenant.numbers_after = body.numbers_after;
    tenant.last_token_key = static_cast<std::uint32_t>(body.numbers_after);
    tenant.last_instance = static_cast<std::uint32_t>(body.numbers_after);
    return {};
  }
  base::Status operator()(const SigningKeyMade& body) const {
    if (find_key(body.kid) != tenant.signing_keys.end()) {
      return base::fail(Code::kCorrupt, fmt::format("signing key {} is made twice", body.kid));
    }
    tenant.signing_keys.push_back({body.kid, body.algorithm, at, body.signs_from, {}});
    return {};
  }
  base::Status operator()(const SigningKeyWithdrawn& body) const {
    const auto key = find_key(body.kid);
    if (key == tenant.signing_keys.end() || key->withdrawn_at) {
      return base::fail(Code::kCorrupt,
                        fmt::format("signing key {} is withdrawn and does not stand", body.kid));
    }
    key->withdrawn_at = at;
    return {};
  }
  base::Status operator()(const AudienceDeclared& body) const {
    const auto place = place_of(body.audience.uri);
    if (place != tenant.audiences.end() && place->uri == body.audience.uri) {
      *place = body.audience;
    } else {
      tenant.audiences.insert(place, body.audience);
    }
    return {};
  }
  base::Status operator()(const AudienceRemoved& body) const {
    const auto place = place_of(body.uri);
    if (place == tenant.audiences.end() || place->uri != body.uri) {
      return base::fail(Code::kCorrupt,
                        fmt::format("audience {} is removed and was not declared", body.uri));
    }
    tenant.audiences.erase(place);
    return {};
  }

  [[nodiscard]] SigningKeyList::iterator find_key(const std::string& kid) const {
    return std::find_if(tenant.signing_keys.begin(), tenant.signing_keys.end(),
                        [&kid](const SigningKey& key) { return key.kid == kid; });
  }
  [[nodiscard]] std::vector<Audience>::iterator place_of(const std::string& uri) const {
    return std::lower_bound(
        tenant.audiences.begin(), tenant.audiences.end(), uri,
        [](const Audience& audience, const std::string& wanted) { return audience.uri < wanted; });
  }
};

}  // namespace

Result<Tenant> apply(Tenant tenant, const TenantEvent& event) {
  const bool is_first = std::holds_alternative<TenantCreated>(event.body);
  if (tenant.id.value == 0 && !is_first) {
    return base::fail(Code::kCorrupt, "the tenant's stream does not begin with its creation");
  }
  REKEY_CHECK(std::visit(Applier{tenant, event.at}, event.body));
  return tenant;
}

Result<credential::Policy> policy_of(const Tenant& tenant) {
  return credential::with_settings(credential::standard_policy(), tenant.policy_settings);
}

Result<credential::ScopeRegistry> registry_of(const Tenant& tenant) {
  credential::ScopeRegistry registry;
  for (const std::string& name : tenant.scopes) {
    REKEY_TRY([[maybe_unused]] const std::size_t number, registry.append(name));
  }
  return registry;
}

}  // namespace rekey::authority

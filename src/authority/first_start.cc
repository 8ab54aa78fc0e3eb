#include "authority/first_start.h"

#include <algorithm>

#include "authority/identifiers.h"
#include "authority/tables/integrations.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

Result<TenantCreated> tenant_from(const AuthorityOptions& options, std::uint32_t root_key_id) {
  TenantCreated created;
  created.id = credential::TenantId{1};
  created.name = random_tenant_name();
  if (!options.tenant_name.empty()) {
    REKEY_TRY(created.name, credential::parse_tenant_name(options.tenant_name));
  }
  const auto given_or_random = [](credential::BusinessUnitId given) {
    return given.value != 0 ? given : random_business_unit();
  };
  created.enterprise = given_or_random(options.enterprise);
  created.home_business_unit = given_or_random(options.home_business_unit);
  created.root_key_id = root_key_id;
  return created;
}

ScopesRegistered missing_scopes(const Tenant& tenant) {
  ScopesRegistered missing;
  missing.first_number = static_cast<std::int64_t>(tenant.scopes.size());
  for (const std::string_view scope : credential::known_scopes()) {
    const auto& registered = tenant.scopes;
    if (std::find(registered.begin(), registered.end(), scope) == registered.end()) {
      missing.names.emplace_back(scope);
    }
  }
  return missing;
}

}  // namespace

Result<Tenant> ensure_tenant(Changes& changes, const AuthorityOptions& options,
                             const crypto::RootKey& root_key) {
  REKEY_TRY(const TenantCreated created, tenant_from(options, root_key.id()));
  Tenant tenant;
  REKEY_CHECK(changes.run("system", [&](ChangeScope& scope) -> base::Status {
    REKEY_TRY(tenant, scope.tenant());
    if (tenant.id.value == 0) {
      REKEY_TRY(tenant, scope.execute(created));
    }
    ScopesRegistered missing = missing_scopes(tenant);
    if (!missing.names.empty()) {
      REKEY_TRY(tenant, scope.execute(std::move(missing)));
    }
    return {};
  }));
  return tenant;
}

base::Status ensure_admin_package(Changes& changes, platform::Files& files,
                                  const DataFolder& folder, ValueKeys& keys) {
  REKEY_TRY(const NewSecret fresh, make_new_secret(keys, credential::default_slot()));
  bool was_made = false;
  REKEY_CHECK(changes.run("system", [&](ChangeScope& scope) -> base::Status {
    const auto existing = tables::find_admin(scope.connection());
    if (existing) return {};
    if (existing.error().code != Code::kNotFound) return tl::unexpected(existing.error());
    was_made = true;
    REKEY_CHECK(issue_admin_secret(scope, files, folder, fresh));
    return {};
  }));
  if (!was_made) return {};
  return put_admin_credential_in_place(files, folder);
}

}  // namespace rekey::authority

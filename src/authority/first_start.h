// What a folder needs before it can serve: a tenant, the known scopes, an admin package.
//
// Each step looks at what is there and adds what is missing, so that a crash between two of them is
// mended by the next start.
#pragma once

#include "authority/admin_secret.h"
#include "authority/authority.h"
#include "authority/change.h"
#include "base/result.h"
#include "crypto/root_key.h"

namespace rekey::authority {

// Creates the tenant with the names that the options give, or random ones, and registers every
// scope that this program knows and the tenant does not.
[[nodiscard]] base::Result<Tenant> ensure_tenant(Changes& changes, const AuthorityOptions& options,
                                                 const crypto::RootKey& root_key);

// Makes the admin package and its admin.json where there is no such package.
[[nodiscard]] base::Status ensure_admin_package(Changes& changes, platform::Files& files,
                                                const DataFolder& folder, ValueKeys& keys);

}  // namespace rekey::authority

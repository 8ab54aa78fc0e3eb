// Random identifiers: client ids, tenant names, business units. None of them is a secret.
#pragma once

#include <string>

#include "credential/ids.h"

namespace rekey::authority {

// 24 characters of [a-z0-9] (contract section 3.4).
[[nodiscard]] credential::ClientId random_client_id();
// "mc" and 26 characters of [a-z0-9] (contract section 8.3).
[[nodiscard]] std::string random_tenant_name();
// A number of 9 digits (contract section 3.4).
[[nodiscard]] credential::BusinessUnitId random_business_unit();

}  // namespace rekey::authority

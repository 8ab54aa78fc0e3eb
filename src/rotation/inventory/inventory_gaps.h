// What an integration of an inventory lacks to be rotated in time. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rotation/inventory/inventory.h"

namespace rekey::rotation {

// The tenant of the first inventory that `rekey inventory init` writes: nobody's.
inline constexpr std::string_view kExampleTenant = "mc0123456789abcdefghijklmnop";

// "client id", "owner", "consumers", "end date", and what its issuer lacks: what nobody has filled
// in, in this order; empty where nothing is missing.
[[nodiscard]] std::vector<std::string> find_gaps(const Inventory& inventory);

// "auth_url (still the example's)".
[[nodiscard]] std::vector<std::string> find_issuer_gaps(const DriverSpec& issuer);

}  // namespace rekey::rotation

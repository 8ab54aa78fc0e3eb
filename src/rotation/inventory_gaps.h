// What an integration of an inventory lacks to be rotated in time. Pure.
#pragma once

#include <string>
#include <vector>

#include "rotation/inventory.h"

namespace rekey::rotation {

// "client id", "owner", "consumers", "end date": what nobody has filled in, in this order; empty
// where nothing is missing.
[[nodiscard]] std::vector<std::string> find_gaps(const Inventory& inventory);

}  // namespace rekey::rotation

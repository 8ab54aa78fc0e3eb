// The sources of usage that there are, beside the issuers' own. A new one is a line in registry.cc.
#pragma once

#include <vector>

#include "rotation/drivers/registry.h"

namespace rekey::rotation {

[[nodiscard]] std::vector<UsageSourceKind> usage_source_kinds();

}  // namespace rekey::rotation

// The probes that are built in. A new one is a line in registry.cc.
#pragma once

#include <vector>

#include "rotation/drivers/registry.h"

namespace rekey::rotation {

[[nodiscard]] std::vector<ProbeKind> probe_kinds();

}  // namespace rekey::rotation

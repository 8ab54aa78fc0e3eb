// The sinks that are built in. A new one is a line in registry.cc.
#pragma once

#include <vector>

#include "rotation/drivers/registry.h"

namespace rekey::rotation {

[[nodiscard]] std::vector<SinkKind> sink_kinds();

}  // namespace rekey::rotation

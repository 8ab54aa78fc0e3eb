// The calls on contacts (contract section 4.1).
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::contacts {

[[nodiscard]] std::span<const Route> routes();

}  // namespace rekey::engagement::contacts

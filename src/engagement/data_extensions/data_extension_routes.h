// The calls on data extensions (contract sections 4.2 to 4.4).
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::data_extensions {

[[nodiscard]] std::span<const Route> definition_routes();
[[nodiscard]] std::span<const Route> row_routes();
[[nodiscard]] std::span<const Route> read_routes();
[[nodiscard]] std::span<const Route> async_routes();

}  // namespace rekey::engagement::data_extensions

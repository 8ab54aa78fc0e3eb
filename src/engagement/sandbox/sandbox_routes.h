// The calls on the sandbox itself, for its administrator: fill it, empty it, read its mails and
// all that it holds.
// Marketing Cloud has nothing like them.
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::sandbox {

[[nodiscard]] std::span<const Route> routes();
[[nodiscard]] std::span<const Route> mail_routes();
[[nodiscard]] std::span<const Route> clock_routes();
[[nodiscard]] std::span<const Route> fault_routes();
[[nodiscard]] std::span<const Route> export_routes();

}  // namespace rekey::engagement::sandbox

// The calls on sends: definitions and messages of the transactional API (contract section 4.6),
// triggered sends (4.5), and what the readers of mails ask for.
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::sends {

[[nodiscard]] std::span<const Route> definition_routes();
[[nodiscard]] std::span<const Route> message_routes();
[[nodiscard]] std::span<const Route> triggered_routes();
[[nodiscard]] std::span<const Route> reader_routes();

}  // namespace rekey::engagement::sends

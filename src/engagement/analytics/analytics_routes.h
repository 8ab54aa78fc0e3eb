// Analytics over REST (contract sections 3.7 and 4.8); tracking events are SOAP's alone.
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::analytics {

[[nodiscard]] std::span<const Route> campaign_routes();
[[nodiscard]] std::span<const Route> audit_routes();

}  // namespace rekey::engagement::analytics

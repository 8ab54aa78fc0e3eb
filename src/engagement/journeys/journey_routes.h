// The calls on journeys (contract section 4.7).
#pragma once

#include <span>

#include "engagement/route.h"

namespace rekey::engagement::journeys {

// All of them but the entry of a contact (contract section 2.6).
inline constexpr std::string_view kJourneysScope = "journeys_read";

[[nodiscard]] std::span<const Route> event_definition_routes();
[[nodiscard]] std::span<const Route> journey_routes();
[[nodiscard]] std::span<const Route> running_routes();
[[nodiscard]] std::span<const Route> member_routes();
[[nodiscard]] std::span<const Route> history_routes();

// {"message":…,"errorcode":…,"documentation":""}, as Journey Builder words its errors.
[[nodiscard]] tl::unexpected<Refusal> refuse_journey(int status, int errorcode,
                                                     std::string_view message);

}  // namespace rekey::engagement::journeys

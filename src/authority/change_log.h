// Log lines about committed events. Secrets appear by fingerprint; pure but for the logger.
#pragma once

#include <string_view>
#include <vector>

#include "authority/event_codec.h"
#include "credential/lifecycle.h"
#include "telemetry/logger.h"

namespace rekey::authority {

// `state`: the integration after the event.
void log_event(telemetry::Logger& logger, const credential::Integration& state,
               const credential::Event& event);
// A PolicyChanged is told with log_policy_change().
void log_event(telemetry::Logger& logger, const TenantEvent& event, std::string_view actor);
// `changed`: the settings that have another value than before.
void log_policy_change(telemetry::Logger& logger, base::Instant at, std::string_view actor,
                       const std::vector<credential::PolicySetting>& changed);

}  // namespace rekey::authority

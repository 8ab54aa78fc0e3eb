// Log lines about committed events. Secrets appear by fingerprint; pure but for the logger.
#pragma once

#include "authority/event_codec.h"
#include "credential/lifecycle.h"
#include "telemetry/logger.h"

namespace rekey::authority {

// `state`: the integration after the event.
void log_event(telemetry::Logger& logger, const credential::Integration& state,
               const credential::Event& event);
void log_event(telemetry::Logger& logger, const TenantEvent& event);

}  // namespace rekey::authority

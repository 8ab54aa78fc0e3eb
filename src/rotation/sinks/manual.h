// The sink "manual": a field of a form that only a person can fill in, such as a vendor's page.
// docs/sinks/manual.md is its page.
#pragma once

#include "rotation/drivers/registry.h"

namespace rekey::rotation {

// Its keys: where (the way to the form), field (as it is labelled), url, notes.
[[nodiscard]] SinkKind manual_sink();

// Pure: the card of a place that is described by these settings.
[[nodiscard]] Card manual_card(const DriverSpec& spec, const HandOver& task);

}  // namespace rekey::rotation

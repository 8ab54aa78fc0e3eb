// The sink "manual": a vendor's form that a person fills in. docs/sinks/manual.md is its page.
#pragma once

#include <memory>
#include <string>

#include "rotation/by_hand_sink.h"
#include "rotation/registry.h"

namespace rekey::rotation {

// Its keys: where (a URL or the screen's name), field, instructions, max_length.
[[nodiscard]] SinkKind manual_sink();

// Pure: the card of a place that is described by the settings above.
[[nodiscard]] std::string manual_card(const DriverSpec& spec, const HandOver& task);

}  // namespace rekey::rotation

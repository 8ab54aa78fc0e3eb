// The layers of a finding, for people.
#pragma once

#include <span>
#include <string>

#include "discovery/finding.h"

namespace rekey::discovery {

// "compressed in base64" of layers that are told from the outermost inward; empty where there is
// none.
[[nodiscard]] std::string layers_text(std::span<const Layer> layers);

}  // namespace rekey::discovery

// The part of rekey.yaml that says where copies of the secrets are looked for. For inventory.cc
// alone: yaml-cpp stays in this room.
#pragma once

#include <filesystem>

#include "rotation/inventory/inventory.h"
#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {

// Relative paths start at `folder`. Whatever is wrong is noted, with its place.
[[nodiscard]] DiscoveryRules read_discovery(const YAML::Node& node,
                                            const std::filesystem::path& folder,
                                            Problems& problems);

}  // namespace rekey::rotation

// The workflows of an integration in rekey.yaml. For inventory.cc alone: yaml-cpp stays in this
// room.
#pragma once

#include <vector>

#include "rotation/inventory/workflow.h"
#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {

// Whatever is wrong is noted, with its place: shapes, names that no earlier step captures, a token
// in an address.
[[nodiscard]] std::vector<Workflow> read_workflows(const YAML::Node& node, Problems& problems);

}  // namespace rekey::rotation

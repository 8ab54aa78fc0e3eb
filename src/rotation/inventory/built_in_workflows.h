// Workflows that are built in: written in the inventory's own words, with parameters, each in a
// file of src/rotation/workflows that stands in the binary. An item of `workflows` with the key
// `use` is one of them; docs/workflows has a page for each.
//
// In a template $(name) stands for a parameter's text, percent-encoded in a url; as a key of a
// mapping, $(...name) stands for all entries of a parameter that is a mapping. What a user gives is
// never taken for a ${name} of the workflow.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {

struct BuiltInParameter {
  std::string name;
  std::string help;
  std::string fallback;  // empty: none
  bool is_needed = false;
  bool is_mapping = false;
};

// Of a name of inventory_keys::kBuiltInNames.
[[nodiscard]] std::vector<BuiltInParameter> parameters_of(std::string_view built_in);

[[nodiscard]] bool is_built_in(const YAML::Node& item);
// The item as it would be written without `use`; nullopt with the problems noted.
[[nodiscard]] std::optional<YAML::Node> write_out(const YAML::Node& item, Problems& problems);

}  // namespace rekey::rotation

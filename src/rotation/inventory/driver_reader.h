// Reads the mapping of an issuer, a sink or a probe against what its kind declares. Knows no kind.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/inventory/driver_kind.h"
#include "rotation/inventory/yaml_mapping.h"

namespace rekey::rotation {

// Absolute and in its shortest spelling; a relative one starts at `folder`. Empty stays empty.
[[nodiscard]] std::string resolve_path(const std::filesystem::path& folder,
                                       const std::string& path);

template <typename Kind>
[[nodiscard]] std::vector<const DriverKind*> kinds_of(const std::vector<Kind>& all) {
  std::vector<const DriverKind*> known;
  for (const Kind& one : all) known.push_back(&one.kind);
  return known;
}

// What is wrong goes to `problems`: a kind that is not among `kinds` with the nearest one that is,
// an unknown key likewise, a missing or malformed one, and what the kind itself finds. The location
// is empty then. `what` names the mapping in messages: "sink".
[[nodiscard]] DriverSpec read_driver(const YAML::Node& node, std::string_view what,
                                     std::span<const DriverKind* const> kinds,
                                     const std::filesystem::path& folder, Problems& problems);

}  // namespace rekey::rotation

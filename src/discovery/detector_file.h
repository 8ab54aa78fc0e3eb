// Detectors of the user's own, from a YAML file: docs/discovery.md has its keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/detector.h"

namespace rekey::discovery {

inline constexpr std::size_t kMostOwnDetectors = 32;

// kInvalidArgument names the place and what is wrong there: "own.yaml:3:5: …".
[[nodiscard]] base::Result<std::vector<Detector>> read_detectors(const std::string& path,
                                                                 std::string_view text);

}  // namespace rekey::discovery

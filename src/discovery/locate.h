// From a hit to the record that a rotation needs: format, key path, part, and whether the sink
// `file` could rewrite it.
#pragma once

#include <string>
#include <string_view>

#include "discovery/finding.h"
#include "discovery/matcher.h"

namespace rekey::discovery {

// Larger files are none that a sink edits.
inline constexpr std::size_t kLargestDocument = std::size_t{4} << 20;

struct Located {
  std::string format;
  std::string key_path;
  std::string part;
  std::string not_rewritable;  // why; empty: it can be
};

// `document` is the whole file of the place.
[[nodiscard]] Located locate(const Place& place, std::string_view document, const Hit& hit);

// The format of documents/ that the file's name or its first bytes tell; empty where neither does.
[[nodiscard]] std::string_view format_of(std::string_view path, std::string_view document);

}  // namespace rekey::discovery

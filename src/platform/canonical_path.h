// One spelling for every path of a place.
#pragma once

#include <string>

namespace rekey::platform {

// The path, absolute, without links, "." and "..", as far as it is there; as it was given where the
// system cannot tell.
[[nodiscard]] std::string without_links(const std::string& path);

}  // namespace rekey::platform

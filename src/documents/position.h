// Offsets as people count them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::documents {

// "line 3, column 7", both from 1; a column is a byte.
[[nodiscard]] std::string describe_position(std::string_view document, std::size_t offset);

// kCorrupt: what the document has there that no reader takes.
[[nodiscard]] tl::unexpected<base::Error> corrupt_at(std::string_view document, std::size_t offset,
                                                     std::string_view what);

}  // namespace rekey::documents

// Offsets as people count them.
#pragma once

#include <string>
#include <string_view>

namespace rekey::documents {

// "line 3, column 7", both from 1; a column is a byte.
[[nodiscard]] std::string describe_position(std::string_view document, std::size_t offset);

}  // namespace rekey::documents

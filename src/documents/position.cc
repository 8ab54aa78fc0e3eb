#include "documents/position.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::documents {

std::string describe_position(std::string_view document, std::size_t offset) {
  const auto before = document.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", line, before.size() - line_start + 1);
}

tl::unexpected<base::Error> corrupt_at(std::string_view document, std::size_t offset,
                                       std::string_view what) {
  return base::fail(base::Code::kCorrupt,
                    fmt::format("{}: {}", describe_position(document, offset), what));
}

}  // namespace rekey::documents

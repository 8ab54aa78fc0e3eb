// Text for HTML pages. Pure.
#pragma once

#include <string>
#include <string_view>

namespace rekey::base {

// `text` as character data or as a quoted attribute's value (HTML section 13.1); hidden characters
// (printable.h) are shown escaped.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace rekey::base

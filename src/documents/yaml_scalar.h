// Scalars of YAML: what a text means, and how a value is written.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::documents {

// Whether YAML 1.2 (section 5.1) may stand it in a document as it is; not a line break or a tab.
[[nodiscard]] bool is_yaml_printable(std::uint32_t point) noexcept;

// The bytes of the double-quoted escape in front of `text` (YAML 1.2 section 5.7), or 0 where it is
// none; an escaped line break is none.
[[nodiscard]] std::size_t yaml_escape_length(std::string_view text) noexcept;

// Whether some reader of YAML 1.1 or 1.2 takes the plain text for null, a truth value, a number or
// a date, or for more than a text.
[[nodiscard]] bool is_yaml_other_type(std::string_view text) noexcept;

// What a scalar of one line means, quotes included. Its escapes are whole.
[[nodiscard]] base::Secret decode_yaml(std::string_view text);

// `present` is the text that stands there now. `value` is UTF-8.
[[nodiscard]] base::Secret encode_yaml(std::string_view present, std::string_view value,
                                       bool keeps_ascii);

}  // namespace rekey::documents

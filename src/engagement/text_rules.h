// What texts have to look like, wherever they come in. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace rekey::engagement {

// Of valid UTF-8.
[[nodiscard]] std::size_t character_count(std::string_view text) noexcept;

// Without the blanks, tabs and line ends around it.
[[nodiscard]] std::string_view without_blanks(std::string_view text) noexcept;

// One "@", something before it, a domain with a point after it, no spaces; at most 254 characters.
[[nodiscard]] bool is_email_address(std::string_view text) noexcept;

// 1 to `longest` characters, none of them a control character. kInvalidArgument naming `what`.
[[nodiscard]] base::Status check_name(std::string_view what, std::string_view text,
                                      std::size_t longest);

}  // namespace rekey::engagement

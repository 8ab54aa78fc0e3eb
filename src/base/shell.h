// Commands that people copy into a shell.
#pragma once

#include <string>
#include <string_view>

namespace rekey::base {

// As a POSIX shell takes it for one word: in single quotes, unless every character is plain.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace rekey::base

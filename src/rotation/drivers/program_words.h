// What a program of the user's said before it failed, as far as it may be shown: such a program may
// print what it reads, and what is shown goes into the journal. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace rekey::rotation {

// ": its last line is \"…\"" of the output's last line that is not empty, cut to kLongestLastLine
// bytes and with nothing hidden in it. Where a longer part of one of the values stands in it, as it
// is, percent-encoded, in hex or in base64, the line is left out and the text says so; so is a line
// whose begin is not there, because `output` was cut (`is_cut`). Empty where nothing was said.
inline constexpr std::size_t kLongestLastLine = 200;
[[nodiscard]] std::string last_line_of(std::string_view output, bool is_cut,
                                       const std::vector<base::Secret>& values);

// True where a longer part of one of the values stands in `text` in one of those forms, or where
// something looks like a secret of Rekey's or Marketing Cloud's form, whole or cut off.
[[nodiscard]] bool holds_secret(std::string_view text, const std::vector<base::Secret>& values);
[[nodiscard]] bool holds_secret(std::string_view text, const std::vector<std::string_view>& values);
// `text`; where it holds a secret, a sentence in its place that says so.
[[nodiscard]] std::string without_values(std::string text, const std::vector<base::Secret>& values);
[[nodiscard]] std::string without_values(std::string text,
                                         const std::vector<std::string_view>& values);

}  // namespace rekey::rotation

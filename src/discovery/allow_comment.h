// The inline comment that says that a finding is meant: "rekey:allow REASON", in the line of the
// value or alone in the line before it. Without a reason it allows nothing. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey::discovery {

inline constexpr std::size_t kLongestReason = 200;

// The reason; cut at kLongestReason bytes, without what closes the comment. nullopt where the line
// has no such comment, or one without a reason.
[[nodiscard]] std::optional<std::string> reason_in(std::string_view line);

// Of the value that begins at `at`.
[[nodiscard]] std::optional<std::string> reason_for(std::string_view text, std::size_t at);

}  // namespace rekey::discovery

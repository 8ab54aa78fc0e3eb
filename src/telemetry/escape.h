// Text for a log line: one JSON string that cannot end the line, colour a terminal or hide its
// rest.
#pragma once

#include <string>
#include <string_view>

namespace rekey::telemetry {

// Longer texts are cut there, at a character's edge, and end in U+2026.
inline constexpr std::size_t kLongestTextBytes = 1024;

// Appends `text` with quotes as RFC 8259 section 7 has it. Besides what must be escaped, hidden
// characters (base/printable.h) and the line separators U+2028 and U+2029 are; a byte that is not
// UTF-8 becomes U+FFFD.
void append_quoted(std::string& line, std::string_view text);

}  // namespace rekey::telemetry

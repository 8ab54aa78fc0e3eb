#include "telemetry/escape.h"

#include <algorithm>

#include "base/printable.h"
#include "base/text.h"

namespace rekey::telemetry {
namespace {

// The first character of a text that is not empty, or its first byte where none starts there.
std::string_view first_character(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (base::is_valid_utf8(text.substr(0, length))) return text.substr(0, length);
  }
  return text.substr(0, 1);
}

void append_character(std::string& line, std::string_view character) {
  if (character == "\"" || character == "\\") {
    line += '\\';
    line += character;
  } else if (character == "\n") {
    line += "\\n";
  } else if (character == "\xe2\x80\xa8") {
    line += "\\u2028";
  } else if (character == "\xe2\x80\xa9") {
    line += "\\u2029";
  } else {
    line += base::escape_hidden(character, base::EscapeForm::kJson);
  }
}

}  // namespace

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  std::size_t used_bytes = 0;
  while (used_bytes < text.size()) {
    const auto character = first_character(text.substr(used_bytes));
    if (used_bytes + character.size() > kLongestTextBytes) {
      line += "\xe2\x80\xa6";
      break;
    }
    append_character(line, character);
    used_bytes += character.size();
  }
  line += '"';
}

}  // namespace rekey::telemetry

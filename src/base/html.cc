#include "base/html.h"

#include "base/printable.h"

namespace rekey::base {

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : escape_hidden(text, EscapeForm::kBraces)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace rekey::base

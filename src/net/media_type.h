// What a Content-Type says (RFC 9110 section 8.3.1).
#pragma once

#include <string_view>

namespace rekey::net {

// The media type alone: parameters such as charset are left out.
[[nodiscard]] constexpr std::string_view media_type_of(std::string_view content_type) noexcept {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) {
    content_type.remove_suffix(1);
  }
  return content_type;
}

}  // namespace rekey::net

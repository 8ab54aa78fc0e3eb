// Where the record that ends a zip stands in the last bytes of a file.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace rekey::discovery {

// The place of the last "PK\5\6" (APPNOTE.TXT 4.3.16); npos where there is none. Every script and
// program is asked for it: std::string_view::rfind compares at each byte.
[[nodiscard]] inline std::size_t last_zip_mark(std::string_view bytes) noexcept {
  constexpr std::string_view kMark{"PK\x05\x06"};
  std::size_t end = bytes.size();
  while (end > 0) {
    const void* const found = ::memrchr(bytes.data(), kMark.front(), end);
    if (found == nullptr) break;
    end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (bytes.substr(end).starts_with(kMark)) return end;
  }
  return std::string_view::npos;
}

}  // namespace rekey::discovery

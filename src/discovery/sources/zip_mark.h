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

// Whether a file begins with a zip's first member or, where it has none, with its last record; also
// behind the mark of one that was to be split (APPNOTE.TXT 8.5.3 and 8.5.4). Other texts begin with
// "PK" too.
[[nodiscard]] inline bool begins_as_zip(std::string_view first_bytes) noexcept {
  constexpr std::string_view kMember{"PK\x03\x04"};
  const bool is_split = first_bytes.starts_with("PK00") || first_bytes.starts_with("PK\x07\x08");
  if (is_split) return first_bytes.substr(4).starts_with(kMember);
  return first_bytes.starts_with(kMember) || first_bytes.starts_with("PK\x05\x06");
}

}  // namespace rekey::discovery

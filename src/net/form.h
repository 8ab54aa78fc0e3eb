// application/x-www-form-urlencoded bodies and query strings, read in place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rekey::net {

// Decodes into its own fixed buffer; allocates nothing. At most 32 fields and 8 KiB. A duplicate
// name is an error (RFC 6749 section 3.2: parameters MUST NOT be included more than once), as are
// bad percent signs, NUL bytes and invalid UTF-8.
class FlatForm {
 public:
  struct Member {
    std::string_view name;
    std::string_view value;
  };
  // False with problem() set, a static phrase. Views live until the next parse or forget. An empty
  // piece between two '&' is skipped; a name without '=' has an empty value. A field of the name
  // `repeatable` may occur more than once: its first value counts, and is_repeated() tells.
  [[nodiscard]] bool parse(std::string_view text, std::string_view repeatable = {}) noexcept;
  [[nodiscard]] const Member* find(std::string_view name) const noexcept;
  [[nodiscard]] bool is_repeated() const noexcept { return is_repeated_; }
  [[nodiscard]] std::string_view problem() const noexcept { return problem_; }
  // Wipes what the last parse decoded; call it when the request is answered. Cheap.
  void forget() noexcept;

 private:
  [[nodiscard]] bool fail(std::string_view problem) noexcept;
  [[nodiscard]] bool decode(std::string_view piece, std::string_view& decoded) noexcept;
  [[nodiscard]] bool add(std::string_view piece, std::string_view repeatable) noexcept;

  std::array<char, 8 * 1024> buffer_{};
  std::array<Member, 32> members_{};
  std::size_t count_ = 0;
  std::size_t used_ = 0;  // of the buffer
  bool is_repeated_ = false;
  std::string_view problem_;
};

}  // namespace rekey::net

// A client's id and secret in HTTP Basic authentication (RFC 6749 section 2.3.1, RFC 7617).
#pragma once

#include <array>
#include <string_view>

namespace rekey::authority {

// Whether an Authorization header is of the Basic scheme.
[[nodiscard]] bool uses_basic(std::string_view authorization) noexcept;

// Decodes into its own fixed buffer; allocates nothing. One thread.
class BasicCredentials {
 public:
  // `authorization`: a whole header of that scheme. Both halves are form-encoded, neither is empty.
  // False where it is malformed. Views live until the next read or forget.
  [[nodiscard]] bool read(std::string_view authorization);
  [[nodiscard]] std::string_view id() const noexcept { return id_; }
  [[nodiscard]] std::string_view secret() const noexcept { return secret_; }
  // Wipes what the last read decoded; call it when the request is answered. Cheap.
  void forget() noexcept;

 private:
  std::array<char, 6 * 1024> buffer_{};  // of a header of 8 KiB
  std::size_t used_ = 0;
  std::string_view id_;
  std::string_view secret_;
};

}  // namespace rekey::authority

// HMAC-SHA-256 (RFC 2104, FIPS 198-1) with the key's work done once.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "crypto/digest.h"

namespace rekey::crypto {

// Holds the two hash states that the key leads to, so a message costs its own blocks and one more.
// A message allocates nothing.
class HmacSha256 {
 public:
  // Any length; the caller keeps and wipes it.
  explicit HmacSha256(std::string_view key);
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  ~HmacSha256();

  [[nodiscard]] Digest operator()(std::string_view message) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::crypto

// SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace rekey::crypto {

using Digest = std::array<std::uint8_t, 32>;

// Incremental; one thread at a time. add() length-prefixes nothing: callers frame their fields.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  ~Sha256();
  Sha256& add(std::span<const std::uint8_t> bytes);
  Sha256& add(std::string_view text);
  // Adds an 8-byte big-endian number: the framing of variable-length fields.
  Sha256& add_number(std::uint64_t number);
  [[nodiscard]] Digest finish();  // and starts anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Digest sha256(std::string_view text);

}  // namespace rekey::crypto

// Text that is put together in a buffer of fixed size: what the hot path writes without allocating.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/assert.h"

namespace rekey::authority {

// Aborts where what is appended does not fit: the sizes are bounded by those who append.
template <std::size_t kCapacity>
class FixedText {
 public:
  void clear() noexcept { size_ = 0; }
  void append(std::string_view text) noexcept {
    REKEY_ASSERT(text.size() <= kCapacity - size_);
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void append(std::int64_t number) noexcept {
    const auto end = std::to_chars(bytes_.data() + size_, bytes_.data() + kCapacity, number);
    REKEY_ASSERT(end.ec == std::errc{});
    size_ = static_cast<std::size_t>(end.ptr - bytes_.data());
  }
  // Room for so many characters, and how many of them were used.
  [[nodiscard]] std::span<char> room(std::size_t size) noexcept {
    REKEY_ASSERT(size <= kCapacity - size_);
    return {bytes_.data() + size_, size};
  }
  void advance(std::size_t size) noexcept { size_ += size; }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kCapacity> bytes_;
  std::size_t size_ = 0;
};

}  // namespace rekey::authority

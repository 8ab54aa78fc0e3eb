// Ids as Marketing Cloud spells them: random GUIDs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rekey::engagement {

// Fills the bytes with randomness; any thread.
using FillRandom = std::function<void(std::span<std::uint8_t>)>;

// Any thread.
class Ids {
 public:
  explicit Ids(FillRandom fill_random) : fill_random_(std::move(fill_random)) {}
  // A version 4 UUID in lower case (RFC 9562 section 5.4).
  [[nodiscard]] std::string guid() const;

 private:
  FillRandom fill_random_;
};

// 8-4-4-4-12 hexadecimal digits in either case.
[[nodiscard]] bool is_guid(std::string_view text) noexcept;

}  // namespace rekey::engagement

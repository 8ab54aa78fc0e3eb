// Strong identifiers: a number or a short text that cannot be mistaken for another's.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace rekey::base {

// A positive number given out by the ledger's database; 0 means "none yet".
template <typename Tag>
struct NumberId {
  std::int64_t value = 0;
  friend auto operator<=>(const NumberId&, const NumberId&) = default;
};

// A short text with its own alphabet, checked where it enters the program.
template <typename Tag>
struct TextId {
  std::string value;
  friend auto operator<=>(const TextId&, const TextId&) = default;
};

}  // namespace rekey::base

template <typename Tag>
struct std::hash<rekey::base::NumberId<Tag>> {
  std::size_t operator()(const rekey::base::NumberId<Tag>& id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};

template <typename Tag>
struct std::hash<rekey::base::TextId<Tag>> {
  std::size_t operator()(const rekey::base::TextId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.value);
  }
};

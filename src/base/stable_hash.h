// A number that follows from a text, and is the same on every machine and in every version: to
// spread things that have a name. No secret, and no protection against who chooses the text.
#pragma once

#include <cstdint>
#include <string_view>

namespace rekey::base {

// FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
[[nodiscard]] constexpr std::uint64_t stable_hash(std::string_view text) noexcept {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace rekey::base

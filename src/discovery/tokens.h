// Words of an alphabet around places of a text: what a value may be, as far as it goes on. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "discovery/detector.h"
#include "discovery/layers.h"

namespace rekey::discovery {

inline constexpr std::size_t kAlphabets = 6;

// A word that reaches farther to a side is cut there: no value is so long.
inline constexpr std::size_t kLongestToken = 4097;

// The word around `core`. An '=' in front separates a name from its value, dots behind end a
// sentence.
[[nodiscard]] Span token_around(std::string_view text, Span core, Alphabet alphabet,
                                std::size_t longest = kLongestToken);

// The same for many places of one text: as long as they come in order, each byte is walked over
// once or twice for an alphabet, however many places one long word holds.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  [[nodiscard]] Span around(Span core, Alphabet alphabet);
  [[nodiscard]] std::uint64_t walked_bytes() const noexcept { return walked_bytes_; }

 private:
  // What is known from the place before.
  struct Last {
    Span core;
    Span token;
    std::size_t end = 0;     // of the word, with the dots behind it
    bool is_joined = false;  // the core itself is of the alphabet
  };

  std::string_view text_;
  std::array<Last, kAlphabets> last_{};
  std::uint64_t walked_bytes_ = 0;
};

}  // namespace rekey::discovery

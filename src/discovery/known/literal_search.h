// Looks for texts as they are, whatever stands in them and around them: for secrets of which the
// value is at hand and whose forms have no window (crypto/known_tags.h).
//
// Immutable once it is built, so threads share it.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/known_tags.h"

namespace rekey::discovery {

struct Literal {
  crypto::FormText form;
  std::size_t secret = 0;  // whose: the caller's own numbering
};

class LiteralSearch {
 public:
  // What is shorter stands in many files by chance, and cannot be looked for.
  static constexpr std::size_t kShortestBytes = 8;

  // None is shorter.
  explicit LiteralSearch(std::vector<Literal> literals);

  struct Hit {
    std::size_t begin = 0;
    const Literal* literal = nullptr;  // one of the searcher's own
  };
  // In the order of their last bytes. One pass, however many there are; none where there are none.
  [[nodiscard]] std::vector<Hit> search(std::string_view bytes) const;

 private:
  static constexpr std::size_t kFilterBits = std::size_t{1} << 16U;

  struct Entry {
    std::uint32_t hash;  // of the last kShortestBytes: secrets that begin alike end apart
    std::size_t literal;
  };
  [[nodiscard]] static std::uint32_t hash_of(const char* last) noexcept;

  std::vector<Literal> literals_;
  std::vector<Entry> entries_;                        // ordered by hash
  std::unique_ptr<std::bitset<kFilterBits>> filter_;  // of the upper bits of the hashes
};

}  // namespace rekey::discovery

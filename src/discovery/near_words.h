// Whether words stand near places of a text, in any case. Pure; one thread.
//
// What was read around one place is not read again for the next: as long as places come in order,
// each byte is gone over about once for a list of words, however many places there are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/layers.h"

namespace rekey::discovery {

class NearWords {
 public:
  explicit NearWords(std::string_view text) : text_(text) {}

  // Whether one of the words, which are in lower case, stands within the span. The list stays where
  // it is.
  [[nodiscard]] bool has_any(Span span, const std::vector<std::string>& words);
  [[nodiscard]] std::uint64_t read_bytes() const noexcept { return read_bytes_; }

 private:
  struct Seen {
    Span read;
    std::optional<Span> last;  // word in it
  };
  // The word in the span that begins last.
  [[nodiscard]] std::optional<Span> last_in(Span span, const std::vector<std::string>& words);

  std::string_view text_;
  std::map<const std::vector<std::string>*, Seen> seen_;
  std::uint64_t read_bytes_ = 0;
};

}  // namespace rekey::discovery

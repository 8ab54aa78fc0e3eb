#include "discovery/tokens.h"

#include <algorithm>

namespace rekey::discovery {
namespace {

// A word of lower case or hexadecimal digits ends where one of any letters does.
Alphabet widened(Alphabet alphabet) noexcept {
  return alphabet == Alphabet::kLowerDigits || alphabet == Alphabet::kHex ? Alphabet::kAlphanumeric
                                                                          : alphabet;
}

bool is_joined(Alphabet wide, char c) noexcept {
  return c != '=' && holds(wide, c);
}

}  // namespace

Span token_around(std::string_view text, Span core, Alphabet alphabet, std::size_t longest) {
  const Alphabet wide = widened(alphabet);
  Span token = core;
  while (token.begin > 0 && is_joined(wide, text[token.begin - 1]) &&
         core.begin - token.begin < longest) {
    --token.begin;
  }
  while (token.end < text.size() && holds(wide, text[token.end]) &&
         token.end - core.end < longest) {
    ++token.end;
  }
  while (token.end > core.end && text[token.end - 1] == '.') --token.end;
  return token;
}

Span Tokens::around(Span core, Alphabet alphabet) {
  const Alphabet wide = widened(alphabet);
  Last& last = last_[static_cast<std::size_t>(wide)];
  if (last.core == core && core.end > 0) return last.token;
  const bool is_behind = core.begin >= last.core.end;
  const std::size_t stop = is_behind ? last.core.end : 0;
  Span token = core;
  while (token.begin > stop && is_joined(wide, text_[token.begin - 1]) &&
         core.begin - token.begin < kLongestToken) {
    --token.begin;
  }
  walked_bytes_ += core.begin - token.begin;
  if (is_behind && token.begin == stop && last.is_joined) {
    token.begin = std::max(last.token.begin, core.begin - std::min(core.begin, kLongestToken));
  }
  // Up to where the word before went, every byte is of the alphabet.
  if (is_behind) token.end = std::max(token.end, last.end);
  const std::size_t from = token.end;
  while (token.end < text_.size() && holds(wide, text_[token.end]) &&
         token.end - core.end < kLongestToken) {
    ++token.end;
  }
  walked_bytes_ += token.end - from;
  const std::size_t end = token.end;
  if (is_behind && end == last.end) {
    token.end = std::max(core.end, last.token.end);
  } else if (end - core.end < kLongestToken) {
    while (token.end > core.end && text_[token.end - 1] == '.') --token.end;
    walked_bytes_ += end - token.end;
  }
  last = {core, token, end, core.begin < core.end && is_joined(wide, text_[core.begin])};
  return token;
}

}  // namespace rekey::discovery

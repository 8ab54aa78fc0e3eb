#include "discovery/near_words.h"

#include <algorithm>

#include "base/secret.h"
#include "base/text.h"

namespace rekey::discovery {

std::optional<Span> NearWords::last_in(Span span, const std::vector<std::string>& words) {
  const std::string_view text = text_.substr(span.begin, span.end - span.begin);
  read_bytes_ += text.size();
  std::string lower(text.size(), '\0');
  std::transform(text.begin(), text.end(), lower.begin(), base::to_lower);
  std::optional<Span> last;
  for (const std::string& word : words) {
    for (std::size_t at = lower.find(word); at != std::string::npos;
         at = lower.find(word, at + 1)) {
      const std::size_t begin = span.begin + at;
      if (!last || begin >= last->begin) last = Span{begin, begin + word.size()};
    }
  }
  base::wipe(lower.data(), lower.size());
  return last;
}

bool NearWords::has_any(Span span, const std::vector<std::string>& words) {
  if (words.empty()) return false;
  span.end = std::min(span.end, text_.size());
  Seen& seen = seen_[&words];
  if (span.begin < seen.read.begin || span.begin > seen.read.end) {
    seen = {{span.begin, span.begin}, std::nullopt};
  }
  if (span.end > seen.read.end) {
    std::size_t longest = 0;
    for (const std::string& word : words) longest = std::max(longest, word.size());
    // A word may have begun in what was read before.
    const std::size_t from =
        std::max(seen.read.begin, seen.read.end - std::min(seen.read.end, longest - 1));
    if (const auto last = last_in({from, span.end}, words)) seen.last = last;
    seen.read.end = span.end;
  }
  if (!seen.last || seen.last->begin < span.begin) return false;
  // It may stand behind the span, where somebody asked before.
  return seen.last->end <= span.end || last_in(span, words).has_value();
}

}  // namespace rekey::discovery

#include "discovery/context.h"

#include <algorithm>
#include <array>

#include "base/secret.h"
#include "base/text.h"
#include "discovery/detector.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kMostStepped = 8;    // words between a name and its value
constexpr std::size_t kMostLineFeeds = 2;  // between them
constexpr std::size_t kWidestGap = 48;     // bytes that are no word
constexpr std::size_t kValueSize = 24;     // a word so long is a value, not a name
constexpr std::size_t kClientIdSize = 24;

bool is_of_name(char c) noexcept {
  return holds(Alphabet::kUrl, c) || c == '.' || c == '$';
}

// Words that stand between a name and its value.
bool is_structural(std::string_view key) {
  constexpr std::array<std::string_view, 21> kWords{
      "value",   "type",   "securestring", "string", "enabled",     "true",   "false",
      "default", "text",   "plaintext",    "base64", "const",       "quot",   "name",
      "b64enc",  "secure", "sensitive",    "str",    "description", "values", "encrypted"};
  return key.size() < 2 || std::find(kWords.begin(), kWords.end(), key) != kWords.end();
}

}  // namespace

std::string nearest_key(std::string_view left) {
  std::size_t at = left.size();
  std::size_t line_feeds = 0;
  for (std::size_t stepped = 0; stepped < kMostStepped; ++stepped) {
    const std::size_t gap_end = at;
    while (at > 0 && !is_of_name(left[at - 1])) {
      --at;
      line_feeds += left[at] == '\n' ? 1 : 0;
    }
    if (at == 0 || line_feeds > kMostLineFeeds || gap_end - at > kWidestGap) return {};
    const std::size_t end = at;
    while (at > 0 && is_of_name(left[at - 1])) --at;
    const std::string_view word = left.substr(at, end - at);
    const bool is_of_list = word.size() >= kValueSize && end < left.size() &&
                            std::string_view(",;|\t").find(left[end]) != std::string_view::npos;
    if (is_of_list) continue;
    std::string key = normalise_key(word);
    if (!is_structural(key)) return key;
  }
  return {};
}

bool has_word_near(std::string_view text, const std::vector<std::string>& words) {
  std::string lower;
  lower.reserve(text.size());
  for (const char c : text) lower += base::to_lower(c);
  const bool has = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return lower.find(word) != std::string::npos;
  });
  base::wipe(lower.data(), lower.size());
  return has;
}

bool ends_in_client_id(std::string_view left) noexcept {
  if (left.size() < kClientIdSize + 1 || left.back() != ':') return false;
  const std::string_view id = left.substr(left.size() - 1 - kClientIdSize, kClientIdSize);
  const bool is_longer = left.size() > kClientIdSize + 1 &&
                         holds(Alphabet::kUrl, left[left.size() - kClientIdSize - 2]);
  return !is_longer &&
         std::all_of(id.begin(), id.end(), [](char c) { return holds(Alphabet::kLowerDigits, c); });
}

std::size_t value_behind(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_of_name(text[at])) ++at;
  std::size_t line_feeds = 0;
  for (std::size_t stepped = 0; stepped < kMostStepped; ++stepped) {
    const std::size_t gap = at;
    while (at < text.size() && !holds(Alphabet::kUrl, text[at])) {
      line_feeds += text[at] == '\n' ? 1 : 0;
      if (++at - gap > kWidestGap || line_feeds > kMostLineFeeds) return std::string_view::npos;
    }
    std::size_t end = at;
    while (end < text.size() && holds(Alphabet::kDotted, text[end])) ++end;
    if (end == at) return std::string_view::npos;
    if (end - at >= kValueSize) return at;
    at = end;
  }
  return std::string_view::npos;
}

}  // namespace rekey::discovery

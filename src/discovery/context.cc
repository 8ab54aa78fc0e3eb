#include "discovery/context.h"

#include <algorithm>
#include <array>

#include "base/secret.h"
#include "base/text.h"
#include "credential/secret_format.h"
#include "discovery/detector.h"

namespace rekey::discovery {
namespace {

constexpr std::size_t kMostStepped = 8;    // words between a name and its value
constexpr std::size_t kMostLineFeeds = 2;  // between them
constexpr std::size_t kWidestGap = 48;     // bytes that are no word
constexpr std::size_t kValueSize = 24;     // a word so long is a value, not a name
constexpr std::size_t kClientIdSize = 24;
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestHead = 4096;  // a line of a table
constexpr std::string_view kSeparators = ",;\t|";

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

// Whether the value at [begin, end) is followed by another of the same list: "a,b", ["a", "b"], and
// the items of YAML.
bool is_list_item(std::string_view left, std::size_t begin, std::size_t end) {
  const bool is_quoted = end < left.size() && (left[end] == '"' || left[end] == '\'');
  const std::size_t behind = end + (is_quoted ? 1 : 0);
  if (behind >= left.size()) return false;
  if (std::string_view(",;|\t").find(left[behind]) != std::string_view::npos) return true;
  const std::string_view before = left.substr(0, begin - (is_quoted && begin > 0 ? 1 : 0));
  return before.ends_with("- ") && (left[behind] == '\n' || left[behind] == '\r');
}

}  // namespace

std::string_view without_variant(std::string_view key) noexcept {
  constexpr std::array<std::string_view, 26> kVariants{
      "production", "prod",    "preprod",  "development", "dev",     "staging", "stage",
      "testing",    "test",    "uat",      "qa",          "sandbox", "live",    "local",
      "old",        "new",     "previous", "prev",        "next",    "current", "primary",
      "secondary",  "default", "backup",   "value",       "s"};
  constexpr std::size_t kMostVariants = 3;
  std::string_view bare = key;
  for (std::size_t i = 0; i < kMostVariants; ++i) {
    std::size_t size = 0;
    while (size < bare.size() && bare[bare.size() - 1 - size] >= '0' &&
           bare[bare.size() - 1 - size] <= '9') {
      ++size;
    }
    for (const std::string_view variant : kVariants) {
      if (size == 0 && bare.ends_with(variant)) size = variant.size();
    }
    if (size == bare.size()) return key;
    if (size == 0) break;
    bare.remove_suffix(size);
  }
  return bare;
}

TableHead table_head(std::string_view text) {
  std::string_view line = text.substr(0, std::min(text.find('\n'), kLongestHead + 1));
  if (line.size() > kLongestHead || line.size() == text.size()) return {};
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  const std::size_t first = line.find_first_of(kSeparators);
  if (first == std::string_view::npos) return {};
  TableHead head{line[first], {}};
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(head.separator, begin), line.size());
    const std::string_view cell = line.substr(begin, end - begin);
    const bool is_name = std::all_of(cell.begin(), cell.end(), [](char c) {
      return is_of_name(c) || c == ' ' || c == '"' || c == '\r';
    });
    if (!is_name) return {};
    head.names.push_back(normalise_key(cell));
    begin = end + 1;
  }
  return head;
}

std::string_view column_name(const TableHead& head, std::string_view text, std::size_t at) {
  if (head.names.empty()) return {};
  const std::string_view near =
      text.substr(at - std::min(at, kLongestHead), std::min(at, kLongestHead));
  const std::size_t feed = near.rfind('\n');
  if (feed == std::string_view::npos) return {};
  std::size_t column = 0;
  bool is_quoted = false;
  for (const char c : near.substr(feed + 1)) {
    is_quoted = is_quoted != (c == '"');
    column += c == head.separator && !is_quoted ? 1 : 0;
  }
  return column < head.names.size() ? std::string_view(head.names[column]) : std::string_view();
}

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
    if (word.size() >= kValueSize && is_list_item(left, at, end)) {
      line_feeds = 0;
      continue;
    }
    std::string key = normalise_key(word);
    if (!is_structural(key)) return key;
  }
  return {};
}

bool ends_in_client_id(std::string_view left) noexcept {
  if (left.size() < kClientIdSize + 1 || left.back() != ':') return false;
  const std::string_view id = left.substr(left.size() - 1 - kClientIdSize, kClientIdSize);
  const bool is_longer = left.size() > kClientIdSize + 1 &&
                         holds(Alphabet::kUrl, left[left.size() - kClientIdSize - 2]);
  return !is_longer &&
         std::all_of(id.begin(), id.end(), [](char c) { return holds(Alphabet::kLowerDigits, c); });
}

bool begins_with_paired_secret(std::string_view right) noexcept {
  constexpr std::size_t kLegacySize = 24;
  if (!right.starts_with(':')) return false;
  right.remove_prefix(1);
  std::size_t size = 0;
  while (size < right.size() && size <= credential::kSecretSize &&
         holds(Alphabet::kUrl, right[size])) {
    ++size;
  }
  return size == kLegacySize || size == credential::kSecretSize;
}

std::size_t value_behind(std::string_view text, std::size_t at, std::size_t shortest) noexcept {
  const std::size_t name_limit = at + kLongestName;
  while (at < text.size() && is_of_name(text[at])) {
    if (++at > name_limit) return std::string_view::npos;
  }
  std::size_t line_feeds = 0;
  for (std::size_t stepped = 0; stepped < kMostStepped; ++stepped) {
    const std::size_t gap = at;
    while (at < text.size() && !holds(Alphabet::kUrl, text[at])) {
      line_feeds += text[at] == '\n' ? 1 : 0;
      if (++at - gap > kWidestGap || line_feeds > kMostLineFeeds) return std::string_view::npos;
    }
    std::size_t end = at;
    while (end < text.size() && end - at < shortest && holds(Alphabet::kDotted, text[end])) ++end;
    if (end == at) return std::string_view::npos;
    if (end - at >= shortest) return at;
    at = end;
  }
  return std::string_view::npos;
}

}  // namespace rekey::discovery

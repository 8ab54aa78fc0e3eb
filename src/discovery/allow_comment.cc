#include "discovery/allow_comment.h"

#include <algorithm>
#include <array>

#include "discovery/detector.h"

namespace rekey::discovery {
namespace {

constexpr std::string_view kMark = "rekey:allow";
constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kLongestLine = 4096;  // of which the ends are looked at

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

// Whether the line before holds a comment and nothing else.
bool is_comment_line(std::string_view line) {
  constexpr std::array<std::string_view, 8> kOpen{"#", "//", "/*", "<!--", ";", "--", "*", "{{!"};
  const std::string_view text = trimmed(line);
  return std::any_of(kOpen.begin(), kOpen.end(),
                     [&](std::string_view open) { return text.starts_with(open); });
}

}  // namespace

std::optional<std::string> reason_in(std::string_view line) {
  const std::size_t mark = line.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(mark + kMark.size());
  if (rest.empty() || kBlanks.find(rest.front()) == std::string_view::npos) return std::nullopt;
  constexpr std::array<std::string_view, 4> kClose{"*/", "-->", "}}", "#}"};
  for (const std::string_view close : kClose) rest = rest.substr(0, rest.find(close));
  rest = trimmed(rest);
  const bool has_words = std::any_of(rest.begin(), rest.end(),
                                     [](char c) { return holds(Alphabet::kAlphanumeric, c); });
  if (!has_words) return std::nullopt;
  return std::string(rest.substr(0, kLongestReason));
}

std::optional<std::string> reason_for(std::string_view text, std::size_t at) {
  const std::size_t low = at - std::min(at, kLongestLine);
  const std::string_view before = text.substr(low, at - low);
  const std::size_t feed = before.rfind('\n');
  const std::size_t begin = feed == std::string_view::npos ? low : low + feed + 1;
  const std::size_t end = std::min(text.substr(at, kLongestLine).find('\n'), kLongestLine);
  if (auto reason = reason_in(text.substr(begin, at + end - begin))) return reason;
  if (feed == std::string_view::npos) return std::nullopt;
  const std::string_view above = before.substr(0, feed);
  const std::size_t other = above.rfind('\n');
  const auto line = above.substr(other == std::string_view::npos ? 0 : other + 1);
  return is_comment_line(line) ? reason_in(line) : std::nullopt;
}

}  // namespace rekey::discovery

#include "rotation/inventory/line_changes.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

constexpr std::size_t kAround = 3;

void add_line(std::string& body, char mark, std::string_view line) {
  body += mark;
  body += line;
  if (!body.ends_with('\n')) body += '\n';
}

// Those of `changes` whose surroundings touch stand in one hunk.
std::size_t count_in_hunk(std::span<const LineChange> changes) {
  std::size_t count = 1;
  while (count < changes.size()) {
    const LineChange& last = changes[count - 1];
    if (changes[count].at > last.at + last.removed + 2 * kAround) break;
    ++count;
  }
  return count;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string apply_changes(const std::vector<std::string>& lines,
                          std::span<const LineChange> changes) {
  const bool has_crlf = !lines.empty() && lines.front().ends_with("\r\n");
  const std::string_view line_end = has_crlf ? "\r\n" : "\n";
  std::string text;
  std::size_t at = 0;
  for (const LineChange& change : changes) {
    while (at < change.at) text += lines[at++];
    if (!text.empty() && !text.ends_with('\n')) text += line_end;
    for (const std::string& line : change.lines) text.append(line).append(line_end);
    at += change.removed;
    const bool was_open = change.removed > 0 && !lines[at - 1].ends_with('\n');
    if (was_open && !change.lines.empty()) text.resize(text.size() - line_end.size());
  }
  while (at < lines.size()) text += lines[at++];
  return text;
}

std::string unified_diff(const std::string& path, const std::vector<std::string>& lines,
                         std::span<const LineChange> changes) {
  std::string diff;
  std::size_t added = 0;
  std::size_t removed = 0;
  while (!changes.empty()) {
    const auto hunk = changes.first(count_in_hunk(changes));
    changes = changes.subspan(hunk.size());
    const std::size_t begin = hunk.front().at - std::min(hunk.front().at, kAround);
    const std::size_t end = std::min(hunk.back().at + hunk.back().removed + kAround, lines.size());
    std::string body;
    std::size_t plus = 0;
    std::size_t minus = 0;
    std::size_t at = begin;
    for (const LineChange& change : hunk) {
      while (at < change.at) add_line(body, ' ', lines[at++]);
      for (std::size_t i = 0; i < change.removed; ++i) add_line(body, '-', lines[at++]);
      for (const std::string& line : change.lines) add_line(body, '+', line);
      plus += change.lines.size();
      minus += change.removed;
    }
    while (at < end) add_line(body, ' ', lines[at++]);
    diff += fmt::format("@@ -{},{} +{},{} @@\n{}", begin + 1, end - begin,
                        begin + 1 + added - removed, end - begin + plus - minus, body);
    added += plus;
    removed += minus;
  }
  if (diff.empty()) return diff;
  return fmt::format("--- {0}\n+++ {0}\n{1}", path, diff);
}

}  // namespace rekey::rotation

#include "discovery/git/codeowners.h"

#include <algorithm>

#include "base/text.h"
#include "discovery/git/refs.h"
#include "discovery/git/tree_lookup.h"

namespace rekey::discovery::git {
namespace {

// GitHub ignores a file above 3 MB.
constexpr std::uint64_t kLargestFileBytes = 3'000'000;
constexpr std::string_view kAnyFolders = "**";

// Words of a line, up to a comment. A backslash keeps a space in a pattern, and stays before every
// other character, where it is the pattern's.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      ++i;
      if (line[i] != ' ' && line[i] != '#') word += c;
      word += line[i];
    } else if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
    } else if (c == '#' && word.empty()) {
      break;
    } else {
      word += c;
    }
  }
  end_word();
  return words;
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    if (!segment.empty()) segments.push_back(segment);
  }
  return segments;
}

// '*' stands for any characters and '?' for one, within a segment.
bool matches_segment(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t in_text = 0;
  std::size_t star = std::string_view::npos;  // the last one, and where in the text it was tried
  std::size_t star_text = 0;
  while (in_text < text.size()) {
    const bool is_escape = at + 1 < pattern.size() && pattern[at] == '\\';
    const bool is_star = at < pattern.size() && pattern[at] == '*';
    if (is_star) {
      star = at++;
      star_text = in_text;
    } else if (at < pattern.size() && ((pattern[at] == '?' && !is_escape) ||
                                       pattern[is_escape ? at + 1 : at] == text[in_text])) {
      at += is_escape ? 2 : 1;
      ++in_text;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in_text = ++star_text;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

// "[Section]", "^[Optional section][2] @default-owner": what follows the brackets.
std::optional<std::string_view> after_section(std::string_view line) {
  if (line.starts_with('^')) line.remove_prefix(1);
  if (!line.starts_with('[')) return std::nullopt;
  while (line.starts_with('[')) {
    const auto close = line.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    line.remove_prefix(close + 1);
  }
  return line;
}

}  // namespace

CodeOwners CodeOwners::parse(std::string_view text) {
  CodeOwners file;
  std::size_t section = 0;
  std::vector<std::string> default_owners;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    if (const auto rest = after_section(line.substr(first))) {
      section = file.sections_++;
      default_owners = words_of(*rest);
      continue;
    }
    auto words = words_of(line);
    // Neither service knows negation.
    if (words.empty() || words[0].starts_with('!')) continue;
    Rule rule;
    rule.section = section;
    std::string_view pattern = words[0];
    const auto slash = pattern.find('/');
    const bool is_anywhere = slash == std::string_view::npos || slash + 1 == pattern.size();
    if (is_anywhere) rule.segments.emplace_back(kAnyFolders);
    rule.is_folder = pattern.ends_with('/');
    for (const auto segment : split_path(pattern)) rule.segments.emplace_back(segment);
    rule.owners.assign(words.begin() + 1, words.end());
    if (rule.owners.empty()) rule.owners = default_owners;
    file.rules_.push_back(std::move(rule));
  }
  return file;
}

bool CodeOwners::matches(const Rule& rule, const std::vector<std::string_view>& path) {
  // reached[i]: the segments of the pattern so far match the first i segments of the path.
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (const auto& segment : rule.segments) {
    std::vector<bool> next(path.size() + 1, false);
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (segment == kAnyFolders) {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else {
        next[i] = i > 0 && reached[i - 1] && matches_segment(segment, path[i - 1]);
      }
    }
    reached = std::move(next);
  }
  if (reached[path.size()] && !rule.is_folder) return true;
  // What names a folder owns what is in it; "docs/*" names the files of docs, and no folder.
  const bool is_files_only =
      !rule.segments.empty() && rule.segments.back() == "*" && !rule.is_folder;
  return !is_files_only && std::find(reached.begin(), reached.end() - 1, true) != reached.end() - 1;
}

std::vector<std::string> CodeOwners::owners(std::string_view path) const {
  const auto segments = split_path(path);
  std::vector<const Rule*> last(sections_, nullptr);
  for (const auto& rule : rules_) {
    if (matches(rule, segments)) last[rule.section] = &rule;
  }
  std::vector<std::string> owners;
  for (const auto* const rule : last) {
    if (rule == nullptr) continue;
    for (const auto& owner : rule->owners) {
      if (std::find(owners.begin(), owners.end(), owner) == owners.end()) owners.push_back(owner);
    }
  }
  return owners;
}

base::Result<std::optional<CodeOwners>> read_code_owners(ObjectStore& store) {
  const auto head = read_head(store.repository());
  if (!head) return std::nullopt;
  auto reader = store.reader(kLargestFileBytes);
  REKEY_TRY(const auto tree, tree_of(reader, *head));
  TreeLookup lookup(store.reader(kLargestFileBytes), tree, store.hash_bytes());
  for (const auto place : kCodeOwnersPlaces) {
    REKEY_TRY(const auto found, lookup.find(place));
    if (!found) continue;
    REKEY_TRY(const auto file, reader.read(found->id));
    return CodeOwners::parse(base::text_of(file.content()));
  }
  return std::nullopt;
}

}  // namespace rekey::discovery::git

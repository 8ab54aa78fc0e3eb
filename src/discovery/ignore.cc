#include "discovery/ignore.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace rekey::discovery {
namespace {

constexpr std::string_view kBlanks = " \t";

struct NamedClass {
  std::size_t size = 0;             // bytes of the pattern; 0: it is none
  bool (*holds)(char c) = nullptr;  // nullptr: no such name, and it holds nothing
};

// "[:digit:]" within brackets (POSIX.1-2017, XBD 9.3.5), in the locale "C" as git has them.
NamedClass named_class(std::string_view pattern) {
  struct Row {
    std::string_view name;
    bool (*holds)(char c);
  };
  constexpr auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  constexpr auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  constexpr auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  constexpr auto is_alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr auto is_graph = [](char c) { return c > ' ' && c <= '~'; };
  static constexpr std::array<Row, 12> kRows{{
      {"alnum", is_alnum},
      {"alpha", [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }},
      {"blank", [](char c) { return c == ' ' || c == '\t'; }},
      {"cntrl", [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }},
      {"digit", is_digit},
      {"graph", is_graph},
      {"lower", is_lower},
      {"print", [](char c) { return c >= ' ' && c <= '~'; }},
      {"punct",
       [](char c) {
         return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
                (c > 'z' && c <= '~');
       }},
      {"space", [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }},
      {"upper", is_upper},
      {"xdigit",
       [](char c) {
         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
       }},
  }};
  if (!pattern.starts_with("[:")) return {};
  const std::size_t end = pattern.find(":]", 2);
  if (end == std::string_view::npos) return {};
  const std::string_view name = pattern.substr(2, end - 2);
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) { return one.name == name; });
  return {end + 2, row == kRows.end() ? nullptr : row->holds};
}

// How many bytes of `pattern` a bracket expression takes, and whether it holds `c`; 0: it is none.
std::pair<std::size_t, bool> bracket(std::string_view pattern, char c) {
  std::size_t at = 1;
  const bool is_negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (is_negated) ++at;
  bool is_in = false;
  for (bool is_first = true; at < pattern.size(); is_first = false) {
    if (pattern[at] == ']' && !is_first) return {at + 1, is_in != is_negated};
    if (const auto named = named_class(pattern.substr(at)); named.size != 0) {
      is_in = is_in || (named.holds != nullptr && named.holds(c));
      at += named.size;
      continue;
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    is_in = is_in || (low <= c && c <= high);
  }
  return {0, false};
}

// How many bytes of `pattern` fit the character; 0: they do not.
std::size_t fits_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    const auto [size, is_in] = bracket(pattern, c);
    if (size != 0) return is_in ? size : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  return pattern[0] == c ? 1 : 0;
}

// One part against one name. Where a later star is reached, earlier ones need not move again.
bool fits_part(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    const bool is_star = p < pattern.size() && pattern[p] == '*';
    const std::size_t taken =
        p < pattern.size() && !is_star ? fits_one(pattern.substr(p), name[n]) : 0;
    if (is_star) {
      star = p++;
      star_name = n;
    } else if (taken != 0) {
      p += taken;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

bool fits_pattern(std::string_view pattern, std::string_view path) {
  const auto wanted = parts_of(pattern);
  const auto parts = parts_of(path);
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_part = 0;
  while (n < parts.size()) {
    const bool is_star = p < wanted.size() && wanted[p] == "**";
    // What lies in a folder, and not the folder itself.
    if (is_star && p + 1 == wanted.size()) return true;
    if (is_star) {
      star = p++;
      star_part = n;
    } else if (p < wanted.size() && fits_part(wanted[p], parts[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_part;
    } else {
      return false;
    }
  }
  return p == wanted.size();
}

IgnoreRules IgnoreRules::parse(std::string_view text) {
  IgnoreRules rules;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t feed = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, feed);
    text.remove_prefix(std::min(feed + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && kBlanks.find(line.back()) != std::string_view::npos &&
           (line.size() < 2 || line[line.size() - 2] != '\\')) {
      line.remove_suffix(1);
    }
    if (line.empty() || line[0] == '#') continue;
    Rule rule;
    rule.takes_in = line[0] == '!';
    if (rule.takes_in) line.remove_prefix(1);
    rule.is_for_folders = line.ends_with('/');
    if (rule.is_for_folders) line.remove_suffix(1);
    rule.is_anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    rule.pattern = line;
    rules.rules_.push_back(std::move(rule));
  }
  return rules;
}

std::optional<bool> IgnoreRules::leaves_out(std::string_view path, bool is_folder) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->is_for_folders && !is_folder) continue;
    const bool fits =
        rule->is_anchored ? fits_pattern(rule->pattern, path) : fits_part(rule->pattern, name);
    if (fits) return !rule->takes_in;
  }
  return std::nullopt;
}

bool is_left_out(const IgnoreChain* chain, std::string_view path, bool is_folder) {
  for (; chain != nullptr; chain = chain->outer.get()) {
    if (path.size() <= chain->folder.size() + 1) continue;
    const auto verdict = chain->rules.leaves_out(path.substr(chain->folder.size() + 1), is_folder);
    if (verdict) return *verdict;
  }
  return false;
}

std::string excludes_file_in(std::string_view git_config) {
  bool is_in_core = false;
  std::string file;
  while (!git_config.empty()) {
    const std::size_t feed = std::min(git_config.find('\n'), git_config.size());
    std::string_view line = git_config.substr(0, feed);
    git_config.remove_prefix(std::min(feed + 1, git_config.size()));
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
    if (line[0] == '[') {
      is_in_core = base::equal_ignoring_case(line, "[core]");
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!is_in_core || equals == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, line.find_first_of(" \t="));
    if (!base::equal_ignoring_case(name, "excludesfile")) continue;
    const auto value = line.find_first_not_of(" \t\"", equals + 1);
    file = value == std::string_view::npos ? "" : line.substr(value);
    if (file.ends_with('"')) file.pop_back();
  }
  return file;
}

}  // namespace rekey::discovery

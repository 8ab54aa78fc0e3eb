// Which files a tree's own rules leave out: gitignore(5). Pure.
//
// Rules come from a chain of files, the nearest first; within one file the last pattern that fits
// decides. A folder that is left out is not entered, so that nothing below it can be taken in
// again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::discovery {

// Whether the pattern's parts, divided by '/', fit those of the path: '*', '?', '[a-z]', and "**"
// for any number of parts. Linear in pattern times path.
[[nodiscard]] bool fits_pattern(std::string_view pattern, std::string_view path);

class IgnoreRules {
 public:
  // The text of a .gitignore file.
  [[nodiscard]] static IgnoreRules parse(std::string_view text);
  // `path` is relative to the folder of the file. true: left out; false: taken in again; nullopt:
  // the rules do not say.
  [[nodiscard]] std::optional<bool> leaves_out(std::string_view path, bool is_folder) const;
  [[nodiscard]] bool is_empty() const noexcept { return rules_.empty(); }

 private:
  struct Rule {
    std::string pattern;
    bool takes_in = false;  // began with '!'
    bool is_for_folders = false;
    bool is_anchored = false;  // fits the whole path, and not the name alone
  };
  std::vector<Rule> rules_;
};

// Rules of folders that lie in each other.
struct IgnoreChain {
  IgnoreRules rules;
  std::string folder;  // absolute, without a slash at its end; that the patterns are relative to
  std::shared_ptr<const IgnoreChain> outer;
};

// `path`: absolute, below every folder of the chain.
[[nodiscard]] bool is_left_out(const IgnoreChain* chain, std::string_view path, bool is_folder);

// The value of core.excludesFile in the text of a git configuration file; empty where it has none.
// A "~/" at its beginning stays.
[[nodiscard]] std::string excludes_file_in(std::string_view git_config);

}  // namespace rekey::discovery

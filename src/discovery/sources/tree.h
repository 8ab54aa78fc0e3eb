// File trees: every file below the roots, hidden ones and binaries too.
//
// Symbolic links below a root are not followed: what they lead to is read where it lies, if that is
// below a root. A folder that is a git repository brings its ignore rules (gitignore(5)) unless
// they are switched off; its store (the folder .git, or all of a bare one) is left out.
#pragma once

#include <string>
#include <vector>

#include "discovery/source.h"
#include "discovery/sources/contents.h"

namespace rekey::discovery {

struct TreeOptions {
  std::vector<std::string> roots;
  bool keeps_ignore_rules = true;
  bool leaves_out_stores = true;  // else another source reads them, and the coverage is silent
  std::string global_excludes;    // the text of git's core.excludesFile; may be empty
  ArchiveLimits limits;
};

class TreeSource final : public Source {
 public:
  explicit TreeSource(TreeOptions options) : options_(std::move(options)) {}
  [[nodiscard]] base::Status run(unsigned threads, Visitor& visitor, Coverage& coverage) override;
  // After run: the folders that are git repositories, work trees and bare ones, in order. Their
  // stores were not read.
  [[nodiscard]] const std::vector<std::string>& repositories() const noexcept {
    return repositories_;
  }

 private:
  TreeOptions options_;
  std::vector<std::string> repositories_;
};

}  // namespace rekey::discovery

// File trees: every file below the roots, hidden ones and binaries too.
//
// Symbolic links below a root are not followed: what they lead to is read where it lies, if that is
// below a root. A folder that is a git repository brings its ignore rules (gitignore(5)) unless
// they are switched off. Of its own folder (.git, or a bare one) all is read but the store of
// objects; or all of it is left out. What lies below several roots is read once.
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
  // After run: the folders that are git repositories, work trees and bare ones, in order; last
  // those that lie in another one's own folder. Their objects were not read.
  [[nodiscard]] const std::vector<std::string>& repositories() const noexcept {
    return repositories_;
  }

 private:
  TreeOptions options_;
  std::vector<std::string> repositories_;
};

}  // namespace rekey::discovery

// The stores of git repositories: every object, whatever still leads to it.
//
// First every object is looked at once, without a path; where one holds something, the paths and
// commits in which it stands are found out, and it is shown to the visitor for each of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "discovery/matcher.h"
#include "discovery/source.h"
#include "discovery/sources/contents.h"

namespace rekey::discovery {

// Of these repositories, each store once, though several worktrees have it; then those of
// submodules that lie within them and were not named. What cannot be opened is a problem of the
// coverage.
[[nodiscard]] std::vector<std::string> stores_of(const std::vector<std::string>& repositories,
                                                 Coverage& coverage);

class GitStoreSource final : public Source {
 public:
  enum class What {
    kEverything,  // packed, loose, dangling; messages of commits and tags too
    kStaged,      // files of the index that differ from HEAD
  };
  // Larger objects are given in windows alone: archives in them are not opened.
  static constexpr std::uint64_t kLargestHeldBytes = std::uint64_t{512} << 20;

  // `path`: a work tree, a bare repository, or a ".git" file. The matcher outlives the source.
  // `index_path`: of what is staged, another index than the repository's own; empty: that one.
  GitStoreSource(std::string path, const Matcher& matcher, What what, std::string index_path = {},
                 std::uint64_t largest_held_bytes = kLargestHeldBytes)
      : path_(std::move(path)),
        matcher_(matcher),
        what_(what),
        index_path_(std::move(index_path)),
        largest_held_bytes_(largest_held_bytes) {}
  [[nodiscard]] base::Status run(unsigned threads, Visitor& visitor, Coverage& coverage) override;

 private:
  std::string path_;
  const Matcher& matcher_;
  What what_;
  std::string index_path_;
  std::uint64_t largest_held_bytes_;
};

}  // namespace rekey::discovery

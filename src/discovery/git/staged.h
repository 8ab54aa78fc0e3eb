// What the next commit would bring: files of the index that differ from HEAD, for a hook that runs
// before a commit.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/git/object_id.h"
#include "discovery/git/object_store.h"

namespace rekey::discovery::git {

struct StagedFile {
  std::string path;
  ObjectId id;  // read it through ObjectStore::reader
  std::uint32_t mode = 0;
  unsigned stage = 0;  // 1 to 3 while a merge is not resolved: both sides count
};

// Of the worktree that the store was opened at, by path. Removed files bring nothing; commits of
// submodules and files that are only announced have no content here. A hook may be run with another
// index (`git commit --only`): `index_path` names it, empty for the worktree's own. An error where
// the index cannot be read; where HEAD's tree cannot, every file of the index counts as staged and
// that is a problem.
[[nodiscard]] base::Result<std::vector<StagedFile>> staged_files(ObjectStore& store,
                                                                 const std::string& index_path);

}  // namespace rekey::discovery::git

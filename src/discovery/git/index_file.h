// The index of a worktree (gitformat-index, versions 2 to 4): what the next commit would hold.
//
// Pure but for read_index. Split and sparse indexes are read too.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/git/object_id.h"
#include "discovery/git/repository.h"

namespace rekey::discovery::git {

struct IndexFile {
  ObjectId id;
  std::uint32_t mode = 0;  // kTreeMode: a whole folder of a sparse index, its path ends in '/'
  unsigned stage = 0;      // 1 to 3: base, ours and theirs of a merge that is not resolved
  bool is_announced_only = false;  // "git add --intent-to-add": it has no content yet
  std::string path;
};

struct SplitIndex {
  ObjectId shared;  // the file "sharedindex.ID" that this index changes
  std::vector<bool> deleted;
  std::vector<bool> replaced;
};

struct IndexContent {
  std::vector<IndexFile> files;
  std::optional<SplitIndex> split;
};

// kCorrupt, or kUnsupported for a version or an extension that must be understood and is not.
[[nodiscard]] base::Result<IndexContent> parse_index(std::span<const std::uint8_t> bytes,
                                                     std::size_t hash_bytes);

// The whole index of a worktree, a split one put together; empty where there is none yet.
[[nodiscard]] base::Result<std::vector<IndexFile>> read_index(const Repository& repository,
                                                              const Worktree& worktree);
// The same from a file that stands for the opened worktree's index for a while; kNotFound without
// it.
[[nodiscard]] base::Result<std::vector<IndexFile>> read_index_at(const Repository& repository,
                                                                 const std::string& path);

}  // namespace rekey::discovery::git

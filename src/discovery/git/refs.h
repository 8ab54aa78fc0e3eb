// What holds objects alive in a repository: branches, tags, remote branches, heads of worktrees,
// the stash, notes, and the reflogs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "discovery/git/object_id.h"
#include "discovery/git/problems.h"
#include "discovery/git/repository.h"

namespace rekey::discovery::git {

enum class TipKind : std::uint8_t {
  kRef,     // a branch, tag, remote branch or other ref; HEAD of a worktree
  kStash,   // every entry of the stash
  kNote,    // refs/notes/…
  kReflog,  // where a ref has been: a reflog, or ORIG_HEAD, FETCH_HEAD and their like
};

struct Tip {
  ObjectId id;
  TipKind kind = TipKind::kRef;
  std::string name;  // "refs/heads/main", "HEAD"; of a linked worktree "worktrees/NAME/HEAD"
  friend auto operator<=>(const Tip&, const Tip&) = default;
};

// Sorted, each once. Symbolic refs are followed. What cannot be read or understood is a problem: an
// object may then be called dangling though something holds it.
[[nodiscard]] std::vector<Tip> read_tips(const Repository& repository, Problems& problems);

// What HEAD of the worktree that was opened names; nullopt before the first commit.
[[nodiscard]] std::optional<ObjectId> read_head(const Repository& repository);

}  // namespace rekey::discovery::git

// Where hits stand: for each object that holds one, the paths, the commit that brought it, and what
// keeps it alive.
//
// Asked after a visit of what people wrote, with what was found there. Every place is told; commits
// that hold the same place are counted, not listed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "discovery/git/object_store.h"
#include "discovery/git/refs.h"

namespace rekey::discovery::git {

// What keeps a place alive, the strongest first. The first two are where a secret is used from; in
// the others it is exposed, and rotation is the cure.
enum class Standing : std::uint8_t {
  kTip,       // in the tree of a branch, tag or other ref as it is now
  kIndex,     // in the index of a worktree and in no tip
  kHistory,   // in a commit that a ref leads to, no longer in its tip
  kStash,     // reachable from the stash alone
  kNote,      // in notes
  kReflog,    // reachable from a reflog alone: until the reflog expires
  kDangling,  // reachable from nothing: until garbage is collected
};
// "tip", "index", "history", …
[[nodiscard]] std::string_view name_of(Standing standing) noexcept;

struct CommitFacts {
  ObjectId id;
  std::string author_name;  // bytes of the store: escape before showing
  std::string author_email;
  base::Instant authored;
};

struct Place {
  ObjectId object;
  ObjectType type = ObjectType::kBlob;
  std::string path;  // empty: of a commit or tag, and of a blob that no tree names
  Standing standing = Standing::kDangling;
  bool is_in_index = false;
  // The earliest commit that holds the object there while none of its parents in this store does.
  // Its author is whom to ask: the author of the version, not of each line. Of a commit or a tag:
  // itself and its author or tagger. nullopt where no commit holds the place.
  std::optional<CommitFacts> introduced_by;
  std::uint32_t introductions = 0;  // commits like that: it may come and go
  std::uint32_t commits = 0;        // that hold it there
  bool is_only_in_merges = false;   // only merges introduced it: no diff to one parent shows it all
  bool is_history_cut = false;      // the introducing commit has parents that are not in this store
  std::vector<std::string> refs;    // whose tips hold it, at most kMostRefs, sorted
};
inline constexpr std::size_t kMostRefs = 20;

struct Hit {
  ObjectId id;
  ObjectType type = ObjectType::kBlob;
};

// Sorted by object and path; at least one place for every hit. Every tree is read, and what it
// names and the store does not hold is told in the store's problems, as is what is not known of a
// place. Without any hit too: no tree was read before.
[[nodiscard]] std::vector<Place> attribute(ObjectStore& store, std::span<const Hit> hits,
                                           unsigned threads,
                                           const std::function<void(double)>& on_share = {});

}  // namespace rekey::discovery::git

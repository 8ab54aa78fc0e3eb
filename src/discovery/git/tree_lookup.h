// Paths in a commit's tree: what stands at one, and what stands below one. Each folder on the way
// is read once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "discovery/git/object_reader.h"

namespace rekey::discovery::git {

// Deeper folders do not fit a path of any file system that git checks out to.
inline constexpr int kDeepestFolder = 1024;

class TreeLookup {
 public:
  struct Found {
    std::uint32_t mode = 0;
    ObjectId id;
  };

  // `root` is the id of a tree; nullopt: the empty one, as before the first commit.
  TreeLookup(ObjectReader reader, std::optional<ObjectId> root, std::size_t hash_bytes)
      : reader_(std::move(reader)), root_(root), hash_bytes_(hash_bytes) {}

  // nullopt where nothing stands there; an error where a folder on the way cannot be read.
  [[nodiscard]] base::Result<std::optional<Found>> find(std::string_view path);

 private:
  using Folder = std::map<std::string, Found, std::less<>>;
  [[nodiscard]] base::Result<const Folder*> folder(std::string_view path, int depth);
  [[nodiscard]] base::Result<Folder> read(const ObjectId& tree);

  ObjectReader reader_;
  std::optional<ObjectId> root_;
  std::size_t hash_bytes_;
  std::unordered_map<std::string, Folder> folders_;
};

// The tree of a commit, or of a tag that leads to one.
[[nodiscard]] base::Result<ObjectId> tree_of(ObjectReader& reader, const ObjectId& commit);

// Calls `take` for every file below a tree, with its path below `prefix`. kLimitReached after
// `most` files or below kDeepestFolder.
[[nodiscard]] base::Status list_files(
    ObjectReader& reader, const ObjectId& tree, std::size_t hash_bytes, const std::string& prefix,
    std::size_t most,
    const std::function<void(const std::string& path, const TreeLookup::Found&)>& take);

}  // namespace rekey::discovery::git

// The insides of trees, commits and tags. Pure; views into the bytes that were given.
//
// Encodings of commits other than UTF-8 are left as they are: names are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "discovery/git/object_id.h"

namespace rekey::discovery::git {

inline constexpr std::uint32_t kTreeMode = 0040000;
inline constexpr std::uint32_t kLinkMode = 0160000;  // a commit of a submodule: not in this store

struct TreeEntry {
  std::uint32_t mode = 0;
  std::string_view name;
  const std::uint8_t* id = nullptr;  // so many bytes as the store's hash has
  [[nodiscard]] bool is_tree() const noexcept { return mode == kTreeMode; }
  [[nodiscard]] bool is_link() const noexcept { return mode == kLinkMode; }
};

class TreeReader {
 public:
  TreeReader(std::span<const std::uint8_t> tree, std::size_t hash_bytes) noexcept
      : left_(tree), hash_bytes_(hash_bytes) {}
  // nullopt at the end, or where the tree is broken.
  [[nodiscard]] std::optional<TreeEntry> next() noexcept;
  [[nodiscard]] bool is_at_end() const noexcept { return left_.empty(); }

 private:
  std::span<const std::uint8_t> left_;
  std::size_t hash_bytes_;
};

struct Person {
  std::string name;
  std::string email;
  base::Instant at;  // in UTC
};

struct CommitText {
  ObjectId tree;
  std::vector<ObjectId> parents;
  Person author;
  Person committer;
};
// nullopt where it has no tree.
[[nodiscard]] std::optional<CommitText> parse_commit(std::span<const std::uint8_t> bytes);

struct TagText {
  ObjectId target;
  std::optional<ObjectType> type;  // of the target
  std::string name;
  Person tagger;
};
[[nodiscard]] std::optional<TagText> parse_tag(std::span<const std::uint8_t> bytes);

// "A U Thor <author@example.com> 1112911993 -0700"; what is missing is empty.
[[nodiscard]] Person parse_person(std::string_view text);

}  // namespace rekey::discovery::git

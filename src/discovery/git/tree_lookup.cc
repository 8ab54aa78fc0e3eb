#include "discovery/git/tree_lookup.h"

#include <fmt/format.h>

#include <vector>

#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

using base::Code;

constexpr int kMostTags = 16;  // a tag of a tag of a tag …

base::Error is_no(const ObjectId& id, std::string_view what) {
  return {Code::kCorrupt, fmt::format("object {} is no {}", id.hex(), what)};
}

}  // namespace

base::Result<ObjectId> tree_of(ObjectReader& reader, const ObjectId& commit) {
  auto id = commit;
  for (int step = 0; step < kMostTags; ++step) {
    REKEY_TRY(const auto object, reader.read(id));
    if (object.type == ObjectType::kTree) return id;
    if (object.type == ObjectType::kCommit) {
      const auto parsed = parse_commit(object.content());
      if (!parsed) return tl::unexpected(is_no(id, "commit"));
      return parsed->tree;
    }
    const auto tag = object.type == ObjectType::kTag ? parse_tag(object.content()) : std::nullopt;
    if (!tag) return tl::unexpected(is_no(id, "commit"));
    id = tag->target;
  }
  return tl::unexpected(is_no(commit, "commit"));
}

base::Result<TreeLookup::Folder> TreeLookup::read(const ObjectId& tree) {
  REKEY_TRY(const auto object, reader_.read(tree));
  if (object.type != ObjectType::kTree) return tl::unexpected(is_no(tree, "tree"));
  Folder folder;
  TreeReader entries(object.content(), hash_bytes_);
  while (const auto entry = entries.next()) {
    folder.insert_or_assign(std::string(entry->name),
                            Found{entry->mode, ObjectId::of({entry->id, hash_bytes_})});
  }
  if (!entries.is_at_end()) return tl::unexpected(is_no(tree, "whole tree"));
  return folder;
}

// nullptr where there is no such folder.
base::Result<const TreeLookup::Folder*> TreeLookup::folder(std::string_view path, int depth) {
  if (!root_) return nullptr;
  const std::string key(path);
  if (const auto known = folders_.find(key); known != folders_.end()) return &known->second;
  if (depth > kDeepestFolder) {
    return base::fail(Code::kLimitReached, "its folders are nested too deep");
  }
  auto id = *root_;
  if (!path.empty()) {
    const auto slash = path.rfind('/');
    const bool is_at_root = slash == std::string_view::npos;
    REKEY_TRY(const auto* const parent,
              folder(is_at_root ? std::string_view() : path.substr(0, slash), depth + 1));
    if (parent == nullptr) return nullptr;
    const auto found = parent->find(is_at_root ? path : path.substr(slash + 1));
    if (found == parent->end() || found->second.mode != kTreeMode) return nullptr;
    id = found->second.id;
  }
  REKEY_TRY(auto content, read(id));
  return &folders_.emplace(key, std::move(content)).first->second;
}

base::Result<std::optional<TreeLookup::Found>> TreeLookup::find(std::string_view path) {
  const auto slash = path.rfind('/');
  const bool is_at_root = slash == std::string_view::npos;
  REKEY_TRY(const auto* const in,
            folder(is_at_root ? std::string_view() : path.substr(0, slash), 0));
  if (in == nullptr) return std::nullopt;
  const auto found = in->find(is_at_root ? path : path.substr(slash + 1));
  return found == in->end() ? std::nullopt : std::optional(found->second);
}

base::Status list_files(
    ObjectReader& reader, const ObjectId& tree, std::size_t hash_bytes, const std::string& prefix,
    std::size_t most,
    const std::function<void(const std::string& path, const TreeLookup::Found&)>& take) {
  struct Folder {
    ObjectId id;
    std::string path;
    int depth = 0;
  };
  std::size_t taken = 0;
  std::vector<Folder> left{{tree, prefix, 0}};
  while (!left.empty()) {
    const auto folder = std::move(left.back());
    left.pop_back();
    REKEY_TRY(const auto object, reader.read(folder.id));
    TreeReader entries(object.content(), hash_bytes);
    while (const auto entry = entries.next()) {
      if (++taken > most || folder.depth > kDeepestFolder) {
        return base::fail(Code::kLimitReached,
                          fmt::format("tree {} holds too many files, or too deep", tree.hex()));
      }
      const TreeLookup::Found found{entry->mode, ObjectId::of({entry->id, hash_bytes})};
      auto path = folder.path + std::string(entry->name);
      if (entry->is_tree()) {
        left.push_back({found.id, path + "/", folder.depth + 1});
      } else {
        take(path, found);
      }
    }
    if (!entries.is_at_end()) return tl::unexpected(is_no(folder.id, "whole tree"));
  }
  return {};
}

}  // namespace rekey::discovery::git

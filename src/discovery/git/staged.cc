#include "discovery/git/staged.h"

#include <filesystem>
#include <optional>
#include <system_error>

#include "discovery/git/index_file.h"
#include "discovery/git/object_text.h"
#include "discovery/git/refs.h"
#include "discovery/git/tree_lookup.h"

namespace rekey::discovery::git {
namespace {

constexpr std::uint64_t kLargestTreeBytes = 512ULL << 20;
constexpr std::size_t kMostFilesOfFolder = 1'000'000;  // of a folder of a sparse index

bool has_index(const Repository& repository) {
  std::error_code ignored;
  return std::filesystem::exists(repository.git_dir + "/index", ignored);
}

class Comparison {
 public:
  Comparison(ObjectStore& store, std::optional<ObjectId> head_tree)
      : store_(store),
        reader_(store.reader(kLargestTreeBytes)),
        head_(store.reader(kLargestTreeBytes), head_tree, store.hash_bytes()) {}

  void add(const IndexFile& file) {
    if (file.mode == kLinkMode || file.is_announced_only) return;
    if (file.mode == kTreeMode) return add_folder(file);
    if (file.stage == 0 && is_in_head(file.path, file.id)) return;
    staged_.push_back({file.path, file.id, file.mode, file.stage});
  }
  [[nodiscard]] std::vector<StagedFile> take() && { return std::move(staged_); }

 private:
  bool is_in_head(const std::string& path, const ObjectId& id) {
    const auto found = head_.find(path);
    if (found) return found->has_value() && (*found)->id == id;
    store_.problems().add(
        problem_of(found.error().code), "HEAD",
        "what it holds cannot be compared, so files count as staged: " + found.error().detail);
    return false;
  }

  void add_folder(const IndexFile& folder) {
    if (is_in_head(folder.path.substr(0, folder.path.size() - 1), folder.id)) return;
    const auto status =
        list_files(reader_, folder.id, store_.hash_bytes(), folder.path, kMostFilesOfFolder,
                   [&](const std::string& path, const TreeLookup::Found& found) {
                     if (found.mode == kLinkMode || is_in_head(path, found.id)) return;
                     staged_.push_back({path, found.id, found.mode, 0});
                   });
    if (status) return;
    store_.problems().add(problem_of(status.error().code), folder.path, status.error().detail);
  }

  ObjectStore& store_;
  ObjectReader reader_;
  TreeLookup head_;
  std::vector<StagedFile> staged_;
};

}  // namespace

base::Result<std::vector<StagedFile>> staged_files(ObjectStore& store,
                                                   const std::string& index_path) {
  const auto& repository = store.repository();
  if (repository.work_tree.empty() && index_path.empty() && !has_index(repository)) {
    return base::fail(
        base::Code::kNotFound,
        repository.git_dir + " is bare: nothing can be staged in it; scan its history");
  }
  REKEY_TRY(const auto index, index_path.empty() ? read_index(repository, {"", repository.git_dir})
                                                 : read_index_at(repository, index_path));
  std::optional<ObjectId> tree;
  if (const auto head = read_head(repository)) {
    auto reader = store.reader(kLargestTreeBytes);
    const auto found = tree_of(reader, *head);
    if (found) {
      tree = *found;
    } else {
      store.problems().add(problem_of(found.error().code), "HEAD",
                           "it cannot be read, so every file of the index counts as staged: " +
                               found.error().detail);
    }
  }
  Comparison comparison(store, tree);
  for (const auto& file : index) comparison.add(file);
  return std::move(comparison).take();
}

}  // namespace rekey::discovery::git

#include "discovery/git/blame.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "discovery/git/line_diff.h"
#include "discovery/git/object_text.h"

namespace rekey::discovery::git {
namespace {

constexpr std::size_t kBytesPerRead = 4096;
constexpr std::size_t kKeptBytes = std::size_t{16} << 20;  // of trees
// Commits that were read before are gone through again for each file: so many for a read.
constexpr std::size_t kStepsPerRead = 50;

struct Commit {
  ObjectId tree;
  std::vector<ObjectId> parents;
  Person author;
  base::Instant committed;
};

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    parts.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// What is read of a store for blame, kept, and no more than a number of reads.
class Past {
 public:
  Past(ObjectStore& store, std::span<const BlameRequest> requests, std::size_t most_reads)
      : hash_bytes_(store.hash_bytes()), reader_(store.reader(kLargestBlamedBytes)) {
    reader_.keep_trees(kKeptBytes);
    left_ = most_reads;
    steps_left_ = most_reads * kStepsPerRead;
    for (const BlameRequest& request : requests) {
      for (std::string& part : parts_of(request.path)) names_.insert(std::move(part));
    }
  }

  // False when it has been enough. A forged store may lead from a commit back to it.
  [[nodiscard]] bool step() noexcept { return steps_left_ > 0 && --steps_left_ > 0; }

  // nullptr where it cannot be read.
  const Commit* commit(const ObjectId& id) {
    const auto known = commits_.find(id);
    if (known != commits_.end()) return known->second ? &*known->second : nullptr;
    auto& read = commits_[id];
    const auto object = take(id, ObjectType::kCommit);
    const auto text = object ? parse_commit(object->content()) : std::nullopt;
    if (text) read = Commit{text->tree, text->parents, text->author, text->committer.at};
    return read ? &*read : nullptr;
  }

  struct Sought {
    bool is_read = true;         // else nobody knows
    std::optional<ObjectId> id;  // of the file; nullopt: none is there
  };
  Sought file(const ObjectId& tree, const std::vector<std::string>& path) {
    ObjectId at = tree;
    for (const std::string& part : path) {
      const Folder* folder = folder_of(at);
      if (folder == nullptr) return {false, std::nullopt};
      const bool is_last = &part == &path.back();
      const auto entry = folder->find(part);
      if (entry == folder->end() || entry->second.is_tree == is_last) return {true, std::nullopt};
      at = entry->second.id;
    }
    return {true, at};
  }

  std::optional<StoredObject> blob(const ObjectId& id) { return take(id, ObjectType::kBlob); }

 private:
  struct Entry {
    ObjectId id;
    bool is_tree = false;
  };
  using Folder = std::map<std::string, Entry, std::less<>>;  // of names that are sought

  const Folder* folder_of(const ObjectId& tree) {
    const auto known = folders_.find(tree);
    if (known != folders_.end()) return known->second ? &*known->second : nullptr;
    auto& read = folders_[tree];
    const auto object = take(tree, ObjectType::kTree);
    if (!object) return nullptr;
    read.emplace();
    TreeReader entries(object->content(), hash_bytes_);
    while (const auto entry = entries.next()) {
      std::string name(entry->name);
      if (entry->is_link() || !names_.contains(name)) continue;
      (*read)[std::move(name)] = {ObjectId::of({entry->id, hash_bytes_}), entry->is_tree()};
    }
    return &*read;
  }

  std::optional<StoredObject> take(const ObjectId& id, ObjectType type) {
    if (left_ == 0) return std::nullopt;
    auto object = reader_.read(id);
    const std::size_t cost = 1 + (object ? object->content().size() / kBytesPerRead : 0);
    left_ -= std::min(left_, cost);
    if (!object || object->type != type) return std::nullopt;
    return *std::move(object);
  }

  std::size_t hash_bytes_;
  ObjectReader reader_;
  std::size_t left_ = 0;
  std::size_t steps_left_ = 0;
  std::unordered_set<std::string> names_;
  std::unordered_map<ObjectId, std::optional<Commit>> commits_;
  std::unordered_map<ObjectId, std::optional<Folder>> folders_;
};

// A line of a commit's file, and the request that it stands for.
struct Line {
  std::uint32_t number = 0;
  std::size_t request = 0;
};

// Lines of one file, passed from commits to their parents.
class Walk {
 public:
  Walk(Past& past, const std::string& path, std::vector<std::optional<CommitFacts>>& answers)
      : past_(past), path_(parts_of(path)), answers_(answers) {}

  void run(const ObjectId& from, std::vector<Line> lines) {
    const Commit* commit = past_.commit(from);
    const auto file = commit == nullptr ? Past::Sought{} : past_.file(commit->tree, path_);
    if (!file.id) return;
    pass(from, *commit, *file.id, std::move(lines));
    // The youngest first, as git does: lines that come to a commit by several ways meet there.
    while (!left_.empty() && past_.step()) {
      auto next = left_.extract(left_.begin());
      settle(next.key().second, next.mapped());
    }
  }

 private:
  struct Suspect {
    ObjectId blob;
    std::vector<Line> lines;
  };
  struct Parent {
    ObjectId id;
    ObjectId blob;
  };

  void pass(const ObjectId& id, const Commit& commit, const ObjectId& blob,
            std::vector<Line> lines) {
    Suspect& suspect = left_[{-base::to_millis(commit.committed), id}];
    suspect.blob = blob;
    suspect.lines.insert(suspect.lines.end(), lines.begin(), lines.end());
  }

  // The lines that are the commit's own are answered, the others go to its parents. Where a parent
  // cannot be read nobody knows which are which.
  void settle(const ObjectId& id, Suspect& suspect) {
    const Commit& commit = *past_.commit(id);
    std::vector<Parent> parents;
    for (const ObjectId& parent : commit.parents) {
      const Commit* older = past_.commit(parent);
      const auto file = older == nullptr ? Past::Sought{false, {}} : past_.file(older->tree, path_);
      if (!file.is_read) return;
      if (!file.id) continue;
      if (*file.id == suspect.blob) {
        return pass(parent, *older, suspect.blob, std::move(suspect.lines));
      }
      parents.push_back({parent, *file.id});
    }
    if (!parents.empty() && !pass_kept(parents, suspect)) return;
    for (const Line& line : suspect.lines) {
      answers_[line.request] =
          CommitFacts{id, commit.author.name, commit.author.email, commit.author.at};
    }
  }

  // Leaves the lines that none of the parents has. False where it is not found out.
  bool pass_kept(const std::vector<Parent>& parents, Suspect& suspect) {
    const auto after = past_.blob(suspect.blob);
    if (!after) return false;
    const Lines lines = lines_of(base::text_of(after->content()));
    for (const Parent& parent : parents) {
      const auto before = past_.blob(parent.blob);
      if (!before) return false;
      const auto kept = lines_kept(lines_of(base::text_of(before->content())), lines);
      if (!kept) return false;
      std::vector<Line> passed;
      std::erase_if(suspect.lines, [&](const Line& line) {
        const bool is_kept = line.number < kept->size() && (*kept)[line.number] != kNoLine;
        if (is_kept) passed.push_back({(*kept)[line.number], line.request});
        return is_kept;
      });
      if (!passed.empty()) {
        pass(parent.id, *past_.commit(parent.id), parent.blob, std::move(passed));
      }
    }
    return true;
  }

  Past& past_;
  std::vector<std::string> path_;
  std::vector<std::optional<CommitFacts>>& answers_;
  std::map<std::pair<std::int64_t, ObjectId>, Suspect> left_;
};

}  // namespace

std::vector<std::optional<CommitFacts>> blame(ObjectStore& store,
                                              std::span<const BlameRequest> requests,
                                              std::size_t most_reads) {
  std::vector<std::optional<CommitFacts>> answers(requests.size());
  std::map<std::pair<ObjectId, std::string>, std::vector<Line>> files;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    files[{requests[i].commit, requests[i].path}].push_back({requests[i].line, i});
  }
  Past past(store, requests, most_reads);
  for (auto& [file, lines] : files) {
    Walk(past, file.second, answers).run(file.first, std::move(lines));
  }
  return answers;
}

}  // namespace rekey::discovery::git

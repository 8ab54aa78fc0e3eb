#include "discovery/git/refs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

#include "discovery/git/file_bytes.h"

namespace rekey::discovery::git {
namespace {

namespace fs = std::filesystem;

constexpr int kMostSymbolicRefs = 5;  // as git follows them
constexpr std::string_view kStash = "refs/stash";
constexpr std::string_view kNotes = "refs/notes/";

using Refs = std::map<std::string, ObjectId>;

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::optional<ObjectId> id_at_start(std::string_view line, std::size_t hash_bytes) {
  return line.size() < hash_bytes * 2 ? std::nullopt
                                      : ObjectId::from_hex(line.substr(0, hash_bytes * 2));
}

Refs read_packed_refs(const Repository& repository, Problems& problems) {
  Refs refs;
  const auto path = repository.common_dir + "/packed-refs";
  const auto content = read_file(path, kLargestTextFileBytes);
  if (!content) {
    if (content.error().code != base::Code::kNotFound) {
      problems.add(ProblemKind::kUnreadable, path, content.error().detail);
    }
    return refs;
  }
  std::string_view left = *content;
  while (!left.empty()) {
    const auto line = take_line(left);
    // "^…" is what the tag of the line before peels to.
    if (line.empty() || line.front() == '#' || line.front() == '^') continue;
    const auto id = id_at_start(line, repository.hash_bytes);
    const auto space = line.find(' ');
    if (!id || space == std::string_view::npos) {
      problems.add(ProblemKind::kCorrupt, path, "a line of it names no object");
      continue;
    }
    refs[std::string(line.substr(space + 1))] = *id;
  }
  return refs;
}

// The object that a ref's file names, through symbolic refs.
std::optional<ObjectId> resolve(const Repository& repository, const Refs& packed, std::string name,
                                const std::string& first_folder) {
  auto folder = first_folder;
  for (int step = 0; step <= kMostSymbolicRefs; ++step) {
    const auto content = read_file(folder + "/" + name, kLargestTextFileBytes);
    if (!content) {
      const auto found = packed.find(name);
      return found == packed.end() ? std::nullopt : std::optional(found->second);
    }
    constexpr std::string_view kSymbolic = "ref: ";
    if (!content->starts_with(kSymbolic)) return id_at_start(*content, repository.hash_bytes);
    std::string_view left = std::string_view(*content).substr(kSymbolic.size());
    name = std::string(take_line(left));
    while (!name.empty() && (name.back() == ' ' || name.back() == '\r')) name.pop_back();
    // A name that leads out of the repository is no ref.
    if (name.find("..") != std::string::npos || name.starts_with('/')) return std::nullopt;
    folder = repository.common_dir;
  }
  return std::nullopt;
}

TipKind kind_of(std::string_view name) {
  if (name == kStash) return TipKind::kStash;
  return name.starts_with(kNotes) ? TipKind::kNote : TipKind::kRef;
}

// Every regular file below a folder, by its path from there; links to folders are not followed.
std::vector<std::string> files_below(const std::string& folder, Problems& problems) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    files.push_back(entry->path().lexically_relative(folder).string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    problems.add(ProblemKind::kUnreadable, folder, error.message());
  }
  return files;
}

class TipReader {
 public:
  TipReader(const Repository& repository, Problems& problems)
      : repository_(repository),
        problems_(problems),
        packed_(read_packed_refs(repository, problems)) {}

  std::vector<Tip> read() {
    for (const auto& [name, id] : packed_) add(id, kind_of(name), name);
    for (const auto& worktree : repository_.worktrees) {
      read_refs(worktree);
      read_heads(worktree);
      read_logs(worktree);
    }
    std::sort(tips_.begin(), tips_.end());
    tips_.erase(std::unique(tips_.begin(), tips_.end()), tips_.end());
    return std::move(tips_);
  }

 private:
  void add(const ObjectId& id, TipKind kind, std::string name) {
    if (!id.is_zero()) tips_.push_back({id, kind, std::move(name)});
  }

  static std::string named(const Worktree& worktree, const std::string& name) {
    return worktree.name.empty() ? name : "worktrees/" + worktree.name + "/" + name;
  }

  void read_ref(const Worktree& worktree, const std::string& name) {
    // Of a writer under way.
    if (name.ends_with(".lock")) return;
    if (const auto id = resolve(repository_, packed_, name, worktree.git_dir)) {
      add(*id, kind_of(name), named(worktree, name));
    }
  }

  void read_refs(const Worktree& worktree) {
    for (const auto& file : files_below(worktree.git_dir + "/refs", problems_)) {
      read_ref(worktree, "refs/" + file);
    }
  }

  // HEAD, ORIG_HEAD, MERGE_HEAD, …; FETCH_HEAD has a line for each branch that was fetched.
  void read_heads(const Worktree& worktree) {
    std::error_code error;
    fs::directory_iterator entry(worktree.git_dir, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const auto name = entry->path().filename().string();
      std::error_code ignored;
      if (!name.ends_with("HEAD") || !entry->is_regular_file(ignored)) continue;
      if (name == "HEAD") {
        read_ref(worktree, name);
        continue;
      }
      const auto content = read_file(entry->path().string(), kLargestTextFileBytes);
      std::string_view left = content ? std::string_view(*content) : std::string_view();
      while (!left.empty()) {
        if (const auto id = id_at_start(take_line(left), repository_.hash_bytes)) {
          add(*id, TipKind::kReflog, named(worktree, name));
        }
      }
    }
  }

  // Each line begins with where the ref was and where it went (gitrepository-layout, "logs").
  void read_logs(const Worktree& worktree) {
    const auto folder = worktree.git_dir + "/logs";
    for (const auto& name : files_below(folder, problems_)) {
      const auto content = read_file(folder + "/" + name, kLargestTextFileBytes);
      if (!content) {
        problems_.add(ProblemKind::kUnreadable, folder + "/" + name, content.error().detail);
        continue;
      }
      const auto kind = name == kStash ? TipKind::kStash : TipKind::kReflog;
      std::string_view left = *content;
      while (!left.empty()) {
        const auto line = take_line(left);
        const auto old_id = id_at_start(line, repository_.hash_bytes);
        if (!old_id || line.size() < repository_.hash_bytes * 2 + 1) continue;
        const auto new_id =
            id_at_start(line.substr(repository_.hash_bytes * 2 + 1), repository_.hash_bytes);
        add(*old_id, kind, named(worktree, name));
        if (new_id) add(*new_id, kind, named(worktree, name));
      }
    }
  }

  const Repository& repository_;
  Problems& problems_;
  Refs packed_;
  std::vector<Tip> tips_;
};

}  // namespace

std::vector<Tip> read_tips(const Repository& repository, Problems& problems) {
  if (repository.has_ref_tables) {
    problems.add(ProblemKind::kUnsupported, repository.common_dir + "/reftable",
                 "refs in tables are not read: what they hold is told as dangling");
  }
  return TipReader(repository, problems).read();
}

std::optional<ObjectId> read_head(const Repository& repository) {
  Problems ignored;
  return resolve(repository, read_packed_refs(repository, ignored), "HEAD", repository.git_dir);
}

}  // namespace rekey::discovery::git

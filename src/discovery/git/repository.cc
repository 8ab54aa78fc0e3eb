#include "discovery/git/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "discovery/git/file_bytes.h"

namespace rekey::discovery::git {
namespace {

namespace fs = std::filesystem;
using base::Code;

// As deep as git follows them (alt-odb in object-file.c).
constexpr int kDeepestAlternates = 5;
constexpr int kDeepestModules = 16;
constexpr std::uint64_t kLargestConfigBytes = 16U << 20;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// Links and ".." resolved where that is possible.
std::string resolved(const fs::path& path) {
  std::error_code error;
  const auto whole = fs::weakly_canonical(path, error);
  return (error ? path.lexically_normal() : whole).string();
}

bool is_git_dir(const fs::path& path) {
  return is_there(path / "HEAD") && ((is_folder(path / "objects") && is_folder(path / "refs")) ||
                                     is_there(path / "commondir"));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), base::to_lower);
  return result;
}

// "gitdir: PATH", relative to the file's folder.
base::Result<std::string> follow_git_file(const fs::path& file) {
  REKEY_TRY(const auto content, read_file(file.string(), kLargestConfigBytes));
  constexpr std::string_view kKey = "gitdir:";
  if (!content.starts_with(kKey)) {
    return base::fail(Code::kNotFound, file.string() + " names no repository (\"gitdir: …\")");
  }
  const fs::path target(trimmed(std::string_view(content).substr(kKey.size())));
  return resolved(target.is_absolute() ? target : file.parent_path() / target);
}

base::Result<Repository> locate(const fs::path& path) {
  Repository repository;
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    REKEY_TRY(repository.git_dir, follow_git_file(path));
    repository.work_tree = resolved(path.parent_path());
  } else if (fs::is_regular_file(path / ".git", ignored)) {
    REKEY_TRY(repository.git_dir, follow_git_file(path / ".git"));
    repository.work_tree = resolved(path);
  } else if (is_git_dir(path / ".git")) {
    repository.git_dir = resolved(path / ".git");
    repository.work_tree = resolved(path);
  } else {
    repository.git_dir = resolved(path);
    const fs::path git_dir(repository.git_dir);
    if (git_dir.filename() == ".git") repository.work_tree = git_dir.parent_path().string();
  }
  if (!is_git_dir(repository.git_dir)) {
    return base::fail(Code::kNotFound, fmt::format("{} is no git repository: {} has no HEAD with "
                                                   "objects and refs",
                                                   path.string(), repository.git_dir));
  }
  repository.common_dir = repository.git_dir;
  if (const auto common = read_file(repository.git_dir + "/commondir", kLargestConfigBytes)) {
    const fs::path target(trimmed(*common));
    repository.common_dir =
        resolved(target.is_absolute() ? target : fs::path(repository.git_dir) / target);
  }
  return repository;
}

base::Status read_config(Repository& repository) {
  const auto read = read_file(repository.common_dir + "/config", kLargestConfigBytes);
  if (!read && read.error().code != Code::kNotFound) return tl::unexpected(read.error());
  const auto config = read ? *read : std::string();
  const auto hash = lower(config_value(config, "extensions", "objectformat"));
  if (hash != "" && hash != "sha1" && hash != "sha256") {
    return base::fail(Code::kUnsupported,
                      fmt::format("{} names its objects by {}; sha1 and sha256 are known",
                                  repository.common_dir, hash));
  }
  repository.hash_bytes = hash == "sha256" ? 32 : 20;
  repository.has_ref_tables = lower(config_value(config, "extensions", "refstorage")) == "reftable";
  // Any remote may be a promisor; the old form names one of them.
  repository.is_partial = !config_value(config, "extensions", "partialclone").empty() ||
                          config_value(config, "remote *", "promisor") == "true";
  repository.is_shallow = is_there(repository.common_dir + "/shallow");
  return {};
}

void add_alternates(Repository& repository, const std::string& folder, int depth,
                    std::set<std::string>& seen, Problems& problems) {
  if (!seen.insert(folder).second) return;
  repository.object_folders.push_back(folder);
  const auto list = folder + "/info/alternates";
  const auto content = read_file(list, kLargestConfigBytes);
  if (!content) {
    if (content.error().code != Code::kNotFound) {
      problems.add(ProblemKind::kUnreadable, list, content.error().detail);
    }
    return;
  }
  std::string_view left = *content;
  while (!left.empty()) {
    const auto line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    const auto name = trimmed(line);
    if (name.empty() || name.front() == '#') continue;
    const fs::path target(name);
    const auto alternate = resolved(target.is_absolute() ? target : fs::path(folder) / target);
    if (!is_folder(alternate)) {
      problems.add(ProblemKind::kMissing, alternate,
                   fmt::format("{} names it, and it is no folder: its objects are not read", list));
    } else if (depth == kDeepestAlternates) {
      problems.add(ProblemKind::kTooLarge, alternate,
                   "alternates of alternates are followed five deep, as git does");
    } else {
      add_alternates(repository, alternate, depth + 1, seen, problems);
    }
  }
}

void add_worktrees(Repository& repository, Problems& problems) {
  repository.worktrees.push_back({"", repository.common_dir});
  const auto folder = repository.common_dir + "/worktrees";
  std::error_code error;
  std::vector<Worktree> linked;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    linked.push_back({entry->path().filename().string(), entry->path().string()});
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    problems.add(ProblemKind::kUnreadable, folder, error.message());
  }
  std::sort(linked.begin(), linked.end(),
            [](const Worktree& a, const Worktree& b) { return a.name < b.name; });
  repository.worktrees.insert(repository.worktrees.end(), linked.begin(), linked.end());
}

// Modules may be nested by name ("modules/a/b") and by content ("modules/a/modules/c").
std::vector<std::string> modules_below(const fs::path& folder, int depth) {
  std::vector<std::string> found;
  if (depth > kDeepestModules) return found;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto& path = entry->path();
    if (entry->is_symlink(error) || !is_folder(path)) continue;
    const bool is_module = is_git_dir(path);
    if (is_module) found.push_back(path.string());
    for (auto& inner : modules_below(is_module ? path / "modules" : path, depth + 1)) {
      found.push_back(std::move(inner));
    }
  }
  return found;
}

bool is_section(std::string_view line, std::string_view section) {
  const auto end = line.find(']');
  if (end == std::string_view::npos) return false;
  const auto name = lower(trimmed(line.substr(1, end - 1)));
  // "remote *" stands for every remote.
  return section.ends_with(" *") ? name.starts_with(section.substr(0, section.size() - 1))
                                 : name == section;
}

}  // namespace

std::string config_value(std::string_view config, std::string_view section, std::string_view key) {
  std::string found;
  bool is_in_section = false;
  while (!config.empty()) {
    auto line = config.substr(0, config.find('\n'));
    config.remove_prefix(std::min(line.size() + 1, config.size()));
    line = trimmed(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      is_in_section = is_section(line, section);
      line = trimmed(line.substr(std::min(line.find(']'), line.size() - 1) + 1));
    }
    if (!is_in_section || line.empty()) continue;
    const auto equals = line.find('=');
    if (lower(trimmed(line.substr(0, equals))) != key) continue;
    // A key alone is true (git-config(1), "Syntax").
    auto value = equals == std::string_view::npos ? "true" : trimmed(line.substr(equals + 1));
    value = trimmed(value.substr(0, value.find_first_of("#;")));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    found = value;
  }
  return found;
}

base::Result<Repository> open_repository(const std::string& path, Problems& problems) {
  REKEY_TRY(auto repository, locate(path));
  REKEY_CHECK(read_config(repository));
  std::set<std::string> seen;
  add_alternates(repository, resolved(repository.common_dir + "/objects"), 0, seen, problems);
  add_worktrees(repository, problems);
  if (repository.is_shallow) {
    problems.add(ProblemKind::kCut, repository.common_dir + "/shallow",
                 "a shallow clone: what came before its oldest commits is not in this store; "
                 "\"git fetch --unshallow\" brings it");
  }
  return repository;
}

std::string repository_around(const std::string& path) {
  std::error_code failure;
  const fs::path whole = fs::weakly_canonical(path, failure);
  if (failure) return path;
  for (fs::path at = whole; !at.empty(); at = at.parent_path()) {
    if (is_there(at / ".git") || is_git_dir(at)) {
      if (at == whole) return path;
      const fs::path relative = fs::relative(at, failure);
      return fs::path(path).is_absolute() || failure ? at.string() : relative.string();
    }
    if (at == at.root_path()) break;
  }
  return path;
}

std::vector<std::string> submodule_repositories(const Repository& repository) {
  auto found = modules_below(fs::path(repository.common_dir) / "modules", 0);
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace rekey::discovery::git

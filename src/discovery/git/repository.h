// Where the parts of a repository are: work tree, bare, linked worktree, submodule, alternates.
//
// gitrepository-layout(5). Only files are read; no program of git runs, no configuration outside of
// the repository counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/git/problems.h"

namespace rekey::discovery::git {

struct Worktree {
  std::string name;     // empty: the main one
  std::string git_dir;  // with its own HEAD, index and logs/HEAD
};

struct Repository {
  std::string git_dir;  // of the worktree that was opened
  std::string
      common_dir;         // with objects, refs and configuration; the same but in a linked worktree
  std::string work_tree;  // empty: bare, or not known
  std::size_t hash_bytes = 20;
  std::vector<std::string> object_folders;  // the own one first, then alternates, each once
  std::vector<Worktree> worktrees;          // the main one first
  bool is_partial = false;                  // a remote promised to hold what is missing here
  bool is_shallow = false;
  bool has_ref_tables = false;  // refs in the format "reftable", which is not read
};

// `path` is a work tree, a repository's own folder (".git", or a bare one), or a ".git" file that
// names one. kNotFound where there is no repository, kUnsupported for a hash that is not known.
// Alternates that cannot be used are problems.
[[nodiscard]] base::Result<Repository> open_repository(const std::string& path, Problems& problems);

// The folder of the repository that `path` lies in, as seen from where this runs: it or one above
// it that is a work tree or a bare repository. `path` itself where there is none.
[[nodiscard]] std::string repository_around(const std::string& path);

// The repositories of submodules that lie within this one ("modules/…"), nested ones too, sorted.
// Each is opened as a store of its own.
[[nodiscard]] std::vector<std::string> submodule_repositories(const Repository& repository);

// A value of git's configuration, the last one that is set; empty where it is not. `section` and
// `key` in lower case; a subsection is part of the section: `remote "origin"`.
[[nodiscard]] std::string config_value(std::string_view config, std::string_view section,
                                       std::string_view key);

}  // namespace rekey::discovery::git
